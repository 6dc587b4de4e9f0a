// Files are given: sent as they are, kept under the digest that comes back.

import { request, whyNot } from "./speaking.js";

export async function give(file, query, mark) {
  const asked = new URLSearchParams({ name: file.name, ...query });
  const answer = await request(`/v1/documents?${asked}`, {
    method: "POST",
    headers: { "X-CSRF-Token": mark, "Content-Type": file.type || "application/octet-stream" },
    body: file,
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(whyNot(told));
  return told;
}

const form = document.querySelector("[data-give]");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { file, party, kind } = form.elements;
  const said = form.querySelector("[data-said]");
  const going = form.querySelector("[data-going]");
  const button = form.querySelector("button");
  said.textContent = "";
  const chosen = file.files[0];
  if (chosen.size > Number(form.dataset.most)) {
    said.textContent = form.dataset.large;
    return;
  }
  form.setAttribute("aria-busy", "true");
  button.disabled = true;
  going.textContent = form.dataset.sending;
  try {
    const kept = await give(chosen, { party: party.value, kind: kind.value }, form.dataset.mark);
    location.assign(`/documents/${kept.document}`);
  } catch (error) {
    said.textContent = error.message;
    going.textContent = "";
    button.disabled = false;
    form.removeAttribute("aria-busy");
  }
});
