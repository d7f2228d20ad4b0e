// <voice-search>: a microphone and a field that search a shop. By itself it lists what is found; a page that
// shows the products its own way takes the "answer" event and prevents that.
import { Sayfind } from "./client.js";
import { h } from "./dom.js";
import { look } from "./look.js";
import { Meter } from "./meter.js";
import { money } from "./money.js";
import { Session } from "./session.js";
import { sentence, wordsOf } from "./strings.js";

const HOLD = 400; // ms after which a press counts as holding
const BUSY = ["asking", "listening", "hearing", "searching"];
const SHADOW = `
<form class="console" part="console" role="search">
  <button type="button" class="mic" id="mic" part="mic" aria-pressed="false" aria-describedby="state">
    <svg viewBox="0 0 24 24" width="26" height="26" aria-hidden="true"><g class="mic-on"><rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3"/></g><rect class="mic-off" x="7.5" y="7.5" width="9" height="9" rx="2"/></svg>
  </button>
  <div class="field">
    <label class="hidden" for="text"></label>
    <input id="text" part="text" name="q" type="search" autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="search">
    <div class="saying" part="saying" hidden><p id="partial"></p><canvas id="meter" role="meter" aria-valuemin="0" aria-valuemax="100" aria-valuenow="0"></canvas></div>
  </div>
  <slot name="tools"></slot>
  <button type="submit" class="go" id="go" part="go">
    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d="M5 12h14m-6-6 6 6-6 6"/></svg>
  </button>
</form>
<div class="under" part="under">
  <div class="line"><p class="state" id="state" role="status" aria-live="polite"></p><p class="open" id="open" part="open" hidden></p><slot name="hint"></slot></div>
  <slot name="settings"></slot>
</div>
<div class="error" part="error" id="error" role="alert" hidden></div>
<ol class="hits" part="hits" hidden></ol>`;

/**
 * Attributes: `server` (where sayfind answers; without it, where this file came from), `key`, `lang` of its
 * own words (else the page's), `language` of the speech ("auto", "en", "zh"), `k` products.
 * Events: "ask" {text} (cancelable: then nothing is searched for), "answer" {answer, ask, samples, cut}
 * (cancelable: then nothing is listed), "problem" (a Problem), "state" (its name). Slots: tools, hint, settings.
 */
export class VoiceSearch extends HTMLElement {
  static observedAttributes = ["lang"];
  #root = this.attachShadow({ mode: "open" });
  #pressed = 0; // when the press that started the recording began; 0 if none did
  #before = ""; // what stood in the field before somebody spoke
  #problem = null;
  #total = 0;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [look];
    this.#root.innerHTML = SHADOW;
    const parts = [".console", ".field input", ".saying", "#mic", "#partial", "#meter", "#state", "#open", "#error", ".hits"];
    const [console, text, saying, mic, partial, meter, state, open, error, hits] = parts.map((part) => this.#root.querySelector(part));
    this.parts = { console, text, saying, mic, partial, meter, state, open, error, hits };
    this.meter = new Meter(meter, mic);
  }

  connectedCallback() {
    if (!this.session) this.client = new Sayfind({ server: this.getAttribute("server") ?? undefined, key: this.getAttribute("key") ?? "" });
    this.#label();
    this.leaving = new AbortController();
    this.#wire({ signal: this.leaving.signal });
  }

  disconnectedCallback() {
    this.leaving.abort();
    this.session.cancel();
  }

  /** The server that is asked. Setting it begins a new session. @param {Sayfind} client */
  set client(client) {
    this.session?.cancel();
    this.session = new Session(client);
    this.session.context = () => this.context();
    const hooks = { state: this.#show, level: this.#level, partial: this.#partial, microphone: this.#open, answer: this.#answer, problem: this.#fail };
    for (const [name, hook] of Object.entries(hooks)) this.session.addEventListener(name, ({ detail }) => hook.call(this, detail));
  }

  /** What goes with a search beside the words or the sound; a page may put its own here. */
  context() {
    const k = Number(this.getAttribute("k"));
    return { language: this.getAttribute("language") ?? "auto", ...(k ? { k } : {}) };
  }

  focus() {
    this.parts.text.focus();
  }

  get text() {
    return this.parts.text.value;
  }

  set text(text) {
    this.parts.text.value = text;
    this.parts.text.scrollLeft = 0;
  }

  /** Its words, in the language that it or the page has. */
  get say() {
    return wordsOf(this.lang || this.closest("[lang]")?.lang || navigator.language);
  }

  /** Tells of a problem that somebody else found. */
  complain(problem) {
    this.session.cancel();
    this.#live("failed");
    this.#fail(problem);
  }

  attributeChangedCallback() {
    if (this.session) this.#label();
  }

  /** Puts its words on everything, in the language of now. */
  #label() {
    const { parts, say } = this;
    parts.text.placeholder = say.placeholder;
    this.#root.querySelector("label").textContent = say.typeHere;
    this.#name(this.#root.querySelector("#go"), say.go);
    parts.meter.setAttribute("aria-label", say.level);
    parts.open.textContent = say.micOpen;
    this.#live(this.session.state);
    if (this.#problem) this.#fail(this.#problem);
  }

  #tell(name, detail) {
    return this.dispatchEvent(new CustomEvent(name, { detail, cancelable: true, bubbles: true, composed: true }));
  }

