// Checks in the page that an entry stands under the root that the venue has signed.
//
// The second implementation of what the journal promises: header, leaf, path, root, signature are
// counted here from the proof's text (c2sp.org/tlog-proof), not taken from the server's word.

import { request, whyNot } from "./speaking.js";

const MARK = "c2sp.org/tlog-proof@v1";
const HEADER_BYTES = 256;
const ED25519 = 1;

const utf8 = new TextEncoder();

export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

export function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function sha256(...parts) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
}

export async function leafOf(header) {
  return sha256(Uint8Array.of(0), header);
}

// RFC 9162, 2.1.3.2: the root that a path leads to; null where the path does not fit the tree.
export async function rootOf(leaf, sequence, size, path) {
  let [at, last, node] = [BigInt(sequence), BigInt(size) - 1n, leaf];
  if (at > last) return null;
  for (const sibling of path) {
    if (last === 0n) return null;
    if (at & 1n || at === last) {
      node = await sha256(Uint8Array.of(1), sibling, node);
      while (!(at & 1n) && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
    } else {
      node = await sha256(Uint8Array.of(1), node, sibling);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  return last === 0n ? node : null;
}

export function read(text) {
  const end = text.indexOf("\n\n");
  const lines = text.slice(0, end).split("\n");
  if (lines[0] !== MARK || end < 0) throw new Error("not a proof");
  return {
    header: bytesOf(lines[1].replace(/^extra /, "")),
    sequence: Number(lines[2].replace(/^index /, "")),
    path: lines.slice(3).map(bytesOf),
    ...readNote(text.slice(end + 2)),
  };
}

// A signed checkpoint: what it says, and the lines below it.
export function readNote(note) {
  const split = note.indexOf("\n\n");
  if (split < 0) throw new Error("not a checkpoint");
  const said = note.slice(0, split + 1);
  const [origin, size, root] = said.split("\n");
  const signatures = note.slice(split + 2).split("\n").filter(Boolean);
  return { said, origin, size: Number(size), root: bytesOf(root), signatures };
}

// Whether a line under the note was made with one of the venue's keys ("name+id+base64").
export async function isSigned(said, lines, keys) {
  for (const key of keys) {
    const [name, , rest] = key.match(/^(.*)\+([0-9a-f]{8})\+(.*)$/).slice(1);
    const material = bytesOf(rest);
    if (material[0] !== ED25519) continue;
    const id = (await sha256(utf8.encode(`${name}\n`), material)).slice(0, 4);
    const known = await crypto.subtle.importKey("raw", material.slice(1), "Ed25519", false, [
      "verify",
    ]);
    for (const line of lines) {
      const [dash, signer, signed] = line.split(" ");
      const bytes = bytesOf(signed);
      const isOurs = dash === "\u2014" && signer === name && hexOf(bytes.slice(0, 4)) === hexOf(id);
      if (!isOurs) continue;
      if (await crypto.subtle.verify("Ed25519", known, bytes.slice(4), utf8.encode(said))) {
        return true;
      }
    }
  }
  return false;
}

export async function check(text, keys, sequence, hash) {
  const proof = read(text);
  const leaf = await leafOf(proof.header);
  const root = await rootOf(leaf, proof.sequence, proof.size, proof.path);
  const fits =
    proof.header.length === HEADER_BYTES &&
    proof.sequence === sequence &&
    hexOf(leaf) === hash &&
    root !== null &&
    hexOf(root) === hexOf(proof.root);
  return { size: proof.size, proved: fits && (await isSigned(proof.said, proof.signatures, keys)) };
}

async function text(path) {
  const answer = await request(path);
  if (answer.ok) return answer.text();
  const told = await answer.json();
  throw new Error(whyNot(told));
}

const card = document.querySelector("[data-proof]");
if (card) {
  const said = card.querySelector("[data-said]");
  const button = card.querySelector("[data-check]");
  button.disabled = false;
  button.addEventListener("click", async () => {
    try {
      const [proof, venue] = await Promise.all([
        text(`/v1/entries/${card.dataset.proof}/proof`),
        text("/v1/venue"),
      ]);
      const number = Number(card.dataset.proof);
      const found = await check(proof, JSON.parse(venue).keys, number, card.dataset.hash);
      const words = found.proved ? said.dataset.yes : said.dataset.no;
      said.textContent = words.replace("{size}", found.size);
      said.className = found.proved ? "notice" : "notice stop";
    } catch (error) {
      said.textContent = `${said.dataset.not} ${error.message}`;
      said.className = "notice wait";
    }
  });
}
