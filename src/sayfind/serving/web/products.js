// Product cards, their tiles, and the sheet with everything about one product.
import { CROSS, h, icon, svg } from "./dom.js";
import { client } from "./feedback.js";
import { money } from "./money.js";
import { language, say } from "./strings.js";

const HAN = /\p{Script=Han}/u;

/** The text in the page's own script first, the others after it. */
export function inOrder(texts) {
  const wanted = texts.filter((text) => HAN.test(text) === (language() === "zh"));
  return [...new Set([...wanted, ...texts])];
}

/** A number from 0 to 1 that is always the same for the same text. */
function chance(text) {
  let hash = 2166136261;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** A picture, or a monogram over the bars of the brand's own "voice". */
function tile(item) {
  const name = item.brand || item.title;
  const kind = item.category[0] ?? name;
  const box = h("div", { class: "tile", "aria-hidden": "true", "--hue": Math.round(chance(kind) * 360 + (chance(name) - 0.5) * 200) });
  box.append(h("span", {}, monogram(name)), voiceprint(name));
  if (item.image) {
    const picture = h("img", { src: item.image, alt: "", loading: "lazy", onerror: () => picture.remove() });
    box.append(picture);
  }
  return box;
}

function monogram(name) {
  if (HAN.test(name)) return Array.from(name)[0];
  const letters = name.match(/\p{L}|\p{N}/gu) ?? ["·"];
  return letters[0].toUpperCase() + (letters[1] ?? "").toLowerCase();
}

function voiceprint(name) {
  const bars = Array.from({ length: 17 }, (_, i) => {
    const hill = Math.sin(((i + 1) / 18) * Math.PI);
    const tall = 5 + 55 * hill * (0.25 + 0.75 * chance(name + i));
    return svg("rect", { x: i * 7, y: (60 - tall) / 2, width: 4, height: tall, rx: 2 });
  });
  return svg("svg", { viewBox: "0 0 116 60", preserveAspectRatio: "xMaxYMid meet" }, bars);
}

/** The list of cards; `onopen` is called with a product and its place when one is looked at. */
export function drawCards(place, hits, onopen) {
  place.replaceChildren(...hits.map((hit, number) => card(hit, number, onopen)));
}

function card({ product, reasons }, number, onopen) {
  const [title, ...others] = inOrder(product.titles);
  const maker = inOrder(product.brands)[0];
  const traits = Object.entries(product.attributes).slice(0, 3).map(trait);
  const open = () => {
    onopen(product, number);
    openSheet(product);
  };
  const list = h("ul", { class: "reasons", hidden: true }, reasons.map((reason) => h("li", {}, reason)));
  const unfold = ({ target }) => (list.hidden = !target.open);
  return h(
    "li",
    { class: "card", "--i": Math.min(number, 12) },
    tile(product),
    h(
      "div",
      { class: "card-body" },
      maker ? h("p", { class: "maker" }, maker) : null,
      h("h3", {}, h("button", { type: "button", onclick: open, "aria-haspopup": "dialog" }, title)),
      others.length ? h("p", { class: "other", lang: HAN.test(others[0]) ? "zh" : null }, others[0]) : null,
      traits.length ? h("p", { class: "traits" }, traits.map((trait) => h("span", {}, trait))) : null,
      h(
        "div",
        { class: "foot" },
        h("span", { class: "price" }, product.price === null ? "" : money(product.price, product.currency, language())),
        reasons.length
          ? h("details", { class: "why", ontoggle: unfold }, h("summary", { "aria-label": say.whyLabel(title) }, say.why))
          : null,
      ),
      list,
    ),
  );
}

/** One attribute in a few words; a bare number says nothing without the name of what it counts. */
function trait([name, values]) {
  return values.every((value) => /^[\d.,]+$/.test(value)) ? `${fieldName(name)} ${short(values)}` : short(values);
}

const short = (values) => (values.length > 3 ? `${values[0]} – ${values.at(-1)}` : values.join(", "));

async function openSheet(known) {
  const dialog = document.getElementById("product");
  drawSheet(dialog, known);
  dialog.showModal();
  // The card may be older than the shop; a failure here leaves what the card already knew.
  const fresh = await client.product(known.id).catch(() => known);
  if (dialog.open) drawSheet(dialog, fresh);
}

function drawSheet(dialog, item) {
  const [title, ...others] = inOrder(item.titles);
  const rows = [[say.fields.category, item.category.join(" › ")], ...Object.entries(item.attributes).map(([k, v]) => [fieldName(k), v.join(", ")])];
  const close = h("button", { type: "button", class: "plain icon close", "aria-label": say.close, onclick: () => dialog.close() }, icon(CROSS, 20));
  dialog.replaceChildren(
    tile(item),
    h(
      "div",
      { class: "sheet" },
      h("p", { class: "maker" }, inOrder(item.brands).join(" · ")),
      h("h2", { id: "product-title" }, title),
      others.map((other) => h("p", { class: "other" }, other)),
      item.price === null ? null : h("p", { class: "price" }, money(item.price, item.currency, language())),
      item.description ? h("p", {}, item.description) : null,
      h("dl", {}, rows.filter(([, value]) => value).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      item.url ? h("a", { class: "visit", href: item.url, rel: "noopener" }, say.visit) : null,
    ),
    close,
  );
  close.focus();
}

/** A column's name as a person would say it. */
export const fieldName = (name) => say.fields[name] ?? name.replaceAll("_", " ");
