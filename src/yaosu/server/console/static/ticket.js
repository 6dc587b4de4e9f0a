// A ticket: what one types is tried as one types, looked over, sent once, and proved to be there.
//
// The server is asked what the command would come to (/preview), with the decision that would be
// taken; nothing is recorded until it is sent. A sealed ticket is sealed here, before it leaves.

import { check } from "./proof.js";
import { fill, numberOf } from "./numbers.js";
import { isPossible, sealTable } from "./sealing.js";
import { request, whyNot } from "./speaking.js";

const WAIT_MS = 250;

function start(form) {
  const { ask, mark, seal, venue } = form.dataset;
  const fixed = JSON.parse(form.dataset.fixed);
  const words = Object.fromEntries(
    [...form.querySelectorAll("[data-word]")].map((one) => [one.dataset.word, one.value]),
  );
  const part = (name) => form.querySelector(`[data-${name}]`);
  const fields = [...form.querySelectorAll("[data-as]")];
  const secret = crypto.getRandomValues(new Uint8Array(32));
  let [tries, timer, round, opening, body] = [0, null, 0, null, null];
  const name = `ticket-${randomId()}`;
  const key = () => `${name}-${tries}`; // the same however often one order is sent

  function randomId() {
    return Array.from(crypto.getRandomValues(new Uint8Array(12)), (one) =>
      one.toString(16).padStart(2, "0"),
    ).join("");
  }

  function valueOf(named) {
    const found = form.elements[named];
    return found?.value ?? String(fixed[named] ?? "");
  }

  // Whether a field counts: its condition holds, such as "type:limit,stop_limit;side:1".
  function isShown(field) {
    const when = field.closest("[data-when]")?.dataset.when ?? "";
    const conditions = when.split(";").filter(Boolean);
    return conditions.every((one) => {
      const [other, values] = one.split(":");
      return values.split(",").includes(valueOf(other));
    });
  }

  function read(field) {
    const text = field.value.trim();
    switch (field.dataset.as) {
      case "side":
        return Number(text);
      case "whole":
      case "ticks":
      case "minor":
      case "signed":
        return text ? numberOf(field) : undefined;
      case "instant": {
        const at = Date.parse(text);
        return text ? (Number.isNaN(at) ? null : at * 1000) : undefined;
      }
      case "lines":
        return text.split("\n").map((line) => line.trim()).filter(Boolean);
      default:
        return text || undefined;
    }
  }

  // What is typed, as the command takes it; null where something is missing or is no number.
  function typed() {
    const [top, inner, told] = [{ ...fixed }, {}, []];
    let isReady = true;
    for (const field of fields) {
      if (field.type === "radio" && !field.checked) continue;
      const into = field.dataset.into;
      const { row = "0" } = field.dataset;
      const put = (named, value) => {
        if (into) ((inner[into] ??= {})[row] ??= {})[named] = value;
        else top[named] = value;
      };
      if (!isShown(field)) {
        if (field.dataset.other !== undefined) put(field.name, JSON.parse(field.dataset.other));
        continue;
      }
      const value = read(field);
      const isBad = value === null;
      complain(field, isBad ? fill(words.bad_number, { step: field.dataset.step ?? "1" }) : "");
      if (isBad || (value === undefined && field.dataset.needed !== undefined)) isReady = false;
      if (value === undefined && field.dataset.needed === undefined && field.dataset.other) {
        put(field.name, JSON.parse(field.dataset.other));
      }
      if (value === undefined || isBad) continue;
      if (field.dataset.as !== "given") put(field.name, value); // else what it gives says all
      const option = field.selectedOptions?.[0];
      const gives = option?.dataset.gives ?? field.dataset.gives ?? "{}";
      for (const [more, given] of Object.entries(JSON.parse(gives))) {
        put(more, given);
      }
      told.push([labelOf(field), option?.text ?? radioText(field) ?? shownOf(field)]);
    }
    if (form.dataset.fresh) top[form.dataset.fresh] = `${form.dataset.fresh}-${key()}`;
    for (const [into, rows] of Object.entries(inner)) {
      const found = rowsOf(rows);
      const wanted = Object.keys(found[0] ?? {}).length;
      if (found.some((row) => Object.keys(row).length !== wanted)) isReady = false; // half a row
      top[into] = form.dataset.tables.split(" ").includes(into) ? columnsOf(found) : found[0];
    }
    return isReady ? { top, told } : null;
  }

  // Rows by name; what is put under "*", or "b*", goes for all rows, or all that begin with "b",
  // the closer one before the wider.
  function rowsOf(named) {
    const shared = Object.entries(named)
      .filter(([name]) => name.endsWith("*"))
      .sort(([one], [other]) => one.length - other.length);
    return Object.entries(named)
      .filter(([name]) => !name.endsWith("*"))
      .map(([name, row]) =>
        Object.assign(
          {},
          ...shared.filter(([head]) => name.startsWith(head.slice(0, -1))).map(([, one]) => one),
          row,
        ),
      );
  }

  function columnsOf(rows) {
    const names = Object.keys(rows[0] ?? {});
    return Object.fromEntries(names.map((named) => [named, rows.map((row) => row[named])]));
  }

  function labelOf(field) {
    const found = field.closest(".field").querySelector("legend, label, .label");
    return found.firstChild.textContent.trim();
  }

  function radioText(field) {
    return field.type === "radio" ? field.closest("label").textContent.trim() : null;
  }

  function shownOf(field) {
    const isGiven = field.type === "hidden";
    return isGiven ? field.closest(".field").lastChild.textContent.trim() : field.value.trim();
  }

  function complain(field, text) {
    const said = document.getElementById(`${field.id}-said`);
    if (!said) return;
    field.setAttribute("aria-invalid", String(Boolean(text)));
    said.textContent = text;
  }

  async function sealed(top) {
    if (!seal) return top;
    const { [seal]: table, ...rest } = top;
    const binding = { venue, actor: top.actor, key: key(), item: seal };
    const made = await sealTable(secret, binding, table);
    opening = { ...made.opening, ...rest, command: ask };
    return { ...rest, ...made.sent };
  }

  function post(path, json, more = {}) {
    return request(path, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Idempotency-Key": key(),
        "X-CSRF-Token": mark,
        ...more,
      },
      body: JSON.stringify(json),
    });
  }

  function say(told) {
    const lines = told.said ?? [];
    for (const where of [part("holds"), part("holds-again")]) {
      where.replaceChildren(...lines.map((line) => listed(line)));
    }
    part("refused").textContent = told.taken === false ? whyNot(told) : "";
    part("preview").disabled = told.taken !== true;
    part("why").hidden = !told.by_rules || Boolean(seal);
    const query = new URLSearchParams({ command: ask, body: JSON.stringify(body?.asked ?? {}) });
    if (told.by_rules) part("why").querySelector("a").href = `/why?${query}`;
  }

  function listed(line) {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  }

  async function look() {
    show();
    const mine = ++round;
    const found = typed();
    body = null;
    if (!found) return say({});
    try {
      const asked = await sealed(found.top);
      const answer = await post(`/preview/${encodeURIComponent(ask)}`, asked);
      const told = await answer.json();
      if (mine !== round) return; // something else was typed meanwhile
      body = { asked, told: found.told };
      say(answer.ok ? told : { taken: false, sentence: told.detail, what_next: told.what_next });
    } catch (error) {
      if (mine === round) part("refused").textContent = `${words.unsent} ${error.message}`;
    }
  }

  function show() {
    for (const one of form.querySelectorAll("[data-when]")) {
      one.hidden = !isShown(one.querySelector("[data-as]"));
    }
  }

  function turn(to) {
    for (const one of ["write", "confirm", "done"]) part(one).hidden = one !== to;
    form.toggleAttribute("data-busy", to !== "write"); // what follows the page leaves it alone
    if (to === "write") document.dispatchEvent(new Event("free"));
  }

  form.addEventListener("input", () => {
    part("preview").disabled = true;
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MS);
  });
  part("preview").addEventListener("click", () => {
    if (!body) return;
    part("sure").replaceChildren(
      ...body.told.flatMap(([label, value]) => {
        const [term, said] = [document.createElement("dt"), document.createElement("dd")];
        [term.textContent, said.textContent] = [label, value];
        return [term, said];
      }),
    );
    turn("confirm");
    if (seal) keep();
    form.querySelector("[data-confirm] button").focus();
  });

  // A sealed bid is sent only once its bidder has what opens it.
  function keep() {
    const link = part("keep");
    const text = JSON.stringify(opening, null, 2);
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `opening-${opening.listing ?? opening.market}-${opening.key}.json`;
    const send = form.querySelector("[data-confirm] button.first");
    send.disabled = true;
    link.addEventListener("click", () => (send.disabled = false), { once: true });
  }

  part("back").addEventListener("click", () => turn("write"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!body || part("confirm").hidden) return;
    const send = form.querySelector("[data-confirm] button.first");
    send.disabled = true;
    part("said").textContent = "";
    try {
      const path = `/v1/commands/${encodeURIComponent(ask)}`;
      const answer = await post(path, body.asked, { Prefer: "return=minimal" });
      const told = await answer.json();
      if (answer.ok) return await receipt(told);
      tries += 1; // a refusal is an answer: what is asked next is something new
      part("said").textContent = whyNot(told);
      if (seal) turn("write");
    } catch (error) {
      part("said").textContent = `${words.unsent} ${error.message}`;
    }
    send.disabled = false;
  });

  async function receipt(told) {
    part("done-said").textContent = fill(words.done, { entry: told.sequence });
    part("entry").href = `/journal/${told.sequence}`;
    turn("done");
    part("entry").focus();
    try {
      const [proof, known] = await Promise.all([
        textOf(`/v1/entries/${told.sequence}/proof`),
        textOf("/v1/venue"),
      ]);
      const found = await check(proof, JSON.parse(known).keys, told.sequence, told.hash);
      part("proved").textContent = fill(found.proved ? words.proved : words.disproved, found);
      part("proved").className = found.proved ? "notice" : "notice stop";
    } catch (error) {
      part("proved").textContent = `${words.unproved} ${error.message}`;
      part("proved").className = "notice wait";
    }
  }

  async function textOf(path) {
    const answer = await request(path);
    if (answer.ok) return answer.text();
    const told = await answer.json();
    throw new Error(whyNot(told));
  }

  if (seal && !isPossible) {
    part("refused").textContent = words.no_sealing;
    return;
  }
  look();
}

