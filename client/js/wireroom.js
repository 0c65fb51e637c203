// Follow a Wireroom from a browser or Node 20: the live stream with resume, and, with
// a Box, texts ahead of their clear time, sealed, and only keys at it
// (docs/embargo.md). One module, no build step, no dependencies.
//
//   import { Box, follow } from "./wireroom.js";
//   for await (const event of follow("https://wire.example", { filter: { lang: "en" }, box: new Box() })) {
//     console.log(event.id, JSON.parse(event.data));
//   }
//
// Copyright the Wireroom authors. Licensed under Apache-2.0.

import { Box, KeyError, NoSealError, SealError } from "./box.js";

export { Box, KeyError, NoSealError, SealError };

/** An answer of the wire that asking again will not change. */
export class WireError extends Error {
  constructor(status, detail) {
    super(`the wire answered ${status}${detail ? ": " + detail : ""}`);
    this.name = "WireError";
    this.status = status;
  }
}

const readyWait = 10e3; // ms within which the wire hears that a seal is kept, by lot
const readyMost = 64; // seals in one such message
const askTime = 30e3; // ms for one request beside the stream
const maxRetry = 600e3; // ms that a wire may set at most

/**
 * Follows a wire. It rides out lost connections and restarted servers and resumes
 * where it was; it ends with the signal, when the wire asks to stop, or throws a
 * WireError or KeyError. An event is one the caller has done with when it asks for the next.
 *
 * @param {string} url of the wire, or of its stream (…/v1/stream)
 * @param {object} [o]
 * @param {Record<string, string|string[]>} [o.filter] parameters of the stream: lang, country, sector, subject, org, ticker, priority, q
 * @param {"ninjs"|"headline"} [o.format]
 * @param {string} [o.key] API key
 * @param {string} [o.last] place to resume at, the id of the last event; "0" is all the wire has, "" only what is new
 * @param {Box} [o.box] has texts sent ahead; the same items come, in the same order
 * @param {AbortSignal} [o.signal] ends it
 * @param {(error: Error, wait: number) => void} [o.dropped] is told why a connection ended, and how many ms it waits
 * @param {(error: SealError) => void} [o.refused] is told of what failed a check, worth a report
 * @param {number} [o.idle] ms of silence after which a connection counts as dead
 * @param {number} [o.maxWait] longest pause in ms
 * @param {number} [o.maxEvent] longest event in characters
 * @param {typeof fetch} [o.fetch]
 * @returns {AsyncGenerator<{id: string, type: string, data: string, ahead: boolean}>}
 */
export async function* follow(url, o = {}) {
  const wire = new Wire(url, o);
  try {
    let failures = 0;
    while (!o.signal?.aborted) {
      let alive = false, why;
      try {
        for await (const event of wire.connect()) {
          alive = true;
          if (event.type) yield event;
          wire.last = event.id;
        }
        if (wire.stopped) return;
        why = new Error("the connection ended");
      } catch (error) {
        if (o.signal?.aborted) return;
        if (error instanceof WireError || error instanceof KeyError) throw error;
        why = error;
      }
      failures = alive ? 0 : failures + 1;
      await wire.pause(why, failures);
    }
  } finally {
    wire.end();
  }
}

/** One stream over all its connections. */
class Wire {
  stopped = false;
  #o;
  #address;
  #retry = 2e3;
  #ready = [];
  #announcing = null;

