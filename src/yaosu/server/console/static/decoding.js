// Reads canonical bytes (docs/reference/canonical-bytes.md): what canonical.js does, backwards.
//
// Whole numbers come as BigInt, maps as plain objects, tables as { rows, columns: name -> list };
// a value that is missing in a table is null. Bytes that are none of these are refused.

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const COLUMNS = 1;
const KINDS = { 1: 8, 2: 4, 3: 1, 4: 1 }; // bytes a value; 5 is text

function refuse(reason) {
  throw new Error(`these are no canonical bytes: ${reason}`);
}

class Bytes {
  constructor(data) {
    this.data = data;
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.at = 0;
  }

  take(count) {
    if (this.at + count > this.data.length) refuse("they end too early");
    this.at += count;
    return this.at - count;
  }

  bytes(count) {
    const at = this.take(count);
    return this.data.subarray(at, at + count);
  }

  text(count) {
    return utf8.decode(this.bytes(count));
  }

  unsigned(count, little = false) {
    const at = this.take(count);
    if (count === 1) return this.view.getUint8(at);
    if (count === 2) return this.view.getUint16(at, little);
    if (count === 4) return this.view.getUint32(at, little);
    return this.view.getBigUint64(at, little);
  }

  signed(count, little = false) {
    const at = this.take(count);
    if (count === 1) return BigInt(this.view.getInt8(at));
    if (count === 2) return BigInt(this.view.getInt16(at, little));
    if (count === 4) return BigInt(this.view.getInt32(at, little));
    return this.view.getBigInt64(at, little);
  }
}

export function decode(data) {
  const bytes = new Bytes(data);
  const value = one(bytes);
  if (bytes.at !== data.length) refuse("more follows");
  return value;
}

function one(bytes) {
  const head = bytes.unsigned(1);
  if (head < 0x80) return BigInt(head);
  if (head < 0x90) return map(bytes, head & 15);
  if (head < 0xa0) return list(bytes, head & 15);
  if (head < 0xc0) return bytes.text(head & 31);
  if (head >= 0xe0) return BigInt(head - 256);
  switch (head) {
    case 0xc0: return null;
    case 0xc2: return false;
    case 0xc3: return true;
    case 0xc4: case 0xc5: case 0xc6: return bytes.bytes(bytes.unsigned(1 << (head - 0xc4)));
    case 0xc7: case 0xc8: case 0xc9: return extension(bytes, bytes.unsigned(1 << (head - 0xc7)));
    case 0xcc: case 0xcd: case 0xce: case 0xcf: return BigInt(bytes.unsigned(1 << (head - 0xcc)));
    case 0xd0: case 0xd1: case 0xd2: case 0xd3: return bytes.signed(1 << (head - 0xd0));
    case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8:
      return extension(bytes, 1 << (head - 0xd4));
    case 0xd9: case 0xda: case 0xdb: return bytes.text(bytes.unsigned(1 << (head - 0xd9)));
    case 0xdc: case 0xdd: return list(bytes, bytes.unsigned(head === 0xdc ? 2 : 4));
    case 0xde: case 0xdf: return map(bytes, bytes.unsigned(head === 0xde ? 2 : 4));
    default: return refuse(`a value begins with ${head.toString(16)}`);
  }
}

function list(bytes, count) {
  const found = [];
  for (let at = 0; at < count; at++) found.push(one(bytes));
  return found;
}

function map(bytes, count) {
  const found = Object.create(null);
  for (let at = 0; at < count; at++) {
    const name = one(bytes);
    if (typeof name !== "string" || name in found) refuse("a name is none, or comes twice");
    found[name] = one(bytes);
  }
  return found;
}

function extension(bytes, length) {
  if (bytes.unsigned(1) !== COLUMNS) refuse("an extension is unknown");
  const end = bytes.at + length;
  const found = table(bytes);
  if (bytes.at !== end) refuse("a table ends elsewhere");
  return found;
}

function table(bytes) {
  const count = bytes.unsigned(4, true);
  const rows = Number(bytes.unsigned(8, true));
  if (rows > bytes.data.length && count > 0) refuse("a table has more rows than bytes");
  const columns = Object.create(null);
  for (let at = 0; at < count; at++) {
    const name = bytes.text(bytes.unsigned(2, true));
    if (name in columns) refuse("a column comes twice");
    columns[name] = column(bytes, rows);
  }
  return { rows, columns };
}

function column(bytes, rows) {
  const [kind, maybe] = [bytes.unsigned(1), bytes.unsigned(1)];
  const isThere = maybe ? bytes.bytes(rows) : null;
  const values = kind === 5 ? texts(bytes, rows) : numbers(bytes, kind, rows);
  return isThere ? values.map((value, row) => (isThere[row] ? value : null)) : values;
}

function numbers(bytes, kind, rows) {
  const width = KINDS[kind] ?? refuse("a column is of no kind");
  const found = [];
  for (let row = 0; row < rows; row++) found.push(bytes.signed(width, true));
  return found;
}

function texts(bytes, rows) {
  const known = [];
  for (let left = bytes.unsigned(4, true); left > 0; left--) {
    known.push(bytes.text(bytes.unsigned(4, true)));
  }
  const found = [];
  for (let row = 0; row < rows; row++) {
    found.push(known[bytes.unsigned(4, true)] ?? refuse("a code points to no text"));
  }
  return found;
}
