// Texts ahead of their clear time, sealed: the receiver's part of docs/embargo.md.
// It trusts nothing that comes. It needs WebCrypto with Ed25519 (in browsers that is
// a page over https or from localhost) and nothing else.
//
// Copyright the Wireroom authors. Licensed under Apache-2.0.

const maxHeld = 128; // as many as can be named when a stream is asked for
const heldFor = 8 * 3600e3; // ms: six hours ahead, ten minutes of lot before, an hour until the void
const nonceSize = 12, tagSize = 16, saltSize = 32, leastSize = 64 << 10, mostSize = 16 << 20;
const signatureSize = 64, maxMessage = 4 << 10;
const bodySize = { 1: 16 + 32 + 32, 2: 32 + 8 + 16 + 8, 3: 16 };
const maxTime = 253402300799999999n; // the last µs of the year 9999

/** What was sent ahead failed a check; `check` names it as the test vectors do. */
export class SealError extends Error {
  constructor(check, message) {
    super(message);
    this.name = "SealError";
    this.check = check;
  }
}

/** A public key cannot be used: it is none, or this place has no WebCrypto with Ed25519. */
export class KeyError extends Error {
  constructor(cause) {
    super("the wire's key cannot be used: it is 32 bytes, and needs WebCrypto with Ed25519, in a page over https", { cause });
    this.name = "KeyError";
  }
}

/** A key opens nothing that the box keeps: the text is to be fetched. That is no fault. */
export class NoSealError extends Error {
  constructor() {
    super("there is no seal for this key");
    this.name = "NoSealError";
  }
}

/**
 * Keeps sealed texts until their keys come. Methods take the data of the events seal,
 * key and void, as JSON text, and reject with a SealError for what failed a check.
 */
export class Box {
  #keys;
  #maxBytes;
  #now;
  #held = new Map(); // id → {commitment, text, came}, the oldest first
  #bytes = 0;

