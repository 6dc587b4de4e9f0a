// Numbers as people type and read them. Money is counted in whole minor units (BigInt): never in
// floating point.

export function fill(text, facts) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
}

function grouped(text) {
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

export function moneyOf(minor, digits) {
  const scale = 10n ** BigInt(digits);
  const tail = digits ? `.${(minor % scale).toString().padStart(digits, "0")}` : "";
  return grouped((minor / scale).toString()) + tail;
}

// A price as typed, in minor units; null where it is none. Takes 12, 12.5, 12.50, full width too.
export function minorOf(text, digits) {
  const plain = text.normalize("NFKC").replace(/[\s,\u202f]/g, "");
  const found = plain.match(/^(\d{1,15})(?:\.(\d*))?$/);
  if (!found || (found[2] ?? "").length > digits) return null;
  return BigInt(found[1] + (found[2] ?? "").padEnd(digits, "0"));
}

export function wholeOf(text) {
  const plain = text.normalize("NFKC").replace(/[\s,\u202f]/g, "");
  return /^\d{1,15}$/.test(plain) ? BigInt(plain) : null;
}

// What a typed field says as a number for a command; null where it says none.
export function numberOf(field) {
  if (field.dataset.as === "signed") {
    const [, minus, rest] = field.value.trim().match(/^([-\u2212]?)(.*)$/);
    const found = ticksOf(rest, field.dataset);
    return found && minus ? -found : found;
  }
  const digits = Number(field.dataset.digits ?? 0);
  if (field.dataset.as === "whole") return safe(wholeOf(field.value));
  if (field.dataset.as === "minor") return safe(minorOf(field.value, digits));
  return ticksOf(field.value, field.dataset);
}

function ticksOf(text, { digits, tick }) {
  const minor = minorOf(text, Number(digits ?? 0));
  if (minor === null) return null;
  const step = BigInt(tick ?? 1);
  return minor % step === 0n ? safe(minor / step) : null;
}

function safe(value) {
  return value === null || value > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(value);
}
