// The secret terms of a listing: a reserve that is typed, a seed that is drawn, both sealed here.
//
// The server is sent a digest and a hash commitment, and the words as ciphertext. Who puts a right
// up keeps the file that opens them, and gives it back after the end of bidding.

import { encode } from "./canonical.js";
import { numberOf } from "./numbers.js";
import { base64Of, hexOf, isPossible, sealItem } from "./sealing.js";
import { request, whyNot } from "./speaking.js";

const FORM = "yaosu.terms-opening/1";

// What seals the secret terms of a form; null where it has none.
export function secretsOf(form) {
  const part = form.querySelector("[data-secrets]");
  if (!part) return null;
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const seed = hexOf(crypto.getRandomValues(new Uint8Array(32)));
  const said = (name) => part.querySelector(`#${name}-said`);
  const found = { opening: null };

  // The values that count now, by item; null where one is no number.
  function values() {
    const told = new Map();
    const field = part.querySelector("[data-secret=reserve]");
    if (field && !field.closest("[hidden]") && field.value.trim()) {
      const reserve = numberOf(field);
      said("reserve").textContent = reserve === null ? part.dataset.badNumber : "";
      if (reserve === null) return null;
      told.set("reserve", String(reserve));
    } else if (field) said("reserve").textContent = "";
    const drawn = part.querySelector("[data-secret=seed]");
    if (drawn && !drawn.closest("[hidden]")) told.set("seed", seed);
    return told;
  }

  // The sealed terms under the key of what is asked, as text; empty without any, null at a fault.
  found.seal = async (key) => {
    found.opening = null;
    const told = values();
    if (told === null) return null;
    if (!told.size) return "";
    if (!isPossible) {
      said("reserve").textContent = part.dataset.noSealing;
      return null;
    }
    const actor = form.elements.right.selectedOptions[0]?.dataset.seller ?? "";
    const { venue } = part.dataset;
    const [notes, items, kept] = [[], [], {}];
    for (const [item, value] of told) {
      const content = encode(item === "reserve" ? BigInt(value) : value);
      const made = await sealItem(secret, { venue, actor, key, item }, content);
      notes.push(made.note);
      items.push(made.sealed);
      kept[item] = { salt: made.salt, value };
    }
    const listing = form.elements.listing.value.trim();
    found.opening = { form: FORM, venue, actor, key, listing, items: kept };
    return JSON.stringify({ sealed: notes, sealed_items: base64Of(encode(items)) });
  };

  // What opens them is kept before it is asked: the button waits for that.
  found.keep = (dialog) => {
    const row = dialog.querySelector("[data-keep]");
    const button = dialog.querySelector(".first");
    row.hidden = !found.opening;
    button.disabled = Boolean(found.opening);
    if (!found.opening) return;
    const link = row.querySelector("a");
    const text = JSON.stringify(found.opening, null, 2);
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `terms-${found.opening.listing}.json`;
    link.addEventListener("click", () => (button.disabled = false), { once: true });
  };
  return found;
}

// The file is given back: each term in it that is not told yet is told.
function tellFrom(form) {
  const { actor, listing } = form.dataset;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const kept = JSON.parse(await form.elements.opening.files[0].text());
      let entry = -1;
      for (const item of form.dataset.items.split(" ")) {
        const { salt, value } = kept.items?.[item] ?? {};
        if (value === undefined) continue;
        const answer = await request("/v1/commands/markets.reveal_term", {
          method: "POST",
          headers: {
            "Content-Type": "application/json",
            "Idempotency-Key": `tell-${item}-${kept.key}`,
            "X-CSRF-Token": form.dataset.mark,
            Prefer: "return=minimal",
          },
          body: JSON.stringify({ actor, listing, item, salt, value }),
        });
        const told = await answer.json();
        if (!answer.ok) throw new Error(whyNot(told));
        entry = told.sequence;
      }
      if (entry < 0) throw new Error(form.dataset.nothing);
      const here = new URL(location.href);
      here.searchParams.set("done", entry);
      location.assign(here);
    } catch (error) {
      form.querySelector("[data-said]").textContent = error.message;
    }
  });
}

function startAll() {
  for (const form of document.querySelectorAll("form[data-tell]:not([data-ready])")) {
    form.dataset.ready = "";
    tellFrom(form);
  }
}

document.addEventListener("parts", startAll); // a form may come with what follows the page
startAll();
