// Tokens of one's own login: made, shown once, ended.

import { request, whyNot } from "./speaking.js";

async function ask(method, path, mark, body) {
  const answer = await request(path, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": mark },
    body: body && JSON.stringify(body),
  });
  return [answer.ok, answer.status === 204 ? {} : await answer.json()];
}

const form = document.querySelector("[data-token]");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const scopes = [...form.querySelectorAll("[name=scope]:checked")].map((one) => one.value);
  const [ok, told] = await ask("POST", "/v1/tokens", form.dataset.mark, {
    name: form.elements.name.value.trim(),
    scopes,
    days: Number(form.elements.days.value),
  });
  form.querySelector("[data-said]").textContent = ok ? "" : whyNot(told);
  if (!ok) return;
  const made = document.querySelector("[data-made]");
  made.querySelector("code").textContent = told.secret;
  made.hidden = false;
  form.hidden = true;
});

for (const button of document.querySelectorAll("[data-end]")) {
  button.addEventListener("click", async () => {
    const path = `/v1/tokens/${encodeURIComponent(button.dataset.end)}`;
    const [ok, told] = await ask("DELETE", path, button.dataset.mark);
    if (ok) location.reload();
    else form.querySelector("[data-said]").textContent = whyNot(told);
  });
}

// Who one is elsewhere: linked by a walk to the provider and back, or ended.

const identities = document.querySelector("[data-identities]");
const tell = (told) => {
  identities.querySelector("[data-said]").textContent = whyNot(told);
};

identities?.querySelector("[data-link]")?.addEventListener("click", async () => {
  const [ok, told] = await ask("POST", "/v1/identities", identities.dataset.mark);
  if (ok) location.assign(told.url);
  else tell(told);
});

for (const button of identities?.querySelectorAll("[data-unlink]") ?? []) {
  button.addEventListener("click", async () => {
    const path = `/v1/identities/${encodeURIComponent(button.dataset.unlink)}`;
    const [ok, told] = await ask("DELETE", path, identities.dataset.mark);
    if (ok) location.reload();
    else tell(told);
  });
}
