// A certificate is checked where it is dropped or chosen: sent as it is, and the verdict shown.

import { dropOn } from "./dropping.js";
import { request, whyNot } from "./speaking.js";

const form = document.querySelector("[data-verify]");
const zone = form.querySelector("[data-drop]");
const input = zone.querySelector("input");
const part = (name) => document.querySelector(`[data-${name}]`);

async function check(file) {
  part("said").textContent = "";
  part("verdict").replaceChildren();
  part("going").textContent = form.dataset.goingText;
  form.setAttribute("aria-busy", "true");
  try {
    const headers = { "Content-Type": file.type || "application/octet-stream" };
    if (form.dataset.mark) headers["X-CSRF-Token"] = form.dataset.mark;
    const answer = await request("/v1/title-certificates/check", {
      method: "POST",
      headers,
      body: file,
    });
    const told = await answer.json();
    if (answer.ok) {
      part("verdict").innerHTML = told.html; // our own server's, escaped there
      part("verdict").scrollIntoView({ block: "nearest" });
    } else part("said").textContent = whyNot(told);
  } catch (error) {
    part("said").textContent = `${form.dataset.unsent} ${error.message}`;
  }
  part("going").textContent = "";
  form.removeAttribute("aria-busy");
  input.value = ""; // the same file may be chosen again
}

input.addEventListener("change", () => input.files.length && check(input.files[0]));
form.addEventListener("submit", (event) => event.preventDefault());
dropOn(zone, (files) => check(files[0]));
