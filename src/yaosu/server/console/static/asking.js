// Small forms that ask one command each, and say what came of it.
//
// What is fixed stands in data-fixed; each named field adds itself as its data-as says.

import { give } from "./giving.js";
import { numberOf } from "./numbers.js";
import { request, whyNot } from "./speaking.js";

async function valueOf(form, field) {
  switch (field.dataset.as) {
    case "lines":
      return field.value
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean);
    case "truth":
      return field.value === "true";
    case "digest": {
      // the file is kept first; what is asked names its digest, under the document's id
      const query = { kind: "evidence", party: JSON.parse(form.dataset.fixed).actor };
      const kept = await give(field.files[0], query, form.dataset.mark);
      return { [form.elements.document.value]: kept.document };
    }
    case "whole":
    case "ticks":
    case "minor": {
      const number = field.value.trim() ? numberOf(field) : undefined;
      if (number === null) throw new Error(`"${field.value}"`);
      return number;
    }
    default:
      return field.value.trim();
  }
}

async function bodyOf(form) {
  const body = JSON.parse(form.dataset.fixed);
  for (const field of form.querySelectorAll("[name][data-as]")) {
    if (field.dataset.as !== "key") body[field.name] = await valueOf(form, field);
  }
  if (form.dataset.fresh) body[form.dataset.fresh] = `${form.dataset.fresh}-${short()}`;
  return body;
}

function short() {
  return crypto.randomUUID().slice(0, 13);
}

function show(entry) {
  const here = new URL(location.href);
  here.searchParams.set("done", entry);
  here.hash = "";
  location.assign(here);
}

const keys = new WeakMap(); // the same for a form however often it is sent

function keyOf(form, said) {
  if (!keys.has(form)) keys.set(form, `page-${crypto.randomUUID()}`);
  return `${keys.get(form)}-${said.dataset.tries ?? 0}`;
}

async function ask(form) {
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button");
  button.disabled = true;
  said.textContent = "";
  form.setAttribute("aria-busy", "true");
  const going = form.querySelector("[data-going]");
  if (going) going.textContent = going.dataset.going;
  try {
    const answer = await request(`/v1/commands/${encodeURIComponent(form.dataset.ask)}`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Idempotency-Key": keyOf(form, said),
        "X-CSRF-Token": form.dataset.mark,
        Prefer: "return=minimal",
      },
      body: JSON.stringify(await bodyOf(form)),
    });
    const told = await answer.json();
    if (answer.ok) return show(told.sequence);
    said.dataset.tries = Number(said.dataset.tries ?? 0) + 1; // a refusal is an answer: ask anew
    said.textContent = whyNot(told);
  } catch (error) {
    said.textContent = `${form.dataset.unsent} ${error.message}`;
  }
  button.disabled = false;
  if (going) going.textContent = "";
  form.removeAttribute("aria-busy");
}

function ready() {
  for (const form of document.querySelectorAll("[data-ask]:not([data-ticket], [data-ready])")) {
    form.dataset.ready = "";
    form.querySelector("button").disabled = false;
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-ask]:not([data-ticket])")) return;
  event.preventDefault();
  ask(event.target);
});
document.addEventListener("parts", ready);
ready();
