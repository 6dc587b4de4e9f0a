// Coming in and going out: sign in, open a one-time link, sign out.

import { request, whyNot } from "./speaking.js";

async function ask(method, path, body, mark) {
  const headers = { "Content-Type": "application/json" };
  if (mark) headers["X-CSRF-Token"] = mark;
  const answer = await request(path, { method, headers, body: body && JSON.stringify(body) });
  const told = answer.status === 204 ? {} : await answer.json();
  return [answer.ok, told];
}

function when(selector, name, act) {
  const found = document.querySelector(selector);
  if (found) found.addEventListener(name, (event) => act(found, event));
}

when("[data-enter]", "submit", async (form, event) => {
  event.preventDefault();
  const { login, password } = form.elements;
  const [ok, told] = await ask("POST", "/v1/session", {
    login: login.value,
    password: password.value,
  });
  if (ok) location.assign(form.dataset.to);
  else form.querySelector("[data-said]").textContent = whyNot(told);
});

when("[data-join]", "submit", async (form, event) => {
  event.preventDefault();
  const [ok, told] = await ask("POST", "/v1/links", {
    link: location.hash.slice(1), // what stands behind the # is sent to no server by itself
    password: form.elements.password.value,
  });
  if (!ok) {
    form.querySelector("[data-said]").textContent = whyNot(told);
    return;
  }
  history.replaceState(null, "", "/join");
  const done = document.querySelector("[data-done]");
  done.querySelector("span").textContent = form.dataset.ready.replace("%", told.login);
  done.hidden = false;
  form.hidden = true;
});

when("[data-leave]", "click", async (button) => {
  await ask("DELETE", "/v1/session", undefined, button.dataset.mark);
  location.assign("/");
});
