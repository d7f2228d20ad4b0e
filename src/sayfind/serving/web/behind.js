// How it went: the time of each stage in one line, and under it, for whoever opens it, everything else.
import { h } from "./dom.js";
import { say } from "./strings.js";

const COLOURS = ["var(--line-2)", "var(--ink-3)", "var(--voice)", "var(--leaf)", "color-mix(in oklab, var(--voice) 55%, var(--leaf))", "color-mix(in oklab, var(--leaf) 50%, var(--sheet))", "color-mix(in oklab, var(--voice) 45%, var(--sheet))"];

export const colour = (i) => COLOURS[i % COLOURS.length];
export const round = (ms) => (ms < 10 ? ms.toFixed(1) : Math.round(ms).toString());

/** `sound` is {samples} or {file}, or null. The debugging view stays open once it is, and opens for ?debug. */
export function drawBehind(place, response, sound) {
  const open = Boolean(place.querySelector(".debug")?.open) || new URLSearchParams(location.search).has("debug");
  const inside = h("div", {});
  const unfold = async ({ target }) => {
    if (!target.open || inside.childElementCount) return;
    const { drawDebug } = await import("./debug.js");
    await drawDebug(inside, response, sound);
  };
  place.replaceChildren(
    clock(response.timings),
    h("details", { class: "debug", open, ontoggle: unfold }, h("summary", {}, say.debug), inside),
  );
}

function clock(timings) {
  const stages = timings.filter(({ milliseconds }) => milliseconds >= 0.05);
  const total = stages.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const words = stages.map(({ stage, milliseconds }) => `${stage} ${round(milliseconds)}`);
  return h(
    "div",
    { class: "clock" },
    h("strong", {}, say.total(round(total))),
    h(
      "div",
      { class: "bar", role: "img", "aria-label": `${say.timings}: ${words.join(", ")}` },
      stages.map(({ milliseconds }, i) => h("i", { "--c": colour(i), "--w": milliseconds })),
    ),
    h("ul", { "aria-hidden": "true" }, words.map((word, i) => h("li", { "--c": colour(i) }, word))),
  );
}
