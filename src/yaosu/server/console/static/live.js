// A page that follows what happens: the server sends the parts that changed; they are fitted in.
//
// Nothing is asked again and again: one connection tells, and where it breaks the browser takes it
// up from the last event it saw. What somebody is typing, and what is unfolded, stays as it is.

import { moneyOf } from "./numbers.js";

const STALE_MS = 25_000; // the server says something every ten seconds
const AGAIN_MS = 5_000;
const DAY = 86_400;

const sign = document.querySelector("[data-follow]");

// Fit new nodes in place of old ones between two marks, changing only what differs.
function fit(parent, olds, news, end) {
  news.forEach((fresh, at) => {
    const old = olds[at];
    if (!old) parent.insertBefore(fresh, end);
    else if (!alike(old, fresh)) parent.replaceChild(fresh, old);
    else fitOne(old, fresh);
  });
  olds.slice(news.length).forEach((old) => old.remove());
}

function alike(old, fresh) {
  const same = ["key", "ask"].every((name) => old.dataset?.[name] === fresh.dataset?.[name]);
  return old.nodeName === fresh.nodeName && old.id === fresh.id && same;
}

function fitOne(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue === fresh.nodeValue) return;
    old.nodeValue = fresh.nodeValue;
    const told = old.parentElement?.closest("[data-tell], td.n, dd");
    if (told) flash(told);
    return;
  }
  if (old.matches("[data-ticket]") || (old.matches("form") && isInUse(old))) return;
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !isOurs(old, name)) old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value && !isOurs(old, name)) old.setAttribute(name, value);
  }
  fit(old, [...old.childNodes], [...fresh.childNodes], null);
}

function isInUse(form) {
  return form.contains(document.activeElement) || form.closest("details[open]") !== null;
}

// What the reader, and not the server, decides.
function isOurs(node, name) {
  if (name === "open" || name === "data-ready") return true;
  return name === "class" && node.classList.contains("fresh")
    || name === "disabled" && node.closest("form") !== null;
}

function flash(node) {
  node.classList.remove("fresh");
  void node.offsetWidth; // begins the movement anew
  node.classList.add("fresh");
}

function marksOf(root) {
  const found = new Map();
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_COMMENT);
  while (walker.nextNode()) found.set(walker.currentNode.nodeValue, walker.currentNode);
  return found;
}

const later = new Map(); // parts in which a ticket is being looked over, or shows its receipt

export function take(parts) {
  const marks = marksOf(document.querySelector("main"));
  for (const [name, html] of Object.entries(parts)) {
    const [begin, end] = [marks.get(`[${name}`), marks.get(`${name}]`)];
    if (!begin || !end) continue;
    const olds = [];
    let node = begin.nextSibling;
    for (; node && node !== end; node = node.nextSibling) olds.push(node);
    later.delete(name);
    if (olds.some((node) => node.querySelector?.("[data-busy]"))) {
      later.set(name, html);
      continue;
    }
    const holder = document.createElement(begin.parentElement.nodeName);
    const template = document.createElement("template");
    template.innerHTML = html;
    holder.append(template.content);
    fit(begin.parentElement, olds, [...holder.childNodes], end);
  }
  document.dispatchEvent(new Event("parts"));
}

function follow() {
  let [source, last, waiting, timer] = [null, sign.dataset.after, null, null];

  function say(state) {
    if (sign.dataset.state === state) return;
    sign.dataset.state = state;
    sign.querySelector("[data-state-said]").textContent = sign.dataset[state];
  }

  function heard() {
    say("live");
    clearTimeout(timer);
    timer = setTimeout(() => say("stale"), STALE_MS);
  }

  function open() {
    clearTimeout(waiting);
    source?.close();
    const url = new URL(sign.dataset.follow, location.href);
    url.searchParams.set("after", last);
    source = new EventSource(url);
    source.addEventListener("open", heard);
    source.addEventListener("pulse", heard);
    source.addEventListener("parts", (event) => {
      last = event.lastEventId || last;
      heard();
      take(JSON.parse(event.data));
    });
    source.addEventListener("error", () => {
      if (sign.dataset.state !== "stale") say("reconnecting");
      if (source.readyState === EventSource.CLOSED) waiting = setTimeout(open, AGAIN_MS);
    });
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) open();
    else {
      source?.close();
      clearTimeout(timer);
      clearTimeout(waiting);
      say("reconnecting");
    }
  });
  addEventListener("pagehide", () => source?.close());
  open();
}

// What is left until an instant, told beside it, second by second.
function count() {
  for (const one of document.querySelectorAll("[data-until]")) {
    const seconds = Math.floor((Date.parse(one.dataset.until) - Date.now()) / 1000);
    const said = seconds <= 0 ? one.dataset.over : spell(seconds, one.dataset.days);
    if (one.textContent !== said) one.textContent = said;
    one.classList.toggle("soon", seconds > 0 && seconds < 300);
  }
}

// A falling clock: where it stands follows from the time, and from nothing that is sent.
function fall() {
  for (const one of document.querySelectorAll("[data-clock]")) {
    const { clock, step, every, begins, least, digits } = one.dataset;
    const passed = Math.max(0, Math.floor((Date.now() - Date.parse(begins)) / (every * 60_000)));
    const price = BigInt(clock) - BigInt(passed) * BigInt(step);
    const shown = price > BigInt(least) ? price : BigInt(least);
    const said = moneyOf(shown, Number(digits));
    if (one.textContent !== said) one.textContent = said;
  }
}

function spell(seconds, days) {
  const two = (value) => String(value).padStart(2, "0");
  const clock = [Math.floor((seconds % DAY) / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const whole = Math.floor(seconds / DAY);
  return (whole ? days.replace("{n}", whole) + " " : "") + clock.map(two).join(":");
}

function pass() {
  count();
  fall();
}

if (sign) follow();
pass();
setInterval(pass, 1000);
document.addEventListener("parts", pass);
document.addEventListener("free", () => take(Object.fromEntries(later)));

// What is chosen above a page is shown at once; without script there is a button.
for (const select of document.querySelectorAll("[data-go]")) {
  select.form.querySelector("button").hidden = true;
  select.addEventListener("change", () => select.form.submit());
}
