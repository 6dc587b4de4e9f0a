// A demonstration made anew: only once its name is typed; then the page waits for the server.

import { request, whyNot } from "./speaking.js";

const form = document.querySelector("[data-reset]");
const input = form.querySelector("input");
const button = form.querySelector("button");
const said = form.querySelector("[data-said]");

input.addEventListener("input", () => {
  button.disabled = input.value.trim() !== form.dataset.reset;
});

async function back(tries) {
  try {
    const answer = await request("/v1/venue");
    if (answer.ok && tries > 2) return location.assign("/");
  } catch {
    // the server is not there just now
  }
  setTimeout(() => back(tries + 1), 700);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  const answer = await request("/v1/demo/reset", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": form.dataset.mark },
    body: JSON.stringify({ name: input.value.trim() }),
  });
  if (answer.ok) {
    form.querySelector("[data-wait]").hidden = false;
    setTimeout(() => back(0), 1500);
    return;
  }
  const told = await answer.json();
  said.textContent = whyNot(told);
  button.disabled = false;
});
