// The page's one state, and everything that changes it.
import * as api from "./api.js";
import { Problem, problem } from "./api.js";
import { drawBehind } from "./behind.js";
import { h } from "./dom.js";
import { askConsent, tellShop, tellShown } from "./feedback.js";
import { Meter } from "./meter.js";
import { Recording } from "./mic.js";
import { drawCards } from "./products.js";
import { language, say, speak } from "./strings.js";
import { drawTranscript, Transcript } from "./transcript.js";
import { drawFacets, drawMeant, drawNotes, drawWishes, keyOf } from "./wishes.js";

const $ = (id) => document.getElementById(id);
const HOLD = 400; // ms after which a press counts as holding

const state = {
  shop: null,
  response: null,
  transcript: null,
  removed: [], // wishes taken back
  added: [], // wishes chosen by hand
  talk: null, // the conversation so far, as the server gave it
  following: false, // whether what stands on the page came of a follow-up
  recording: null,
  again: null, // what "try again" does
  live: "idle",
};
const meter = new Meter($("meter"), $("mic"));

// Searching ---------------------------------------------------------------------------------

async function find(ask, { keep = false, push = true } = {}) {
  if (!keep) state.removed = state.added = [];
  state.again = () => find(ask, { keep, push });
  tell("searching");
  $("results").setAttribute("aria-busy", "true");
  clearError();
  try {
    const response = await api.search({ language: $("spoken").value, removed: state.removed, added: state.added, ...ask });
    if (response === null) return;
    state.talk = response.state;
    // The server says in its own words what a follow-up made of the search.
    const following = Boolean(ask.state) && response.text !== response.corrected[0]?.text;
    if (following && !response.text) return showStart();
    if (!response.text && !response.hits.length) throw problem("silent");
    if (keep && state.response && ask.literal) tellChanges(state.response);
    tellShown(response);
    state.response = response;
    state.following = following || (keep && state.following);
    if (!keep) state.transcript = new Transcript(following ? { ...response, heard: [], changes: [] } : response);
    $("follow").value = "";
    $("text").value = response.text;
    $("text").scrollLeft = 0;
    if (matchMedia("(pointer: coarse)").matches) $("text").blur(); // the keyboard makes room
    if (push) remember(ask, response.text);
    draw();
    tell("found");
  } catch (error) {
    fail(error);
  } finally {
    $("results").removeAttribute("aria-busy");
  }
}

/** A correction that was taken back says what was meant. */
function tellChanges({ id }) {
  const { transcript } = state;
  if (transcript.changes.some((change) => change.undone)) tellShop([{ trace_id: id, action: "undone", text: transcript.text }]);
}

/** Goes on with the conversation: words, or a click, that change what is asked for. */
function follow(ask) {
  return find({ ...ask, state: state.talk });
}

/** Search again for what already stands on the page, after a small change. */
function refine() {
  return find({ text: state.transcript.text, literal: true }, { keep: true });
}

/** Puts a search in the address. What was spoken is kept as it was understood, to the letter. */
function remember({ audio, text, literal }, understood) {
  const address = `?${new URLSearchParams({ q: audio ? understood : text, ...(audio || literal ? { exact: "1" } : {}) })}`;
  if (location.search !== address) history.pushState({}, "", address);
}

function restore() {
  const address = new URLSearchParams(location.search);
  const text = address.get("q");
  if (text) find({ text, literal: address.has("exact") }, { push: false });
  else showStart();
}

// Drawing -----------------------------------------------------------------------------------

function draw() {
  const { response, transcript } = state;
  const focused = $("results").contains(document.activeElement) ? document.activeElement : null;
  document.body.dataset.view = "results";
  $("results").hidden = false;
  document.title = `${response.text} – sayfind`;
  drawTranscript($("transcript"), transcript, () => refine());
  drawMeant($("meant"), response, (text) => {
    tellShop([{ trace_id: response.id, action: "edited", text }]);
    find({ text, literal: true });
  });
  $("undo").hidden = !state.talk?.past.length;
  drawWishes($("wishes"), response, state.removed, toggleWish);
  drawNotes($("notes"), response);
  drawFacets($("facets"), response, addWish, (wish) => toggleWish(wish, true));
  drawCards($("cards"), response.hits, ({ id }, i) => tellShop([{ trace_id: response.id, action: "clicked", product_id: id, rank: i + 1 }]));
  drawBehind($("behind"), response);
  // Redrawing must not throw a keyboard back to the top of the page.
  if (focused && !focused.isConnected) {
    const same = `[data-focus="${CSS.escape(focused.dataset.focus ?? "")}"]`;
    (document.querySelector(same) ?? $("results")).focus({ preventScroll: true });
  }
  const { hits, total } = response;
  if (hits.length) $("count").replaceChildren(say.shown(hits.length, total));
  else $("count").replaceChildren(h("div", { class: "none" }, h("p", {}, say.noneTitle), h("p", {}, say.noneHelp)));
}

