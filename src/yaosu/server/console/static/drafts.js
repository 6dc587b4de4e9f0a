// Forms that are checked while one types, shown in plain words, and asked once they are confirmed.
//
// The server reads the fields, says what speaks against them and gives back the digest of what it
// would ask. Confirming sends the same fields with that digest: what was shown is what is asked.

import { dropOn } from "./dropping.js";
import { secretsOf } from "./reserve.js";
import { request, whyNot } from "./speaking.js";

const WAIT = 350; // ms after the last key

function textOf(form) {
  const fields = {};
  for (const one of form.elements) {
    if (!one.name || one.type === "file" || one.closest("[hidden]")) continue;
    if (one.type === "checkbox" && one.dataset.many !== undefined) {
      if (one.checked) fields[one.name] = `${fields[one.name] ?? ""}${one.value}\n`;
      else fields[one.name] ??= "";
    } else if (one.type === "checkbox") fields[one.name] = one.checked ? "yes" : "";
    else if (one.type !== "radio" || one.checked) fields[one.name] = one.value;
  }
  return fields;
}

// data-when="mechanism=call|matching": shown only while that field has one of those values.
function showWhatFits(form) {
  for (const part of form.querySelectorAll("[data-when]")) {
    const [name, values] = part.dataset.when.split("=");
    const field = form.elements[name];
    const value = field.type === "checkbox" ? (field.checked ? "yes" : "") : field.value;
    part.hidden = !values.split("|").includes(value);
  }
}

function start(form) {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const told = part("told");
  const dialog = form.querySelector("dialog");
  const empty = told.innerHTML;
  const touched = new Set();
  const secrets = secretsOf(form);
  let [digest, timer, turn] = ["", 0, 0];
  let key = crypto.randomUUID();

  async function send(extra) {
    const fields = textOf(form);
    if (secrets) fields.sealed = await secrets.seal(`draft-${key}`);
    if (fields.sealed === null) return [true, { digest: "", faults: [], html: "" }];
    const answer = await request(`/v1/drafts/${form.dataset.draft}`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Idempotency-Key": `draft-${key}`,
        "X-CSRF-Token": form.dataset.mark,
      },
      body: JSON.stringify({ fields, ...extra }),
    });
    return [answer.ok, await answer.json()];
  }

  function showFaults(faults, all) {
    const named = new Map(faults.filter((one) => one.field).map((one) => [one.field, one.text]));
    const rest = faults.filter((one) => !form.querySelector(`#${CSS.escape(one.field)}-said`));
    for (const said of form.querySelectorAll(".field [data-said-of]")) {
      const name = said.dataset.saidOf;
      const text = all || touched.has(name) ? (named.get(name) ?? "") : "";
      said.textContent = text;
      const field = form.elements[name];
      if (field?.setAttribute) field.setAttribute("aria-invalid", String(Boolean(text)));
    }
    part("said").textContent = rest.map((one) => one.text).join(" ");
  }

  async function look(all = false) {
    const mine = ++turn;
    const [ok, answer] = await send({});
    if (mine !== turn) return false;
    if (!ok) {
      part("said").textContent = whyNot(answer);
      return false;
    }
    digest = answer.digest;
    showFaults(answer.faults, all);
    told.innerHTML = answer.html || empty; // our own server's, escaped there
    return Boolean(digest);
  }

  form.addEventListener("input", (event) => {
    if (event.target.name) touched.add(event.target.name);
    showWhatFits(form);
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  });
  form.addEventListener("change", async (event) => {
    const { target } = event;
    if (target.type === "file" && target.dataset.into && target.files.length) {
      const field = form.elements[target.dataset.into];
      field.value = await target.files[0].text();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  part("preview").addEventListener("click", async () => {
    clearTimeout(timer);
    if (!(await look(true))) {
      form.querySelector("[aria-invalid=true]")?.focus();
      return;
    }
    dialog.querySelector("[data-told-again]").innerHTML = told.innerHTML;
    dialog.querySelector("[data-refused]").textContent = "";
    secrets?.keep(dialog);
    dialog.showModal();
    dialog.querySelector(secrets?.opening ? "[data-keep] a" : ".first").focus();
  });
  dialog.querySelector("[data-back]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!dialog.open) return part("preview").click();
    const button = dialog.querySelector(".first");
    button.disabled = true;
    try {
      const [ok, answer] = await send({ digest });
      if (ok && answer.entry >= 0) {
        const next = new URL(answer.next || form.dataset.next, location.href);
        next.searchParams.set("done", answer.entry);
        location.assign(next);
        return;
      }
      key = crypto.randomUUID(); // a refusal is an answer: ask anew
      dialog.querySelector("[data-refused]").textContent = ok
        ? answer.faults.map((one) => one.text).join(" ")
        : whyNot(answer);
    } catch (error) {
      const refused = dialog.querySelector("[data-refused]");
      refused.textContent = `${form.dataset.unsent} ${error.message}`;
    }
    button.disabled = false;
  });
  showWhatFits(form);
  look();
}

for (const form of document.querySelectorAll("[data-draft]")) start(form);

// A factor brings the mechanism of its profile along.
for (const factor of document.querySelectorAll("select[data-brings]")) {
  const bring = () => {
    const field = factor.form.elements[factor.dataset.brings];
    field.value = factor.selectedOptions[0]?.dataset.brings ?? field.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  factor.addEventListener("change", bring);
  bring();
}

// A seed is drawn here, shown once, and only its digest goes into the form.
for (const button of document.querySelectorAll("[data-draw]")) {
  button.addEventListener("click", async () => {
    const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
    const seed = crypto.getRandomValues(new Uint8Array(32));
    const mark = new TextEncoder().encode("yaosu.seed/1");
    const whole = new Uint8Array([...mark, ...seed]);
    const digest = await crypto.subtle.digest("SHA-256", whole);
    const field = button.form.elements[button.dataset.draw];
    field.value = hex(new Uint8Array(digest));
    button.closest(".field").querySelector("[data-drawn]").textContent = hex(seed);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// A file may be dropped where it may be chosen.
for (const zone of document.querySelectorAll("[data-drop]")) {
  const input = zone.querySelector("input[type=file]");
  dropOn(zone, (files) => {
    input.files = files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
