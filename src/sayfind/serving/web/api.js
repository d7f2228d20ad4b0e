// Talks to the server; every failure becomes a Problem with a sentence and a way on.
import { sessionHeader } from "./feedback.js";
import { say } from "./strings.js";

/** Something to tell the shopper. `kind` names it, `retry` says whether trying again may help. */
export class Problem extends Error {
  constructor(kind, message, retry = false) {
    super(message);
    this.kind = kind;
    this.retry = retry;
  }
}

/** A problem that the page found by itself. */
export function problem(kind, ...details) {
  const words = say.errors[kind];
  const message = typeof words === "function" ? words(...details) : words;
  return new Problem(kind, message, ["offline", "silent", "busy", "refused"].includes(kind));
}

let running = null;

/** Search; a newer search cancels an older one, which then gives null. */
export async function search(ask) {
  running?.abort();
  const mine = (running = new AbortController());
  try {
    const { headers, ...options } = body(ask);
    return await answer("v1/search", { method: "POST", ...options, headers: { ...headers, ...sessionHeader() }, signal: mine.signal });
  } catch (error) {
    if (mine.signal.aborted) return null;
    throw error;
  }
}

export const cancel = () => running?.abort();
export const shop = () => answer("v1/shop");
export const examples = () => answer("v1/examples");
export const product = (id) => answer(`v1/products/${encodeURIComponent(id)}`);

function body({ audio, text, language, removed, added, literal, state }) {
  if (!audio) {
    const fields = { text, language, removed, added, literal, state };
    return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields) };
  }
  const form = new FormData();
  form.append("audio", audio, audio.name ?? "recording");
  form.append("language", language); // a new recording has no wishes of its own yet
  if (state) form.append("state", JSON.stringify(state));
  return { body: form };
}

async function answer(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw problem("offline");
  }
  const value = await response.json().catch(() => null);
  if (response.ok && value) return value;
  const { type = "InternalError", message = say.errors.offline } = value?.error ?? {};
  throw new Problem(type, say.served[type] ?? message, response.status >= 500);
}
