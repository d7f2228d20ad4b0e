// The debugging view: the sound and its words in time, readings with the scores of each source, corrections,
// wishes with how sure they are, why each product is there, and what each stage took.
import { colour, round } from "./behind.js";
import { h, svg } from "./dom.js";
import { inOrder } from "./products.js";
import { say } from "./strings.js";
import { valueOf } from "./wishes.js";

const RATE = 16000;
const COLUMNS = 600; // of the waveform
const number = (x, digits = 2) => (x === null || x === undefined ? "–" : x.toFixed(digits));
const percent = (x) => `${(100 * x).toFixed(1)} %`;
const spans = (speech) => speech.map((s) => `${Math.round(s.start_ms)}–${Math.round(s.end_ms)} ms`).join(", ");

/** @param {Element} place @param {import("./client.js").Answer} answer */
export async function drawDebug(place, answer, sound) {
  const { changes, corrected, heard, hits, id, query, rules, speech, timings } = answer;
  const rows = [
    await waveform(sound, speech, heard[0]?.words ?? []),
    speech.length ? h("p", {}, `${say.spokenAt} `, h("code", {}, spans(speech))) : null,
    readings(say.heard, heard),
    readings(say.corrected, corrected),
    table(say.changes, [say.from, say.to, say.taken, say.reason, ...sourcesOf(changes)], changes.map((c) => [c.before, c.after, c.accepted ? say.yes : say.no, c.reason, ...scoresOf(changes, c)])),
    table(say.constraints, [say.field, say.value, say.sure, say.said], query.constraints.map((wish) => [wish.field, `${wish.negated ? `${say.not} ` : ""}${valueOf(wish)}`, gauge(wish.confidence), wish.text])),
    table(say.alternatives, [say.reading, say.share], query.alternatives.map((a) => [a.text, gauge(a.probability)])),
    rules.length ? h("section", {}, h("h3", {}, say.rules), h("ul", {}, rules.map((rule) => h("li", {}, rule)))) : null,
    table(say.hits, [say.rank, say.product, say.scores, say.reason], hits.map((hit, i) => [`${i + 1}`, inOrder(hit.product.titles)[0], number(hit.score, 3), hit.reasons.join("; ")])),
    stages(timings),
    h("p", {}, `${say.trace} `, h("code", {}, id)),
  ];
  place.replaceChildren(...rows.filter(Boolean));
}

/** A share of one as a bar with its number. */
const gauge = (share) => h("span", { class: "gauge", "--w": share }, percent(share));

/** The knowledge sources that scored any of these, in the order in which they first appear. */
const sourcesOf = (scored) => [...new Set(scored.flatMap(({ scores }) => Object.keys(scores)))];
const scoresOf = (scored, { scores }) => sourcesOf(scored).map((source) => number(scores[source]));

function readings(name, list) {
  return table(name, [say.reading, say.share, ...sourcesOf(list)], list.map((r) => [r.text, gauge(r.probability), ...scoresOf(list, r)]));
}

function table(name, heads, rows) {
  if (!rows.length) return null;
  const head = h("tr", {}, heads.map((text) => h("th", { scope: "col" }, text)));
  const body = rows.map((cells) => h("tr", {}, cells.map((cell) => h("td", { class: cell.length > 60 ? "prose" : null }, cell))));
  const grid = h("table", { "aria-label": name }, h("thead", {}, head), h("tbody", {}, body));
  return h("section", {}, h("h3", {}, name), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, grid));
}

function stages(timings) {
  const most = Math.max(...timings.map(({ milliseconds }) => milliseconds), 0.001);
  const rows = timings.map(({ stage, milliseconds }, i) =>
    h("li", {}, h("span", {}, stage), h("i", { "--c": colour(i), "--w": milliseconds / most }), h("span", {}, say.total(round(milliseconds)))),
  );
  return h("section", {}, h("h3", {}, say.timings), h("ul", { class: "stages", "aria-label": say.timings }, rows));
}

// The sound ---------------------------------------------------------------------------------

async function samplesOf(sound) {
  if (sound.samples) return Float32Array.from(sound.samples, (x) => x / 32768);
  try {
    const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await sound.file.arrayBuffer());
    return decoded.getChannelData(0);
  } catch {
    return null; // a format that the server reads and this browser does not
  }
}

/** The waveform, the stretches of speech behind it, and the words under it, at the times they were heard. */
async function waveform(sound, speech, words) {
  const samples = sound && (await samplesOf(sound));
  if (!samples?.length) return null;
  const length = (1000 * samples.length) / RATE;
  const share = (ms) => (100 * ms) / length;
  const drawing = svg(
    "svg",
    { class: "wave", viewBox: `0 -1 ${COLUMNS} 2`, preserveAspectRatio: "none", role: "img", "aria-label": say.soundLabel(spans(speech)) },
    speech.map((s) => svg("rect", { x: (share(s.start_ms) * COLUMNS) / 100, y: -1, width: (share(s.end_ms - s.start_ms) * COLUMNS) / 100, height: 2 })),
    svg("path", { d: outline(samples) }),
  );
  const under = words.map((word) =>
    h("span", { title: `${word.text} ${Math.round(word.start_ms)}–${Math.round(word.end_ms)} ms, ${percent(word.confidence)}`, "--at": share(word.start_ms), "--w": share(word.end_ms - word.start_ms), "--sure": word.confidence }, word.text),
  );
  const seconds = h("p", { class: "axis", "aria-hidden": "true" }, h("span", {}, "0 s"), h("span", {}, `${number(length / 1000, 1)} s`));
  return h("section", {}, h("h3", {}, say.sound), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": say.sound }, h("div", { class: "sound" }, drawing, under.length ? h("div", { class: "words", "aria-label": say.words, role: "group" }, under) : null, seconds)));
}

/** The lowest and the highest sample of each column, scaled to the loudest, as one path. */
function outline(samples) {
  const loudest = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-3);
  const width = samples.length / COLUMNS;
  const columns = Array.from({ length: COLUMNS }, (_, i) => {
    const part = samples.subarray(Math.floor(i * width), Math.floor((i + 1) * width) + 1);
    const [low, high] = part.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [0, 0]);
    return `M${i + 0.5} ${(-high / loudest).toFixed(3)}V${(-low / loudest + 0.01).toFixed(3)}`;
  });
  return columns.join("");
}
