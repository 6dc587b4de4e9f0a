// Whom a login acts for: a one-time link for an office, and handing an office over.

import { request, whyNot } from "./speaking.js";

async function ask(path, mark, body) {
  const answer = await request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": mark },
    body: JSON.stringify(body),
  });
  return [answer.ok, answer.status === 204 ? {} : await answer.json()];
}

for (const form of document.querySelectorAll("[data-link]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [ok, told] = await ask("/v1/logins", form.dataset.mark, {
      login: form.elements.login.value.trim(),
      parties: [form.dataset.link],
    });
    form.querySelector("[data-said]").textContent = ok ? "" : whyNot(told);
    if (!ok) return;
    const made = form.querySelector("[data-made]");
    made.querySelector("code").textContent = told.url;
    made.hidden = false;
  });
}

for (const form of document.querySelectorAll("[data-hand-over]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const path = `/v1/logins/${encodeURIComponent(form.dataset.login)}/parties`;
    const parties = JSON.parse(form.dataset.handOver);
    const [ok, told] = await ask(path, form.dataset.mark, { parties });
    if (ok) location.reload();
    else form.querySelector("[data-said]").textContent = whyNot(told);
  });
}