// The opening of a sealed bid, from the file that its bidder kept.
function openFrom(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = form.querySelector("[data-said]");
    try {
      const kept = JSON.parse(await form.elements.opening.files[0].text());
      const body = { ...JSON.parse(form.dataset.fixed), salt: kept.salt };
      if (form.dataset.table === "orders") body.batch = kept.batch;
      body[form.dataset.table] = kept.content;
      const answer = await request(`/v1/commands/${form.dataset.open}`, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "Idempotency-Key": `open-${kept.key}`,
          "X-CSRF-Token": form.dataset.mark,
          Prefer: "return=minimal",
        },
        body: JSON.stringify(body),
      });
      const told = await answer.json();
      if (!answer.ok) throw new Error(whyNot(told));
      const here = new URL(location.href);
      here.searchParams.set("done", told.sequence);
      location.assign(here);
    } catch (error) {
      said.textContent = error.message;
    }
  });
}

function startAll() {
  for (const form of document.querySelectorAll("form[data-ticket]:not([data-ready])")) {
    form.dataset.ready = "";
    start(form);
  }
  for (const form of document.querySelectorAll("form[data-open]:not([data-ready])")) {
    form.dataset.ready = "";
    openFrom(form);
  }
}

document.addEventListener("parts", startAll);
startAll();