  /**
   * @param {object} [o]
   * @param {(string|Uint8Array)[]} [o.keys] the wire's public keys, in base64 or raw; without them the stream asks the wire and goes on with what it said
   * @param {number} [o.maxBytes] bound on the sealed texts kept, 256 MiB by default; the oldest make room
   * @param {() => number} [o.now] clock in ms
   */
  constructor({ keys = [], maxBytes = 256 << 20, now = Date.now } = {}) {
    this.#keys = keys.map(importKey);
    for (const key of this.#keys) key.catch(() => {}); // whoever uses it is told
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  /** Whether it is known what the wire signs with. Rejects with a KeyError if that cannot be used. */
  async hasKeys() { return (await Promise.all(this.#keys)).length > 0; }

  /** Takes what the wire says its key is, in base64, if nobody has said so before. */
  async learn(key) {
    if (await this.hasKeys()) return;
    await importKey(key);
    this.#keys = [importKey(key)];
  }

  /** Keeps a seal and resolves to its id; to null if it is too long for the box. */
  async keep(data) {
    const { seal, text } = parse(data, "seal", "text");
    const body = await this.#signed(seal, 1);
    const digest = body.subarray(48, 80);
    if (!possible(text.length) || !same(await sha256(text), digest)) {
      throw new SealError("digest", "the sealed text is not the one that was signed");
    }
    const id = base32(body.subarray(0, 16));
    this.#tidy();
    if (this.#held.has(id)) return id;
    if (text.length > this.#maxBytes) return null;
    this.#held.set(id, { id: body.slice(0, 16), commitment: body.slice(16, 48), text, came: this.#now() });
    this.#bytes += text.length;
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= maxHeld && this.#bytes <= this.#maxBytes) break;
      this.#drop(oldest);
    }
    return id;
  }

  /**
   * Opens the text that a key is to. Rejects with NoSealError if the box has none.
   * @returns {Promise<{number: number, id: string, at: string, data: string, content: string, hash: string, signature: string}>}
   *   data is the item's JSON; content its canonical form, hash the SHA-256 of that
   */
  async open(data) {
    const { key } = parse(data, "key");
    const body = form(key, 2);
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    const number = view.getBigUint64(32), lifted = view.getBigUint64(56);
    if (number === 0n || number > 1n << 53n || lifted > maxTime) throw new SealError("form", "the number or time is out of range");
    const secret = body.subarray(0, 32);
    const id = (await derive(secret, null, "id", 16));
    const seal = this.#held.get(base32(id));
    if (!seal || !seal.text) throw new NoSealError();
    const text = seal.text;
    this.#bytes -= text.length;
    seal.text = null; // it is remembered until its void, so that it is not sent again
    const content = await unlock(secret, seal, text);
    const late = { number: String(number), item: base32(body.subarray(40, 56)), micros: lifted, signature: key.slice(-signatureSize) };
    const cleared = await fill(content, late);
    await this.#verify(utf8("wireroom item v1\n" + cleared.hash), late.signature);
    return { number: Number(number), id: late.item, at: exact(lifted), ...cleared, signature: base64(late.signature) };
  }

  /** Forgets a seal that need not be kept. */
  async void(data) {
    const body = await this.#signed(parse(data, "void").void, 3);
    this.#drop(base32(body));
  }

  /** The ids of seals that need not be sent again, for the parameter holds. */
  holds() {
    this.#tidy();
    return [...this.#held.keys()];
  }

  #drop(id) {
    const seal = this.#held.get(id);
    if (seal?.text) this.#bytes -= seal.text.length;
    this.#held.delete(id);
  }

  #tidy() {
    for (const [id, seal] of this.#held) {
      if (this.#now() - seal.came <= heldFor) break;
      this.#drop(id);
    }
  }

  async #signed(message, kind) {
    const body = form(message, kind);
    const end = message.length - signatureSize;
    await this.#verify(join(utf8("wireroom advance v1\n"), message.subarray(0, end)), message.subarray(end));
    return body;
  }

  async #verify(text, signature) {
    for (const key of this.#keys) {
      if (await crypto.subtle.verify("Ed25519", await key, signature, text)) return;
    }
    throw new SealError("signature", "the signature is not the wire's");
  }
}

/** The body of a message, whose form is right. */
function form(message, kind) {
  const bad = new SealError("form", "the message has no form of the wire");
  if (message.length < 2 || message.length > maxMessage) throw bad;
  if (message[0] !== 1) throw new SealError("version", "the message is of another version of the protocol");
  const end = 2 + bodySize[kind];
  if (message[1] !== kind || message.length < end + 2 + signatureSize) throw bad;
  // A length, and so many bytes of extensions, each a type, a length and a value, by
  // rising type. There are none yet; those of a later version are passed over.
  const rest = message.subarray(end, message.length - signatureSize);
  const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
  if (view.getUint16(0) !== rest.length - 2) throw bad;
  for (let at = 2, before = -1; at < rest.length;) {
    if (rest.length - at < 4) throw bad;
    const type = view.getUint16(at), size = view.getUint16(at + 2);
    if (type <= before || size > rest.length - at - 4) throw bad;
    before = type;
    at += 4 + size;
  }
  return message.subarray(2, end);
}

/** What is encrypted, after all checks of it. */
async function unlock(secret, seal, text) {
  if (!same(await derive(secret, seal.id, "commitment", 32), seal.commitment)) {
    throw new SealError("commitment", "the key is not the one that the seal commits to");
  }
  const key = await crypto.subtle.importKey("raw", await derive(secret, seal.id, "text", 32), "AES-GCM", false, ["decrypt"]);
  const additionalData = join(utf8("wireroom advance v1\n"), seal.id);
  let padded;
  try {
    padded = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: text.subarray(0, nonceSize), additionalData }, key, text.subarray(nonceSize)));
  } catch {
    throw new SealError("text", "the sealed text does not open");
  }
  const length = new DataView(padded.buffer).getUint32(saltSize);
  const end = saltSize + 4 + length;
  if (end > padded.length) throw new SealError("content", "the length within the sealed text is wrong");
  // What fits in less is padded to less, and with nothing but zeros: so one text has
  // one form.
  let padding = 0;
  for (let i = end; i < padded.length; i++) padding |= padded[i];
  if (padding !== 0 || (padded.length > leastSize && end <= padded.length / 2)) {
    throw new SealError("content", "the padding of the sealed text is wrong");
  }
  return padded.subarray(saltSize + 4, end);
}

/** Puts into the two lines that were sealed what the clear gave. */
async function fill(content, late) {
  const feed = content.indexOf(10);
  if (feed < 0 || content.indexOf(10, feed + 1) >= 0) throw new SealError("content", "what is sealed is not two lines");
  const values = { N: late.number, I: late.item, T: exact(late.micros).slice(0, 19) + "Z", M: exact(late.micros), S: base64(late.signature) };
  const item = fillLine(content.subarray(feed + 1), values);
  values.H = hex(await sha256(item));
  const text = fillLine(content.subarray(0, feed), values);
  return { data: new TextDecoder().decode(text), content: new TextDecoder().decode(item), hash: values.H };
}

function fillLine(line, values) {
  const parts = [];
  for (;;) {
    const at = line.indexOf(0);
    if (at < 0) return join(...parts, line);
    const value = values[String.fromCharCode(line[at + 1])];
    if (value === undefined) throw new SealError("content", "the text has a hole that is none");
    parts.push(line.subarray(0, at), utf8(value));
    line = line.subarray(at + 2);
  }
}

/** A time in µs since 1970 as the wire writes it, without zeros at the end. */
function exact(micros) {
  const seconds = new Date(Number(micros / 1000000n) * 1000).toISOString().slice(0, 19);
  const fraction = String(micros % 1000000n).padStart(6, "0").replace(/0+$/, "");
  return seconds + (fraction && "." + fraction) + "Z";
}

/** The members of an event's data, each of them bytes. */
function parse(data, ...names) {
  let said;
  try {
    said = JSON.parse(data);
    return Object.fromEntries(names.map((name) => [name, unbase64(said[name])]));
  } catch {
    throw new SealError("form", `the data of the ${names[0]} is not understood`);
  }
}

const possible = (n) => n >= leastSize + nonceSize + tagSize && n <= mostSize + nonceSize + tagSize && Number.isInteger(Math.log2(n - nonceSize - tagSize));
const utf8 = (s) => new TextEncoder().encode(s);
const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

async function derive(secret, salt, purpose, size) {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const info = utf8("wireroom advance v1 " + purpose);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: salt ?? new Uint8Array(), info }, key, size * 8));
}

async function importKey(key) {
  try {
    return await crypto.subtle.importKey("raw", typeof key === "string" ? unbase64(key) : key, "Ed25519", false, ["verify"]);
  } catch (cause) {
    throw new KeyError(cause);
  }
}

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    whole.set(p, at);
    at += p.length;
  }
  return whole;
}

function base32(bytes) {
  let bits = 0, value = 0, text = "";
  for (const b of bytes) {
    value = (value << 8) | b;
    for (bits += 8; bits >= 5; bits -= 5) text += "abcdefghijklmnopqrstuvwxyz234567"[(value >>> (bits - 5)) & 31];
    value &= 31;
  }
  return bits > 0 ? text + "abcdefghijklmnopqrstuvwxyz234567"[(value << (5 - bits)) & 31] : text;
}

function unbase64(text) {
  if (typeof text !== "string") throw new TypeError("not base64");
  const chars = atob(text);
  const bytes = new Uint8Array(chars.length);
  for (let i = 0; i < chars.length; i++) bytes[i] = chars.charCodeAt(i);
  return bytes;
}

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
