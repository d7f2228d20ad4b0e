// The client of a sayfind server: searches by words or by sound over REST, and by voice over the socket.
// It knows no page. fetch, FormData and WebSocket are all it needs, so it serves any shop's own pages.

/**
 * @typedef {{low: number | null, high: number | null, unit: string}} Range
 * @typedef {{field: string, value: string | Range, negated: boolean}} Wish
 * @typedef {Wish & {confidence: number, text: string}} Constraint
 * @typedef {{text: string, start_ms: number, end_ms: number, confidence: number}} Word
 * @typedef {{text: string, probability: number, scores: Record<string, number | null>, words: Word[]}} Reading
 * @typedef {{before: string, after: string, start: number, end: number, accepted: boolean, reason: string, source: string, scores: Record<string, number | null>}} Change
 * @typedef {{id: string, title: string, titles: string[], brand: string, brands: string[], category: string[], description: string, price: number | null, currency: string, image: string, url: string, attributes: Record<string, string[]>}} Product
 * @typedef {{product: Product, score: number | null, reasons: string[]}} Hit
 * @typedef {{past: object[], now: object}} Talk The conversation: an answer's, to be sent with the next ask.
 */

/**
 * What the server saw and decided: the body of POST /v1/search.
 * @typedef {object} Answer
 * @property {string} id The trace id, for feedback.
 * @property {string} text
 * @property {string} language
 * @property {Reading[]} heard Most probable first, before correction.
 * @property {Reading[]} corrected The same after it.
 * @property {Change[]} changes
 * @property {{text: string, terms: string, constraints: Constraint[], sort: string, alternatives: {text: string, probability: number}[]}} query
 * @property {Hit[]} hits
 * @property {number} total
 * @property {{field: string, values: {value: string | Range, count: number}[]}[]} facets
 * @property {Constraint[]} relaxed
 * @property {string[]} did_you_mean
 * @property {string[]} notes
 * @property {string[]} rules
 * @property {{question: string, choices: {text: string, evidence: string}[]} | null} clarify
 * @property {Talk} state
 * @property {{start_ms: number, end_ms: number}[]} speech
 * @property {{stage: string, milliseconds: number}[]} timings
 */

/**
 * What is asked for: `text` or `audio`, and what goes with it.
 * @typedef {object} Ask
 * @property {string} [text]
 * @property {Blob} [audio]
 * @property {string} [language] Of the speech: "auto", "en" or "zh".
 * @property {number} [k] How many products.
 * @property {Wish[]} [removed] Wishes that the shopper took back.
 * @property {Wish[]} [added] Wishes chosen by hand.
 * @property {boolean} [literal] Never to be corrected.
 * @property {Talk | null} [state]
 */

const VERSION = 1; // of the socket's messages
const READY = 4000; // ms in which the socket must answer
const RETRY = ["OverloadedError", "InternalError"]; // what may go better another time
const MOST_WAITING = 320_000; // bytes, ten seconds of sound: a line that is this far behind is too slow

/** Something went wrong. `kind` names it, `message` is one English sentence, `retry` says whether trying again may help. */
export class Problem extends Error {
  /** @param {string} kind @param {string} message @param {boolean} retry @param {unknown[]} details */
  constructor(kind, message = kind, retry = false, ...details) {
    super(message);
    this.kind = kind;
    this.retry = retry;
    this.details = details;
  }
}

const offline = () => new Problem("offline", "The server cannot be reached; check the connection.", true);

/** One server. Every method rejects with a Problem, or with an AbortError where a signal ended it. */
export class Sayfind {
  /**
   * @param {object} [options]
   * @param {string} [options.server] Its address; without it, where this file came from.
   * @param {string} [options.key] An API key, where the server asks for one.
   * @param {() => string} [options.visit] The shopper's name in the shop's log; empty without consent.
   */
  constructor({ server = import.meta.url, key = "", visit = () => "" } = {}) {
    this.server = new URL(".", server);
    this.key = key;
    this.visit = visit;
  }

  /** @param {Ask} ask @param {AbortSignal} [signal] @returns {Promise<Answer>} */
  search(ask, signal) {
    return this.request("v1/search", { method: "POST", ...body(ask), signal });
  }

  /** @returns {Promise<{name: string, num_products: number, max_seconds: number, max_upload_bytes: number, feedback: boolean}>} */
  shop() {
    return this.request("v1/shop");
  }

  /** @returns {Promise<{examples: string[]}>} */
  examples() {
    return this.request("v1/examples");
  }

  /** @param {string} id @returns {Promise<Product>} */
  product(id) {
    return this.request(`v1/products/${encodeURIComponent(id)}`);
  }

  /** @param {string} session @param {object[]} events As docs/rest.md has them. @returns {Promise<{kept: number}>} */
  tell(session, events) {
    return this.request("v1/feedback", { method: "POST", keepalive: true, ...json({ session, events }) });
  }

  /** @param {string} session @returns {Promise<{erased: number}>} */
  forget(session) {
    return this.request(`v1/feedback/${encodeURIComponent(session)}`, { method: "DELETE" });
  }

  /** @param {Ask} ask @param {(message: {type: string, text: string, stable: number, seconds: number}) => void} onmessage */
  stream(ask, onmessage) {
    return new Stream(this, ask, onmessage);
  }

