// Documents of an application are kept as they are chosen; the form holds their digests.

import { give } from "./giving.js";

const said = document.querySelector("script[data-kept-text]").dataset;

for (const zone of document.querySelectorAll("[data-paper]")) {
  const { form } = zone.querySelector("input[type=file]");
  const file = zone.querySelector("input[type=file]");
  const digest = zone.querySelector("input[type=hidden]");
  const told = zone.querySelector("[data-kept]");
  const wrong = zone.querySelector("[data-said-of]");
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    const chosen = file.files[0];
    told.textContent = said.sending;
    wrong.textContent = "";
    try {
      const query = { kind: "evidence", party: form.elements.party.value };
      const kept = await give(chosen, query, form.dataset.mark);
      digest.value = kept.document;
      told.textContent = `${said.keptText} ${chosen.name} · ${kept.document.slice(0, 16)}…`;
      form.dispatchEvent(new Event("input", { bubbles: true }));
    } catch (error) {
      told.textContent = "";
      wrong.textContent = error.message;
      file.value = "";
    }
  });
}

// Another factor has other attributes: the form is made anew.
for (const field of document.querySelectorAll("[data-anew]")) {
  field.addEventListener("change", () => {
    const here = new URL(location.href);
    here.searchParams.set(field.dataset.anew, field.value);
    location.assign(here);
  });
}