function showStart() {
  api.cancel();
  delete document.body.dataset.view;
  $("results").hidden = true;
  $("text").value = "";
  document.title = "sayfind";
  state.response = state.talk = null;
  state.following = false;
  clearError();
  tell("idle");
}

/** Takes a wish back or brings it back; one that was chosen by hand just goes. */
function toggleWish(wish, away) {
  if (state.following) return follow({ removed: [plain(wish)] });
  const others = (wishes) => wishes.filter((other) => keyOf(other) !== keyOf(wish));
  const chosen = others(state.added).length < state.added.length;
  state.added = others(state.added);
  state.removed = others(state.removed);
  if (away && !chosen) state.removed.push(plain(wish));
  return refine();
}

const plain = ({ field, value, negated }) => ({ field, value, negated });

function addWish(wish) {
  if (state.following) return follow({ added: [wish] });
  state.removed = state.removed.filter((other) => keyOf(other) !== keyOf(wish));
  state.added.push(wish);
  return refine();
}

// Telling -----------------------------------------------------------------------------------

/** The live line: one of idle, asking, listening, hearing, searching, found, failed. */
function tell(live) {
  state.live = live;
  const on = ["listening", "hearing", "searching"].includes(live);
  $("state").toggleAttribute("data-on", on);
  $("state").textContent = live === "failed" ? "" : live === "found" ? say.found(state.response.total) : say[live];
  document.body.dataset.live = live;
}

function fail(error) {
  if (!(error instanceof Problem)) throw error;
  tell("failed");
  const again = () => (error.kind === "silent" || !state.again ? start() : state.again());
  $("error").replaceChildren(
    h("p", {}, error.message),
    error.retry ? h("button", { type: "button", onclick: again }, say.retry) : "",
  );
  $("error").dataset.kind = error.kind;
  $("error").hidden = false;
}

function clearError() {
  $("error").hidden = true;
  $("error").replaceChildren();
}

// The microphone ----------------------------------------------------------------------------

async function start() {
  if (document.body.dataset.mic) return;
  api.cancel();
  clearError();
  state.again = null;
  document.body.dataset.mic = "wait";
  tell("asking");
  try {
    const hooks = { onlevel: (level) => meter.push(level), onspeech: () => tell("hearing") };
    state.recording = await Recording.start(hooks, Math.min(30, state.shop?.max_seconds ?? 30));
    listening(true);
    const sound = await state.recording.done;
    listening(false);
    if (sound === undefined) tell(state.response ? "found" : "idle");
    else if (sound === null) throw problem("silent");
    else await (state.talk ? follow({ audio: sound }) : find({ audio: sound }));
  } catch (error) {
    listening(false);
    fail(error);
  }
}

function listening(on) {
  if (on) {
    document.body.dataset.mic = "on";
    tell("listening");
    meter.show();
  } else {
    delete document.body.dataset.mic;
    state.recording = null;
    meter.hide();
  }
  $("mic").setAttribute("aria-pressed", String(on));
  $("mic").setAttribute("aria-label", on ? say.micStop : say.mic);
}

let pressed = 0; // when the press that started the recording began; 0 if none did

function press() {
  if (state.recording) {
    pressed = 0;
    state.recording.stop();
  } else {
    pressed = performance.now();
    start();
  }
}

function release() {
  const held = pressed && performance.now() - pressed > HOLD;
  pressed = 0;
  if (held && state.recording) {
    // Whoever holds the button says when it is over, with or without a pause.
    state.recording.stop();
  }
}

