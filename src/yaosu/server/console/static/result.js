// A round of a call auction checked where it is read: tied to the journal, then counted again.
//
// Each element with data-round shows the verdict; where the page has lines and tables, those too.

import { checkOwn, checkRound } from "./clearing.js";
import { fill } from "./numbers.js";
import { bytesOf } from "./proof.js";
import { request, whyNot } from "./speaking.js";
import { roundIn, tie } from "./tying.js";

const AGAIN_MS = 1_000;
const ROWS_SHOWN = 200;
const THIN = "\u202f";
const MINUS = "\u2212";

const known = new Map(); // address -> what came of it: pages that follow draw their parts anew

function whole(value, digits = 0) {
  const [minus, number] = value < 0 ? [MINUS, -BigInt(value)] : ["", BigInt(value)];
  const scale = 10n ** BigInt(digits);
  const tail = digits ? `.${(number % scale).toString().padStart(digits, "0")}` : "";
  const head = (number / scale).toString().replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
  return minus + head + tail;
}

const MONEY = ["paid", "received", "cost", "fee", "rent", "rounding"];
const IN_TICKS = ["widest", "worth", "bound", "apart", "welfare"];

// Facts as the page says them: money in the currency, regions by name.
function said(facts, card, tick) {
  const digits = Number(card.dataset.digits);
  const [names, rules] = [card.dataset.names, card.dataset.rules].map((t) => JSON.parse(t ?? "{}"));
  const named = (text) => text.split(" → ").map((one) => names[one] ?? one).join(" → ");
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => {
    if (name === "where") return [name, named(value ?? "")];
    if (name === "rule") return [name, rules[value] ?? value];
    if (MONEY.includes(name)) return [name, whole(value, digits)];
    if (IN_TICKS.includes(name)) return [name, whole(value * tick, digits)];
    return [name, whole(value)];
  }));
}

async function json(path) {
  const answer = await request(path);
  const told = await answer.json();
  if (!answer.ok) throw new Error(whyNot(told));
  return told;
}

async function look(card) {
  const { round: path, market, number } = card.dataset;
  const [file, venue] = await Promise.all([json(path), json("/v1/venue")]);
  const rows = bytesOf(file.rows);
  const { count, round } = roundIn(rows, market, number);
  if (round === null) return { lines: [{ name: "form", ok: false, facts: {} }], left: [] };
  const ties = crypto.subtle ? await tie(file, rows, count, venue.keys) : [];
  const { lines, left } = checkRound(round);
  const own = JSON.parse(card.dataset.own ?? "[]");
  if (own.length && lines.length) lines.push(checkOwn(round, own));
  return { file, round, lines: [...ties, ...lines], left };
}

function signOf(ok) {
  return ok === null ? "wait" : ok ? "good" : "stop";
}

function verdictOf(found, texts) {
  const { lines, left, file } = found;
  const bad = lines.filter((line) => line.ok === false).length;
  const facts = { n: whole(lines.length), bad: whole(bad) };
  if (bad) return ["stop", fill(texts.fails, facts)];
  if (left.includes("size") || left.includes("rule")) return ["wait", texts.none];
  if (file.way === null) {
    const entries = { counted: whole(file.counted), entries: whole(file.entries) };
    return ["wait", fill(texts.counting, entries)];
  }
  if (!crypto.subtle) return ["wait", texts.secure];
  if (!file.checkpoint) return ["wait", fill(texts.unsigned, facts)];
  return ["good", fill(texts.holds, facts)];
}

function show(card, found) {
  const tick = found.round?.tick_minor ?? 1n;
  const verdict = card.querySelector("[data-verdict]");
  const [sign, text] = verdictOf(found, card.dataset);
  const mark = verdict.querySelector(".sign");
  mark.className = `sign ${sign}`;
  mark.textContent = card.dataset[`word_${sign}`] ?? "";
  verdict.querySelector("[data-text]").textContent = text;
  if (!("whole" in card.dataset)) return;
  card.classList.add(sign === "stop" ? "bad" : "good");
  for (const item of document.querySelectorAll("[data-line]")) {
    const line = found.lines.find((one) => one.name === item.dataset.line);
    item.hidden = !line;
    if (!line) continue;
    const which = line.ok === null ? "open" : line.ok ? "yes" : "no";
    const facts = said(line.facts, card, tick);
    item.querySelector(".sign").className = `sign ${signOf(line.ok)}`;
    item.querySelector(".sign").textContent = card.dataset[`word_${signOf(line.ok)}`];
    item.querySelector("p").textContent = fill(item.dataset[which] ?? "", facts);
  }
  for (const item of document.querySelectorAll("[data-left]")) {
    item.hidden = !found.left.includes(item.dataset.left);
  }
  if (!found.round) return;
  for (const table of document.querySelectorAll("[data-table]")) draw(table, card, found.round);
}

// A table of the round as it was proved, column by column as its head says.
function draw(table, card, round) {
  const { rows, columns } = round[table.dataset.table];
  const [digits, names] = [Number(card.dataset.digits), JSON.parse(card.dataset.names)];
  const tick = round.tick_minor;
  const heads = [...table.querySelectorAll("th[data-column]")];
  const body = document.createElement("tbody");
  for (let row = 0; row < Math.min(rows, ROWS_SHOWN); row++) {
    const line = document.createElement("tr");
    heads.forEach((head, at) => {
      const cell = document.createElement(at ? "td" : "th");
      if (!at) cell.scope = "row";
      const value = columns[head.dataset.column][row];
      const isPriced = !columns.traded || columns.traded[row] === 1n;
      if (head.dataset.as === "region") cell.textContent = names[value] ?? value;
      else if (head.dataset.as === "side") {
        cell.textContent = head.dataset[value > 0n ? "buy" : "sell"];
      } else if (head.dataset.as === "ticks") {
        cell.textContent = isPriced ? whole(value * tick, digits) : "\u2013";
      } else cell.textContent = typeof value === "bigint" ? whole(value) : value;
      if (head.classList.contains("n")) cell.className = "n";
      if (at) cell.dataset.label = head.textContent;
      line.append(cell);
    });
    body.append(line);
  }
  table.querySelector("tbody").replaceWith(body);
  const more = table.closest("section").querySelector("[data-more]");
  more.hidden = rows <= ROWS_SHOWN;
  more.textContent = fill(more.dataset.more, { n: whole(rows), shown: whole(ROWS_SHOWN) });
}

async function check(card) {
  const path = card.dataset.round;
  if (known.has(path)) return show(card, known.get(path));
  const text = card.querySelector("[data-text]");
  text.textContent = card.dataset.going;
  try {
    const found = await look(card);
    if (found.file?.way !== null) known.set(path, found);
    else setTimeout(() => check(card), AGAIN_MS); // the server counts on with each asking
    show(card, found);
  } catch (error) {
    card.querySelector(".sign").className = "sign wait";
    text.textContent = `${card.dataset.unsent} ${error.message}`;
  }
}

function all() {
  for (const card of document.querySelectorAll("[data-round]")) check(card);
}

document.addEventListener("parts", all);
all();