  #name(button, words) {
    button.setAttribute("aria-label", words);
    button.title = words;
  }

  // What the session says ---------------------------------------------------------------------

  #show(state) {
    if (BUSY.includes(state)) this.#clear();
    const spoken = ["asking", "listening", "hearing"].includes(state);
    if (state === "asking") [this.#before, this.text] = [this.text, ""];
    else if (!spoken && state !== "searching" && !this.text) this.text = this.#before;
    this.#live(state);
    this.#tell("state", state);
  }

  /** The live line, and what else says how far it is. */
  #live(state) {
    const { say, parts } = this;
    const live = ["listening", "hearing"].includes(state);
    this.dataset.live = state;
    parts.console.className = parts.console.className.replace(/ (live|wait)\b/g, "") + (live ? " live" : state === "asking" ? " wait" : "");
    parts.state.parentElement.className = `line ${BUSY.includes(state) ? "busy" : "rest"}`;
    parts.state.textContent = state === "found" ? say.found(this.#total) : state === "failed" ? "" : say[state];
    parts.mic.setAttribute("aria-pressed", String(live));
    this.#name(parts.mic, live ? say.micStop : say.mic);
    parts.saying.hidden = !(live || (state === "searching" && this.session.byVoice));
  }

  #level(level) {
    this.meter.push(level);
  }

  #partial({ text, stable }) {
    // The server counts characters as Unicode does.
    const characters = Array.from(text);
    this.parts.partial.replaceChildren(h("b", {}, characters.slice(0, stable).join("")), h("span", {}, characters.slice(stable).join("")));
  }

  #open(open) {
    this.parts.open.hidden = !open;
    this.toggleAttribute("recording", open);
    if (open) this.parts.partial.replaceChildren();
    this.meter[open ? "start" : "stop"]();
  }

  #answer(found) {
    this.#total = found.answer.total;
    this.text = found.answer.text;
    if (matchMedia("(pointer: coarse)").matches) this.parts.text.blur(); // the keyboard makes room
    if (this.#tell("answer", found)) this.#list(found.answer);
    if (found.cut) this.#fail({ kind: "vanished", retry: false });
  }

  #list({ hits }) {
    const rows = hits.map(({ product: { title, url, price, currency } }) =>
      h("li", {}, url ? h("a", { href: url }, title) : title, h("span", {}, price === null ? "" : money(price, currency, this.say.lang))),
    );
    this.parts.hits.replaceChildren(...(rows.length ? rows : [h("li", {}, this.say.noneTitle)]));
    this.parts.hits.hidden = false;
  }

  #fail(problem) {
    const { parts, say } = this;
    this.#problem = problem;
    const again = h("button", { type: "button", onclick: () => this.session.again() }, say.retry);
    parts.error.replaceChildren(h("p", {}, sentence(problem, say)), problem.retry ? again : "");
    parts.error.dataset.kind = problem.kind;
    parts.error.hidden = false;
    this.#tell("problem", problem);
  }

  #clear() {
    this.#problem = null;
    this.parts.error.hidden = true;
    this.parts.error.replaceChildren();
  }

  // What the shopper does ---------------------------------------------------------------------

  #wire(until) {
    const { console, text, mic } = this.parts;
    console.addEventListener("submit", (event) => this.#submit(event), until);
    text.addEventListener("input", () => this.session.byVoice && this.session.cancel(), until);
    mic.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      mic.setPointerCapture(event.pointerId);
      this.#press();
    }, until);
    for (const over of ["pointerup", "pointercancel"]) mic.addEventListener(over, () => this.#release(), until);
    mic.addEventListener("contextmenu", (event) => event.preventDefault(), until);
    mic.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) this.#press();
    }, until);
    mic.addEventListener("keyup", (event) => [" ", "Enter"].includes(event.key) && this.#release(), until);
    // A click without a pointer or a key comes from assistive software.
    mic.addEventListener("click", (event) => event.detail === 0 && event.pointerType === "" && this.session.press(), until);
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.session.byVoice && this.session.cancel(), until);
  }

  #submit(event) {
    event.preventDefault();
    const text = this.text.trim();
    if (text && this.#tell("ask", { text })) this.session.ask({ ...this.context(), text });
  }

  #press() {
    const starts = !["asking", "listening", "hearing"].includes(this.session.state);
    this.#pressed = starts ? performance.now() : 0;
    this.session.held = starts;
    this.session.press();
  }

  #release() {
    const held = this.#pressed && performance.now() - this.#pressed > HOLD;
    this.#pressed = 0;
    this.session.held = false;
    if (held) this.session.release();
  }
}

customElements.define("voice-search", VoiceSearch);
