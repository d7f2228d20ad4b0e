// The sentence as it was heard, with each correction marked, explained and undoable.
import { BACK, FORTH, h, icon } from "./dom.js";
import { say } from "./strings.js";

/**
 * What was heard and what became of it. The server counts characters as Unicode does, JavaScript
 * does not, so the sentence is kept as an array of characters.
 */
export class Transcript {
  constructor(response) {
    this.characters = Array.from(response.heard[0]?.text ?? response.text);
    this.changes = response.changes
      .filter((change) => change.accepted)
      .sort((a, b) => a.start - b.start)
      .map((change) => ({ ...change, undone: false }));
    this.plain = this.changes.length ? null : response.text;
  }

  /** The pieces in order: {text} as it stands, or {change}. */
  pieces() {
    if (this.plain !== null) return [{ text: this.plain }];
    const pieces = [];
    let at = 0;
    for (const change of this.changes) {
      pieces.push({ text: this.characters.slice(at, change.start).join("") }, { change });
      at = change.end;
    }
    return [...pieces, { text: this.characters.slice(at).join("") }];
  }

  /** The sentence with the corrections that still stand. */
  get text() {
    return this.pieces()
      .map(({ text, change }) => (change ? (change.undone ? change.before : change.after) : text))
      .join("");
  }
}

/** Draws it; `onchange` is called after a correction was undone or done again. */
export function drawTranscript(place, transcript, onchange) {
  const redraw = (number) => {
    drawTranscript(place, transcript, onchange);
    place.querySelector(`[data-focus="change ${number}"]`)?.focus();
    onchange();
  };
  place.replaceChildren(
    ...transcript.pieces().map(({ text, change }, i) => (change ? drawChange(place, change, i, redraw) : text)),
  );
}

function drawChange(place, change, number, redraw) {
  const label = change.undone ? say.redo(change.after) : say.undo(change.before);
  const toggle = () => {
    change.undone = !change.undone;
    redraw(number);
  };
  const button = h(
    "button",
    { type: "button", "aria-label": label, title: label, "data-focus": `change ${number}`, onclick: toggle },
    icon(change.undone ? FORTH : BACK, 15),
  );
  if (change.undone) return h("span", { class: "change" }, change.before, button);
  const tip = h("span", { class: "tip", role: "tooltip", id: `reason-${number}` }, change.reason);
  const mark = h(
    "span",
    { class: "change" },
    change.before ? h("del", {}, change.before) : null,
    h("ins", { tabindex: "0", "aria-describedby": tip.id }, change.after),
    button,
    tip,
  );
  // The reason appears under its word, but never beyond the edge of the page.
  const settle = () => {
    const room = place.clientWidth - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(mark.offsetLeft, room))}px`;
    tip.style.top = `${mark.offsetTop + mark.offsetHeight + 2}px`;
  };
  mark.addEventListener("pointerenter", settle);
  mark.addEventListener("focusin", settle);
  return mark;
}
