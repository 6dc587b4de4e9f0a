// Canonical bytes in the browser: one spelling for each value (docs/reference/canonical-bytes.md).
//
// Takes null, true, false, whole numbers (Number or BigInt), text, bytes, lists, plain objects, and
// Columns of whole numbers (int64) and text.

export class Columns {
  constructor(columns) {
    this.columns = columns; // name -> list of numbers, or list of texts
  }
}

const utf8 = new TextEncoder();
const UINTS = [
  [1n << 8n, 0xcc, 1],
  [1n << 16n, 0xcd, 2],
  [1n << 32n, 0xce, 4],
  [1n << 63n, 0xcf, 8],
];
const INTS = [
  [1n << 7n, 0xd0, 1],
  [1n << 15n, 0xd1, 2],
  [1n << 31n, 0xd2, 4],
  [1n << 63n, 0xd3, 8],
];

export function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

// A whole number in so many bytes, in two's complement.
function bytesOf(value, count, { little = false } = {}) {
  let rest = BigInt.asUintN(8 * count, BigInt(value));
  const found = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    found[little ? at : count - 1 - at] = Number(rest & 255n);
    rest >>= 8n;
  }
  return found;
}

function whole(value) {
  const number = BigInt(value);
  if (number >= 0n) {
    if (number < 128n) return Uint8Array.of(Number(number));
    const [, head, count] = UINTS.find(([limit]) => number < limit);
    return joined([Uint8Array.of(head), bytesOf(number, count)]);
  }
  if (number >= -32n) return bytesOf(number, 1);
  const [, head, count] = INTS.find(([limit]) => -number <= limit);
  return joined([Uint8Array.of(head), bytesOf(number, count)]);
}

// A head with its length in the shortest form; heads: [limit, byte, bytes of the length].
function head(length, heads) {
  const [, byte, count] = heads.find(([most]) => length <= most);
  if (count === 0) return Uint8Array.of(byte + length);
  return joined([Uint8Array.of(byte), bytesOf(length, count)]);
}

const TEXT = [[31, 0xa0, 0], [0xff, 0xd9, 1], [0xffff, 0xda, 2], [0xffffffff, 0xdb, 4]];
const BYTES = [[0xff, 0xc4, 1], [0xffff, 0xc5, 2], [0xffffffff, 0xc6, 4]];
const LIST = [[15, 0x90, 0], [0xffff, 0xdc, 2], [0xffffffff, 0xdd, 4]];
const MAP = [[15, 0x80, 0], [0xffff, 0xde, 2], [0xffffffff, 0xdf, 4]];
const EXTENSION = [[0xff, 0xc7, 1], [0xffff, 0xc8, 2], [0xffffffff, 0xc9, 4]];
const FIXED = { 1: 0xd4, 2: 0xd5, 4: 0xd6, 8: 0xd7, 16: 0xd8 };

function byBytes(left, right) {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) if (left[at] !== right[at]) return left[at] - right[at];
  return left.length - right.length;
}

function plain(text) {
  return utf8.encode(text.normalize("NFC"));
}

export function encode(value) {
  if (value === null) return Uint8Array.of(0xc0);
  if (value === false) return Uint8Array.of(0xc2);
  if (value === true) return Uint8Array.of(0xc3);
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return whole(value);
  if (typeof value === "string") {
    const bytes = plain(value);
    return joined([head(bytes.length, TEXT), bytes]);
  }
  if (value instanceof Uint8Array) return joined([head(value.length, BYTES), value]);
  if (Array.isArray(value)) return joined([head(value.length, LIST), ...value.map(encode)]);
  if (value instanceof Columns) return extension(table(value.columns));
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(([name, one]) => [plain(name), encode(name), one]);
    pairs.sort((left, right) => byBytes(left[0], right[0]));
    const parts = pairs.flatMap(([, key, one]) => [key, encode(one)]);
    return joined([head(pairs.length, MAP), ...parts]);
  }
  throw new Error("this has no canonical bytes");
}

function extension(body) {
  const first = FIXED[body.length];
  const start = first ? Uint8Array.of(first) : head(body.length, EXTENSION);
  return joined([start, Uint8Array.of(1), body]);
}

const byCode = (left, right) => {
  const [a, b] = [[...left], [...right]];
  const at = a.findIndex((one, index) => one !== b[index]);
  if (at < 0) return a.length - b.length;
  return b[at] === undefined ? 1 : a[at].codePointAt(0) - b[at].codePointAt(0);
};

function table(columns) {
  const names = Object.keys(columns).sort(byCode);
  const rows = names.length ? columns[names[0]].length : 0;
  const little = { little: true };
  const parts = [bytesOf(names.length, 4, little), bytesOf(rows, 8, little)];
  for (const name of names) {
    const [title, values] = [utf8.encode(name), columns[name]];
    const isText = typeof values[0] === "string";
    parts.push(bytesOf(title.length, 2, little), title, Uint8Array.of(isText ? 5 : 1, 0));
    if (!isText) {
      parts.push(...values.map((one) => bytesOf(one, 8, little)));
      continue;
    }
    const known = [...new Set(values.map((one) => one.normalize("NFC")))].sort(byCode);
    parts.push(bytesOf(known.length, 4, little));
    for (const one of known) {
      const text = utf8.encode(one);
      parts.push(bytesOf(text.length, 4, little), text);
    }
    parts.push(...values.map((one) => bytesOf(known.indexOf(one.normalize("NFC")), 4, little)));
  }
  return joined(parts);
}
