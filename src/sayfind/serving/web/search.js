// What stands on the page: one answer, and the changes that a shopper makes to it.
import { drawBehind } from "./behind.js";
import { h } from "./dom.js";
import { tellShop, tellShown } from "./feedback.js";
import { drawCards } from "./products.js";
import { say } from "./strings.js";
import { drawTranscript, Transcript } from "./transcript.js";
import { drawFacets, drawMeant, drawNotes, drawWishes, keyOf } from "./wishes.js";

const $ = (id) => document.getElementById(id);
const box = () => $("search");

const state = {
  response: null,
  sound: null, // {samples} as the microphone had them, or {file}; null for typed words
  transcript: null,
  removed: [], // wishes taken back
  added: [], // wishes chosen by hand
  talk: null, // the conversation so far, as the server gave it
  following: false, // whether what stands on the page came of a follow-up
};

/** What stands on the page, if anything does. */
export const standing = () => state.response;

// Asking ------------------------------------------------------------------------------------

/**
 * Searches. `keep` marks a change of what stands on the page, `push` puts the search in the address;
 * both come back with the answer.
 */
export function find(ask, { keep = false, push = true } = {}) {
  const { removed, added } = keep ? state : { removed: [], added: [] };
  box().session.ask({ language: $("spoken").value, removed, added, ...ask, keep, push });
}

/** Goes on with the conversation: words, or a click, that change what is asked for. */
export function follow(ask) {
  find({ ...ask, state: state.talk });
}

/** What goes with spoken words: they go on with the conversation where there is one. */
export const spokenContext = () => ({ language: $("spoken").value, state: state.talk, push: true });

/** Search again for what already stands on the page, after a small change. */
function refine() {
  find({ text: state.transcript.text, literal: true }, { keep: true });
}

/** An answer has come, to what `ask` asked. */
export function show({ answer, ask, samples }) {
  state.talk = answer.state;
  // The server says in its own words what a follow-up made of the search.
  const following = Boolean(ask.state) && answer.text !== answer.corrected[0]?.text;
  if (following && !answer.text) return showStart();
  if (ask.keep && state.response && ask.literal) tellChanges(state.response);
  if (!ask.keep) {
    state.removed = state.added = [];
    state.transcript = new Transcript(following ? { ...answer, heard: [], changes: [] } : answer);
    state.sound = samples.length ? { samples } : ask.audio ? { file: ask.audio } : null;
  }
  tellShown(answer);
  state.response = answer;
  state.following = following || (Boolean(ask.keep) && state.following);
  $("follow").value = "";
  if (ask.push) remember(ask, answer.text);
  draw();
  if (!ask.keep) scrollTo({ top: 0, behavior: "instant" });
}

/** A correction that was taken back says what was meant. */
function tellChanges({ id }) {
  const { transcript } = state;
  if (transcript.changes.some((change) => change.undone)) tellShop([{ trace_id: id, action: "undone", text: transcript.text }]);
}

// The address -------------------------------------------------------------------------------

/** Puts a search in the address. What was spoken is kept as it was understood, to the letter. */
function remember({ audio, text, literal }, understood) {
  const address = new URLSearchParams(location.search);
  address.set("q", audio || !text ? understood : text);
  if (audio || literal) address.set("exact", "1");
  else address.delete("exact");
  if (location.search !== `?${address}`) history.pushState({}, "", `?${address}`);
}

/** Shows what the address asks for. */
export function restore() {
  const address = new URLSearchParams(location.search);
  const text = address.get("q");
  if (text) find({ text, literal: address.has("exact") }, { push: false });
  else showStart();
}

export function showStart() {
  box().session.cancel();
  delete document.body.dataset.view;
  $("results").hidden = true;
  box().text = "";
  document.title = "sayfind";
  state.response = state.talk = state.sound = null;
  state.removed = state.added = [];
  state.following = false;
}

// Drawing -----------------------------------------------------------------------------------

export function draw() {
  const { response, transcript } = state;
  const focused = $("results").contains(document.activeElement) ? document.activeElement : null;
  document.body.dataset.view = "results";
  $("results").hidden = false;
  document.title = `${response.text} – sayfind`;
  drawTranscript($("transcript"), transcript, refine);
  drawMeant($("meant"), response, (text) => {
    tellShop([{ trace_id: response.id, action: "edited", text }]);
    find({ text, literal: true });
  });
  $("undo").hidden = !state.talk?.past.length;
  drawWishes($("wishes"), response, state.removed, toggleWish);
  drawNotes($("notes"), response);
  drawFacets($("facets"), response, addWish, (wish) => toggleWish(wish, true));
  drawCards($("cards"), response.hits, ({ id }, i) => tellShop([{ trace_id: response.id, action: "clicked", product_id: id, rank: i + 1 }]));
  drawBehind($("behind"), response, state.sound);
  // Redrawing must not throw a keyboard back to the top of the page.
  if (focused && !focused.isConnected) {
    const same = `[data-focus="${CSS.escape(focused.dataset.focus ?? "")}"]`;
    (document.querySelector(same) ?? $("results")).focus({ preventScroll: true });
  }
  const { hits, total } = response;
  if (hits.length) $("count").replaceChildren(say.shown(hits.length, total));
  else $("count").replaceChildren(h("div", { class: "none" }, h("p", {}, say.noneTitle), h("p", {}, say.noneHelp)));
}

/** Takes a wish back or brings it back; one that was chosen by hand just goes. */
function toggleWish(wish, away) {
  if (state.following) return follow({ removed: [plain(wish)] });
  const others = (wishes) => wishes.filter((other) => keyOf(other) !== keyOf(wish));
  const chosen = others(state.added).length < state.added.length;
  state.added = others(state.added);
  state.removed = others(state.removed);
  if (away && !chosen) state.removed = [...state.removed, plain(wish)];
  return refine();
}

const plain = ({ field, value, negated }) => ({ field, value, negated });

function addWish(wish) {
  if (state.following) return follow({ added: [wish] });
  state.removed = state.removed.filter((other) => keyOf(other) !== keyOf(wish));
  state.added = [...state.added, wish];
  return refine();
}
