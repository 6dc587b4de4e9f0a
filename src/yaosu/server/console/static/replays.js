// A replay to be begun: a pack to begin from, loaded into the text; then off it goes.

import { request, whyNot } from "./speaking.js";

const form = document.querySelector("[data-replay]");
const said = form.querySelector("[data-said]");

form.querySelector("[data-load]").addEventListener("click", async () => {
  const name = form.querySelector("[data-pack]").value;
  const answer = await request(`/operate/packs/${encodeURIComponent(name)}`);
  if (answer.ok) form.elements.text.value = await answer.text();
});

form.querySelector("input[type=file]").addEventListener("change", async (event) => {
  if (event.target.files.length) form.elements.text.value = await event.target.files[0].text();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { pack: "" };
  for (const name of ["name", "since", "until", "text", "policy"]) {
    body[name] = form.elements[name].value;
  }
  if (!body.text.trim()) [body.text, body.pack] = ["", form.querySelector("[data-pack]").value];
  const answer = await request("/v1/replays", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": form.dataset.mark },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (answer.ok) location.assign(`/operate/replays/${told.errand}`);
  else said.textContent = whyNot(told);
});