  /** @param {string} path @param {RequestInit} options @returns {Promise<any>} */
  async request(path, options = {}) {
    const headers = new Headers(options.headers);
    if (this.visit()) headers.set("X-Sayfind-Session", this.visit());
    if (this.key) headers.set("Authorization", `Bearer ${this.key}`);
    let response;
    try {
      response = await fetch(new URL(path, this.server), { ...options, headers });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw offline();
    }
    const value = await response.json().catch(() => null);
    if (response.ok && value) return value;
    if (!value?.error) throw offline(); // a proxy answered in the server's place
    throw new Problem(value.error.type ?? "InternalError", value.error.message, response.status >= 500);
  }
}

/** @param {object} value */
const json = (value) => ({ headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });

/** @param {Ask} ask @returns {RequestInit} */
function body({ text, audio, language, k, removed, added, literal, state }) {
  if (!audio) return json({ text, language, k, removed, added, literal, state: state ?? undefined });
  const form = new FormData();
  form.append("audio", audio, /** @type {File} */ (audio).name ?? "recording.wav");
  if (language) form.append("language", language);
  if (k) form.append("k", String(k));
  if (state) form.append("state", JSON.stringify(state));
  return { body: form };
}

/** What a socket may go through; a message that does not fit where it stands is a broken line. */
/** @type {Record<string, Record<string, string>>} */
const STEPS = {
  connecting: { ready: "listening", error: "done" },
  listening: { partial: "listening", endpoint: "finalising", final: "done", error: "done", pong: "listening" },
  finalising: { ready: "finalising", partial: "finalising", endpoint: "finalising", final: "done", error: "done", pong: "finalising" },
  done: {},
};

/**
 * One utterance over the socket: `send` its sound, `finish`, and `answer` comes. A line that breaks while
 * the answer is on its way is taken up again once, by the trace id; else `answer` rejects as "dropped",
 * and whoever still has the sound may search with it over REST.
 */
export class Stream {
  state = "connecting";
  traceId = "";
  /** @type {(string | ArrayBufferView<ArrayBuffer>)[]} */
  #waiting = [];
  #resumed = false;
  /** @type {PromiseWithResolvers<Answer>} */
  #outcome = Promise.withResolvers();

  /** @param {Sayfind} client @param {Ask} ask @param {(message: any) => void} onmessage Called with each "partial" and "endpoint". */
  constructor(client, ask, onmessage) {
    this.client = client;
    const { language, k, state, removed, added } = ask;
    const context = { removed, added, session: client.visit() || undefined };
    this.start = { type: "start", format: "pcm_s16le", rate: 16000, language, k, state: state ?? undefined, context };
    this.onmessage = onmessage;
    this.answer = this.#outcome.promise;
    this.answer.catch(() => {}); // whoever awaits it hears of it; nobody has to
    this.socket = this.#connect({});
  }

  /** @param {Int16Array<ArrayBuffer>} samples 16 kHz, mono. */
  send(samples) {
    if (this.socket.bufferedAmount > MOST_WAITING) this.#fail();
    else if (this.state === "connecting" || this.state === "listening") this.#put(samples);
  }

  /** No more sound comes. @returns {Promise<Answer>} */
  finish() {
    if (this.state === "connecting" || this.state === "listening") this.#put(JSON.stringify({ type: "finish" }));
    if (this.state === "listening") this.state = "finalising";
    return this.answer;
  }

  cancel() {
    if (this.state === "done") return;
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "cancel" }));
    this.#fail();
  }

  /** @param {object} more Fields of the start message beside the usual ones. @returns {WebSocket} */
  #connect(more) {
    const address = new URL("v1/stream", this.client.server);
    address.protocol = address.protocol.replace("http", "ws");
    if (this.client.key) address.searchParams.set("access_token", this.client.key);
    const socket = new WebSocket(address);
    const late = setTimeout(() => socket.close(), READY);
    socket.onopen = () => socket.send(JSON.stringify({ ...this.start, ...more }));
    socket.onmessage = ({ data }) => {
      clearTimeout(late);
      if (socket === this.socket) this.#take(JSON.parse(data));
    };
    socket.onclose = () => {
      clearTimeout(late);
      if (socket === this.socket) this.#dropped();
    };
    return socket;
  }

  /** @param {string | ArrayBufferView<ArrayBuffer>} message */
  #put(message) {
    if (this.state === "connecting") this.#waiting.push(message);
    else this.socket.send(message);
  }

  /** @param {any} message */
  #take(message) {
    const to = STEPS[this.state][message.type];
    if (!to || (message.type === "ready" && message.version !== VERSION)) return this.#fail();
    const from = this.state;
    this.state = to;
    if (message.type === "ready") this.#ready(message.trace_id, from);
    else if (message.type === "final") this.#outcome.resolve(message.answer);
    else if (message.type === "error" && this.#resumed) this.#fail(); // the answer is gone
    else if (message.type === "error") this.#outcome.reject(new Problem(message.error.code, message.error.message, RETRY.includes(message.error.code)));
    else if (message.type !== "pong") this.onmessage(message);
    if (to === "done") this.socket.close();
  }

  /** @param {string} traceId @param {string} from */
  #ready(traceId, from) {
    this.traceId = traceId;
    if (from !== "connecting") return;
    const waiting = this.#waiting.splice(0);
    for (const message of waiting) this.socket.send(message);
    if (typeof waiting.at(-1) === "string") this.state = "finalising"; // it was finished before it was ready
  }

  #dropped() {
    if (this.state === "done") return;
    if (this.state !== "finalising" || this.#resumed) return this.#fail();
    this.#resumed = true;
    this.socket = this.#connect({ resume: this.traceId });
  }

  #fail() {
    this.state = "done";
    this.#waiting = [];
    this.socket.close();
    this.#outcome.reject(new Problem("dropped", "The line to the server broke; send the recording again.", true));
  }
}
