// How it went: the time of each stage, and every reading and decision for whoever wants to know.
import { h } from "./dom.js";
import { say } from "./strings.js";

const COLOURS = ["var(--line-2)", "var(--ink-3)", "var(--voice)", "var(--leaf)", "color-mix(in oklab, var(--voice) 55%, var(--leaf))", "color-mix(in oklab, var(--leaf) 50%, var(--sheet))", "color-mix(in oklab, var(--voice) 45%, var(--sheet))"];
const number = (x, digits = 2) => (x === null ? "–" : x.toFixed(digits));
const percent = (x) => `${(100 * x).toFixed(1)} %`;
const scoresOf = (scores) => Object.entries(scores).map(([name, value]) => `${name} ${number(value)}`).join("  ");

export function drawBehind(place, response) {
  const open = Boolean(place.querySelector(".debug")?.open);
  place.replaceChildren(clock(response.timings), debug(response, open));
}

function clock(timings) {
  const stages = timings.filter(({ milliseconds }) => milliseconds >= 0.05);
  const total = stages.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const words = stages.map(({ stage, milliseconds }) => `${stage} ${round(milliseconds)}`);
  const colour = (i) => COLOURS[i % COLOURS.length];
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

const round = (ms) => (ms < 10 ? ms.toFixed(1) : Math.round(ms).toString());

function debug(response, open) {
  const { heard, corrected, changes, query, speech } = response;
  return h(
    "details",
    { class: "debug", open },
    h("summary", {}, say.debug),
    readings(say.heard, heard),
    readings(say.corrected, corrected),
    changes.length ? table(say.changes, [say.from, say.to, say.taken, say.reason, say.scores], changes.map((c) => [c.before, c.after, c.accepted ? say.yes : say.no, c.reason, scoresOf(c.scores)])) : null,
    query.alternatives.length ? table(say.alternatives, [say.reading, say.share], query.alternatives.map((a) => [a.text, percent(a.probability)])) : null,
    speech.length ? h("p", {}, `${say.spokenAt} `, h("code", {}, speech.map((s) => `${s.start_ms}–${s.end_ms} ms`).join(", "))) : null,
    h("p", {}, `${say.trace} `, h("code", {}, response.id)),
  );
}

function readings(name, list) {
  if (!list.length) return null;
  return table(name, [say.reading, say.share, say.scores], list.map((r) => [r.text, percent(r.probability), scoresOf(r.scores)]));
}

function table(name, heads, rows) {
  const head = h("tr", {}, heads.map((text) => h("th", { scope: "col" }, text)));
  const body = rows.map((cells) => h("tr", {}, cells.map((text) => h("td", {}, text))));
  const grid = h("table", { "aria-label": name }, h("thead", {}, head), h("tbody", {}, body));
  return h("section", {}, h("h3", {}, name), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, grid));
}