function wireMicrophone() {
  const mic = $("mic");
  mic.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    mic.setPointerCapture(event.pointerId);
    press();
  });
  mic.addEventListener("pointerup", release);
  mic.addEventListener("pointercancel", release);
  mic.addEventListener("contextmenu", (event) => event.preventDefault());
  mic.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!event.repeat) press();
  });
  mic.addEventListener("keyup", (event) => {
    if (event.key === " " || event.key === "Enter") release();
  });
  // A click without a pointer or a key comes from assistive software.
  mic.addEventListener("click", (event) => {
    if (event.detail === 0 && event.pointerType === "") press();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") state.recording?.cancel();
  });
}

// Recordings from a file ----------------------------------------------------------------------

function take(files) {
  const [file] = files;
  if (!file) return;
  const limit = state.shop?.max_upload_bytes ?? Infinity;
  if (files.length > 1) fail(problem("many"));
  else if (file.type && !/^(audio|video)\/|ogg/.test(file.type)) fail(problem("notSound"));
  else if (file.size > limit) fail(problem("tooBig", Math.floor(limit / 2 ** 20)));
  else find({ audio: file });
}

function wireFiles() {
  $("pick").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", (event) => {
    take([...event.target.files]);
    event.target.value = "";
  });
  let depth = 0;
  const over = (change) => {
    depth = Math.max(0, depth + change);
    $("drop").hidden = depth === 0;
  };
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => carriesFiles(event) && over(1));
  addEventListener("dragleave", (event) => carriesFiles(event) && over(-1));
  addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    over(-depth);
    take([...event.dataTransfer.files]);
  });
}

// Switches ------------------------------------------------------------------------------------

function label(id, text) {
  $(id).setAttribute("aria-label", text);
  $(id).title = text;
}

function stored(name, value) {
  try {
    if (value) localStorage.setItem(`sayfind.${name}`, value);
    return localStorage.getItem(`sayfind.${name}`);
  } catch {
    // Storage may be closed to this page; the choice then lasts as long as the page does.
    return null;
  }
}

const systemDark = matchMedia("(prefers-color-scheme: dark)");
const dark = () => (document.documentElement.dataset.theme ?? (systemDark.matches ? "dark" : "light")) === "dark";

function showTheme() {
  document.documentElement.toggleAttribute("data-dark", dark());
  label("theme", dark() ? say.toLight : say.toDark);
}

function showLanguage() {
  const other = language() === "en" ? "zh" : "en";
  $("language").textContent = other === "zh" ? "中文" : "English";
  $("language").lang = other;
  label("language", say.toOther);
  label("pick", say.pick);
  label("go", say.go);
  $("mic").setAttribute("aria-label", state.recording ? say.micStop : say.mic);
  $("meter").setAttribute("aria-label", say.level);
  $("text").placeholder = say.placeholder;
  $("follow").placeholder = say.followHint;
  askConsent($("consent"), Boolean(state.shop?.feedback));
  if (state.shop) $("shop").textContent = `${state.shop.name} · ${say.products(state.shop.num_products)}`;
  showTheme();
  tell(state.live);
  if (state.response) draw();
}

function wireSwitches() {
  $("theme").addEventListener("click", () => {
    document.documentElement.dataset.theme = stored("theme", dark() ? "light" : "dark") ?? (dark() ? "light" : "dark");
    showTheme();
  });
  systemDark.addEventListener("change", showTheme);
  $("language").addEventListener("click", () => {
    speak(language() === "en" ? "zh" : "en");
    stored("language", language());
    showLanguage();
  });
}

async function greet() {
  const [shop, { examples }] = await Promise.all([api.shop(), api.examples()]);
  state.shop = shop;
  $("examples").querySelector("ul").replaceChildren(
    ...examples.slice(0, 6).map((text) => h("li", {}, h("button", { type: "button", onclick: () => find({ text }) }, text))),
  );
  $("examples").hidden = examples.length === 0;
  showLanguage();
}

speak(stored("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
showLanguage();
wireMicrophone();
wireFiles();
wireSwitches();
$("console").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (text) find({ text });
});
$("more").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("follow").value.trim();
  if (text) follow({ text });
});
$("undo").addEventListener("click", () => follow({ text: "undo", literal: true }));
$("product").addEventListener("click", (event) => {
  if (event.target === $("product")) $("product").close();
});
addEventListener("popstate", restore);
greet().catch(fail);
restore();