  constructor(url, o) {
    this.#o = { idle: 45e3, maxWait: 60e3, maxEvent: 24 << 20, fetch: globalThis.fetch.bind(globalThis), ...o };
    this.#address = new URL(url);
    if (!this.#address.pathname.endsWith("/v1/stream")) this.#address.pathname = this.#address.pathname.replace(/\/$/, "") + "/v1/stream";
    this.last = o.last ?? "";
  }

  end() { clearTimeout(this.#announcing); }

  /** Yields the events of one connection; without a type, only the place has moved. */
  async *connect() {
    const o = this.#o, dead = new AbortController();
    let watch;
    const rearm = () => {
      clearTimeout(watch);
      watch = setTimeout(() => dead.abort(new Error("the connection fell silent")), o.idle);
    };
    rearm();
    try {
      const signal = o.signal ? AbortSignal.any([o.signal, dead.signal]) : dead.signal;
      if (o.box && !(await o.box.hasKeys())) await this.#learn(signal);
      const answer = await o.fetch(this.#stream(), { headers: this.#headers({ Accept: "text/event-stream", ...(this.last && { "Last-Event-ID": this.last }) }), signal, cache: "no-store" });
      if (!(await this.#judge(answer))) return;
      for await (const event of events(answer.body, o.maxEvent, this.last, rearm)) {
        if (event.retry !== undefined) this.#retry = Math.min(Math.max(event.retry, 1), maxRetry);
        clearTimeout(watch); // a slow caller is not a silent wire
        yield event.type && o.box ? await this.#ahead(event, signal) : event;
        rearm();
      }
    } finally {
      clearTimeout(watch);
      dead.abort();
    }
  }

  /** Deals with an event of what is sent ahead, and returns what is handed on. */
  async #ahead(event, signal) {
    const { box } = this.#o;
    const none = { id: event.id, type: "" };
    try {
      switch (event.type) {
        case "seal":
          this.#announce(await box.keep(event.data));
          return none;
        case "void":
          await box.void(event.data);
          return none;
        case "key": {
          const cleared = await box.open(event.data);
          if (String(cleared.number) !== event.id) throw new SealError("form", "the key has the place of another item");
          return { id: event.id, type: "item", data: cleared.data, ahead: true };
        }
      }
      return event;
    } catch (error) {
      if (!(error instanceof SealError || error instanceof NoSealError)) throw error;
      if (error instanceof SealError) this.#o.refused?.(error);
      return event.type === "key" ? this.#fetch(event, signal) : none;
    }
  }

  /** Gets an item in the open. One that was withdrawn since is passed over: its kill follows. */
  async #fetch(event, signal) {
    const answer = await this.#ask(`items/${encodeURIComponent(event.id)}`, { signal });
    if (answer.status === 404 || answer.status === 410) return { id: event.id, type: "" };
    if (answer.status !== 200) throw new Error(`the item cannot be had: ${answer.status}`);
    return { id: event.id, type: "item", data: (await bounded(answer, this.#o.maxEvent)).trimEnd(), ahead: false };
  }

  /** Asks for what the wire signs with. */
  async #learn(signal) {
    const answer = await this.#ask("key", { signal });
    if (answer.status === 404) throw new WireError(404, "this wire sends nothing ahead; ask without a box");
    if (answer.status !== 200) throw new Error(`the key cannot be had: ${answer.status}`);
    const { protocol, ed25519 } = JSON.parse(await bounded(answer, 64 << 10));
    if (protocol !== 1) throw new WireError(200, `with a key of protocol ${protocol}; this client speaks 1`);
    await this.#o.box.learn(ed25519);
  }

  /** Tells the wire which seals are kept: late, by lot, for thousands are sent one at one moment. */
  #announce(id) {
    if (!id || this.#ready.length >= readyMost) return;
    this.#ready.push(id);
    this.#announcing ??= setTimeout(() => {
      this.#announcing = null;
      const body = JSON.stringify({ ready: this.#ready.splice(0) });
      // A courtesy: nothing follows from its failure.
      this.#ask("ready", { method: "POST", body, signal: this.#o.signal }).catch(() => {});
    }, Math.random() * readyWait);
  }

  #ask(path, request) {
    const url = new URL(this.#address);
    url.pathname += "/" + path;
    const late = AbortSignal.timeout(askTime);
    const signal = request.signal ? AbortSignal.any([request.signal, late]) : late;
    return this.#o.fetch(url, { ...request, signal, headers: this.#headers(request.body ? { "Content-Type": "application/json" } : {}) });
  }

  #headers(more) { return this.#o.key ? { ...more, Authorization: `Bearer ${this.#o.key}` } : more; }

  /** The address to ask now: with the seals that are held at this moment. */
  #stream() {
    const url = new URL(this.#address), o = this.#o;
    for (const [name, values] of Object.entries(o.filter ?? {})) {
      for (const value of [values].flat()) url.searchParams.append(name, value);
    }
    if (o.format) url.searchParams.set("format", o.format);
    if (o.box) {
      url.searchParams.set("seal", "1");
      const holds = o.box.holds();
      if (holds.length > 0) url.searchParams.set("holds", holds.join(","));
    }
    return url;
  }

  /** Whether there is a stream to read. */
  async #judge(answer) {
    if (answer.status === 204) {
      this.stopped = true;
      return false;
    }
    if (answer.status === 200) {
      const kind = answer.headers.get("Content-Type") ?? "";
      if (kind.startsWith("text/event-stream")) return true;
      throw new WireError(200, `with "${kind}" instead of an event stream; check the address`);
    }
    if ([408, 425, 429].includes(answer.status) || answer.status >= 500) {
      const error = new Error(`the wire answered ${answer.status}`);
      error.wait = Math.min(Number(answer.headers.get("Retry-After")) * 1e3 || 0, maxRetry);
      throw error;
    }
    let detail = "";
    try {
      ({ detail = "" } = JSON.parse(await bounded(answer, 64 << 10)));
    } catch { /* the status says enough */ }
    throw new WireError(answer.status, detail);
  }

  /** Waits: what the wire asked for, doubled with every failure, and up to half of it more, by lot. */
  async pause(why, failures) {
    let wait = Math.max(Math.min(this.#retry * 2 ** Math.min(failures, 30), Math.max(this.#retry, this.#o.maxWait)), why.wait ?? 0);
    wait += (Math.random() * wait) / 2;
    this.#o.dropped?.(why, wait);
    const { signal } = this.#o;
    await new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, wait);
      signal?.addEventListener("abort", done);
    });
  }
}

/** The text of an answer, refused if it is longer than allowed. */
async function bounded(answer, most) {
  const text = new TextDecoder();
  let whole = "";
  for await (const chunk of chunks(answer.body)) {
    whole += text.decode(chunk, { stream: true });
    if (whole.length > most) throw new Error("the answer is longer than allowed");
  }
  return whole + text.decode();
}

/** What a body brings. Not every browser can iterate over one. */
async function* chunks(body) {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/**
 * Reads an event stream (WHATWG HTML §9.2.6). An event without a type only moves the
 * place. What stands after the last empty line is dropped: it may be half.
 */
async function* events(body, most, last, heard) {
  let name = "", data = null, retry;
  for await (const line of lines(body, most, heard)) {
    if (line !== "") {
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") name = value;
      if (field === "id" && !/[\x00-\x1f\x7f]/.test(value)) last = value;
      if (field === "retry" && /^[0-9]+$/.test(value)) retry = Number(value);
      if (field === "data") {
        data = data === null ? value : data + "\n" + value;
        if (data.length > most) throw new WireError(200, "with an event that is longer than allowed; raise maxEvent");
      }
      continue;
    }
    yield { id: last, type: data === null ? "" : name || "message", data: data ?? "", ahead: false, retry };
    name = "";
    data = null;
    retry = undefined;
  }
}

/** Lines that end in CR, LF or CRLF; never waits for what follows a CR. */
async function* lines(body, most, heard) {
  const text = new TextDecoder();
  let parts = [], length = 0, skip = false;
  for await (const chunk of chunks(body)) {
    heard();
    let rest = text.decode(chunk, { stream: true });
    if (skip && rest !== "") {
      if (rest[0] === "\n") rest = rest.slice(1);
      skip = false;
    }
    for (let end; (end = rest.search(/[\r\n]/)) >= 0;) {
      parts.push(rest.slice(0, end));
      yield parts.join("");
      parts = [];
      length = 0;
      const crlf = rest[end] === "\r";
      rest = rest.slice(end + 1);
      if (crlf && rest === "") skip = true;
      else if (crlf && rest[0] === "\n") rest = rest.slice(1);
    }
    parts.push(rest);
    if ((length += rest.length) > most) throw new WireError(200, "with an event that is longer than allowed; raise maxEvent");
  }
}
