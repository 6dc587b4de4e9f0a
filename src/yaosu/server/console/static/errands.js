// Long work: files dropped in, choices kept, begun, followed while it goes on, stopped, removed.

import { dropOn } from "./dropping.js";
import { request, whyNot } from "./speaking.js";

const POLL = 700; // ms between two looks

async function send(method, path, mark, body, type = "application/json") {
  const answer = await request(path, {
    method,
    headers: { "Content-Type": type, "X-CSRF-Token": mark },
    body: body instanceof Blob ? body : JSON.stringify(body),
  });
  return [answer.ok, answer.status === 204 ? {} : await answer.json()];
}

function tell(part, told) {
  part.textContent = whyNot(told);
}

// ---- files: dropped, or chosen by keyboard

for (const zone of document.querySelectorAll("[data-files]")) {
  const { mark } = zone.dataset;
  const said = zone.querySelector("[data-said]");
  const input = zone.querySelector("input[type=file]");
  const give = async (files) => {
    let errand = zone.dataset.files;
    zone.classList.add("busy");
    for (const file of files) {
      const query = new URLSearchParams({ name: file.name, ...(errand && { import: errand }) });
      const path = `/v1/imports?${query}`;
      const [ok, told] = await send("POST", path, mark, file, "application/octet-stream");
      if (!ok) {
        tell(said, told);
        zone.classList.remove("busy");
        return;
      }
      errand = told.errand;
    }
    if (errand) location.assign(`/operate/import/${encodeURIComponent(errand)}`);
  };
  input.addEventListener("change", () => give(input.files));
  dropOn(zone, give);
}

// ---- what is done with one: each button names its act

const form = document.querySelector("[data-errand]");
if (form) {
  const { errand, mark, path } = form.dataset;
  const said = document.querySelector("[data-errand-said]");
  const act = async (name) => {
    const fields = {};
    for (const one of form.elements) {
      if (one.name && one.type !== "file") fields[one.name] = one.value;
    }
    const [ok, told] = await send("POST", `${path}/${errand}`, mark, { act: name, fields });
    if (!ok) return tell(said, told);
    if (name === "forget") location.assign(form.dataset.home);
    else location.reload();
  };
  for (const button of document.querySelectorAll("[data-act]")) {
    button.addEventListener("click", () => {
      const sure = button.dataset.sure && document.getElementById(button.dataset.sure);
      if (sure) sure.showModal();
      else act(button.dataset.act);
    });
  }
  for (const close of document.querySelectorAll("[data-close]")) {
    close.addEventListener("click", () => close.closest("dialog").close());
  }
  for (const field of form.querySelectorAll("[data-keeps]")) {
    field.addEventListener("change", () => act("keep"));
  }
}

// ---- one that runs is followed

const running = document.querySelector("[data-runs]");
if (running) {
  const bar = running.querySelector("progress");
  const count = running.querySelector("[data-count]");
  const look = async () => {
    const answer = await request(running.dataset.runs);
    if (answer.ok) {
      const told = await answer.json();
      if (told.state !== "running") return location.reload();
      count.textContent = told.done.toLocaleString("en").replace(/,/g, "\u202f");
      if (told.total > 0) [bar.max, bar.value] = [told.total, Math.min(told.done, told.total)];
    }
    setTimeout(look, POLL);
  };
  setTimeout(look, POLL);
}

// ---- one that needs nothing but to be begun

for (const button of document.querySelectorAll("[data-begin]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    const [ok, told] = await send("POST", button.dataset.begin, button.dataset.mark, {});
    if (ok) return location.reload();
    tell(document.querySelector("[data-errand-said]"), told);
    button.disabled = false;
  });
}
