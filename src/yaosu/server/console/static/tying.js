// Ties what a server tells of a round to the journal: bytes, leaf, header, root, signature.
//
// The form of the file: docs/reference/results.md. Every hash is counted here.

import { decode } from "./decoding.js";
import { bytesOf, hexOf, isSigned, leafOf, readNote, rootOf, sha256 } from "./proof.js";

const HEADER_BYTES = 256;
const SEQUENCE_AT = 8;
const OUTCOME_AT = 24;
const PARTIES_AT = 192;
const ACCEPTED = 1;
const TAG = "markets.round_published/1";
const EVERYBODY = new TextEncoder().encode("*");

function number(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

// The root over the parties of an entry to which the rows of everybody lead.
async function partiesRoot(file, rows) {
  const key = await sha256(EVERYBODY);
  const counts = [number(file.before), number(file.here)];
  const digest = await sha256(rows);
  const content = await sha256(Uint8Array.of(4), bytesOf(file.salt), ...counts, digest);
  let node = await sha256(Uint8Array.of(5), key, content);
  for (let depth = file.way.length - 1; depth >= 0; depth--) {
    const beside = bytesOf(file.way[depth]);
    const isRight = (key[depth >> 3] >> (7 - (depth & 7))) & 1;
    const pair = isRight ? [beside, node] : [node, beside];
    node = await sha256(Uint8Array.of(6), ...pair);
  }
  return node;
}

// The round that the bytes tell, and no other: null where they tell none of that name.
export function roundIn(rows, market, round) {
  const pieces = decode(rows);
  const events = pieces.map((piece) => piece[3]);
  const isOurs = (one) => one.event === TAG && one.market === market && one.round === BigInt(round);
  return { count: pieces.length, round: events.find(isOurs) ?? null };
}

// Whether the bytes lead to the header, and the header to a checkpoint signed with a venue's key.
// Lines as in clearing.js; ok is null where it cannot be said.
export async function tie(file, rows, count, keys) {
  const header = bytesOf(file.header);
  const view = new DataView(header.buffer);
  const isHeader =
    header.length === HEADER_BYTES &&
    view.getBigUint64(SEQUENCE_AT, true) === BigInt(file.sequence) &&
    header[OUTCOME_AT] === ACCEPTED;
  const facts = { entry: file.sequence, bytes: rows.length };
  const tied = { name: "tied", ok: null, facts };
  if (file.way !== null) {
    const root = await partiesRoot(file, rows);
    const parties = header.subarray(PARTIES_AT, PARTIES_AT + 32);
    tied.ok = isHeader && file.here === count && hexOf(root) === hexOf(parties);
  }
  const signed = { name: "signed", ok: null, facts: { entry: file.sequence } };
  if (file.checkpoint) {
    const note = readNote(file.checkpoint);
    const path = file.inclusion.map(bytesOf);
    const root = await rootOf(await leafOf(header), file.sequence, note.size, path);
    const leads = isHeader && root !== null && hexOf(root) === hexOf(note.root);
    signed.ok = leads && (await isSigned(note.said, note.signatures, keys));
    signed.facts.size = note.size;
  }
  return [tied, signed];
}
