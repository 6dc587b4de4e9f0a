// A bid sealed in the browser, with a key that the venue never sees (docs/reference/secrets.md).
//
// What is sent holds a digest and a hash commitment; the words go along as ciphertext. Whoever bids
// keeps the opening: salt and content prove later what was bid, and nobody else can open it.

import { Columns, encode, joined } from "./canonical.js";

const FORM = "yaosu.sealed/1";
const SUITE = "aes-256-gcm";
const LEVEL = "personal";
const LEAST_CLASS = 256;

const utf8 = new TextEncoder();

export const isPossible = Boolean(globalThis.crypto?.subtle);

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

async function hmac(secret, data) {
  const kind = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, kind, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, data));
}

async function derive(secret, purpose, data = new Uint8Array()) {
  return hmac(await hmac(secret, utf8.encode(`${FORM} ${SUITE} ${purpose}`)), data);
}

export function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function base64Of(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

export async function sealItem(secret, { venue, actor, key, item }, content) {
  const dataKey = `own:${actor}/${hexOf(await derive(secret, "name")).slice(0, 16)}`;
  const place = { form: FORM, venue, actor, key, item, data_key: dataKey, suite: SUITE };
  const bound = encode(place);
  const both = joined([await sha256(bound), await sha256(content)]);
  const salt = await derive(secret, "salt", both);
  const nonce = (await derive(secret, "nonce", joined([salt, both]))).slice(0, 12);
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(content.length), true);
  const words = joined([salt, new Uint8Array(length.buffer), content]);
  let size = LEAST_CLASS;
  while (size < words.length) size *= 2;
  const plain = joined([words, new Uint8Array(size - words.length)]);
  const raw = await derive(secret, "encrypt");
  const cipher = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  const how = { name: "AES-GCM", iv: nonce, additionalData: bound };
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(how, cipher, plain));
  const sealed = { name: item, data_key: dataKey, suite: SUITE, nonce, ciphertext };
  const commitment = { form: "yaosu.hash-commitment/1", venue, actor, key, item, salt, content };
  const note = {
    name: item,
    level: LEVEL,
    data_key: dataKey,
    digest: base64Of(await sha256(encode(sealed))),
    hash_commitment: base64Of(await sha256(encode(commitment))),
  };
  return { note, sealed, items: base64Of(encode([sealed])), salt: base64Of(salt) };
}

// What a command takes in place of a table that stays secret, and what its bidder keeps.
export async function sealTable(secret, binding, columns) {
  const found = await sealItem(secret, binding, encode(new Columns(columns)));
  return {
    sent: { sealed: [found.note], sealed_items: found.items },
    opening: {
      form: "yaosu.opening/1",
      ...binding,
      salt: found.salt,
      secret: base64Of(secret),
      content: columns,
    },
  };
}
