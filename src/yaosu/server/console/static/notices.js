// The inbox, and how a party wants to be told.

import { request, whyNot } from "./speaking.js";

async function ask(path, mark, body) {
  const answer = await request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": mark },
    body: JSON.stringify(body),
  });
  return [answer.ok, await answer.json()];
}

function tell(form, ok, told) {
  form.querySelector("[data-said]").textContent = ok ? "" : whyNot(told);
  form.querySelector("[data-good]").textContent = ok ? form.dataset.done : "";
}

for (const button of document.querySelectorAll("[data-read]")) {
  button.addEventListener("click", async () => {
    const body = button.dataset.upto
      ? { upto: Number(button.dataset.upto) }
      : { numbers: [Number(button.dataset.read)], is_read: button.dataset.now === "true" };
    const [ok] = await ask("/v1/notices/read", button.dataset.mark, body);
    if (ok) location.reload();
  });
}

for (const link of document.querySelectorAll("[data-opens]")) {
  link.addEventListener("click", async (event) => {
    event.preventDefault(); // who goes there has read it
    const body = { numbers: [Number(link.dataset.opens)] };
    await ask("/v1/notices/read", link.dataset.mark, body);
    location.assign(link.href);
  });
}

const wish = document.querySelector("[data-wish]");
wish?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const mail = [...wish.querySelectorAll("[name=kind]:checked")].map((one) => one.value);
  const body = { language: wish.elements.language.value, mail };
  tell(wish, ...(await ask(wish.dataset.wish, wish.dataset.mark, body)));
});

for (const form of document.querySelectorAll("[data-address]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = form.querySelector("input");
    const body = { [field.name]: field.value.trim() };
    const [ok, told] = await ask(form.dataset.address, form.dataset.mark, body);
    if (ok) location.reload();
    else tell(form, ok, told);
  });
}
