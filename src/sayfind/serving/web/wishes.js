// What was understood, as chips that can be taken away; other readings; facets to narrow by.
import { CROSS, FORTH, h, icon } from "./dom.js";
import { money } from "./money.js";
import { fieldName } from "./products.js";
import { language, say } from "./strings.js";

/** What makes two wishes one, whatever order the server wrote a range in. */
export const keyOf = ({ field, value, negated }) =>
  JSON.stringify([field, typeof value === "string" ? value : [value.low, value.high, value.unit], negated]);

let currency = ""; // of the products shown: what a price without a unit is meant in

/** A constraint's value in words: "up to $50". */
export function valueOf({ field, value }) {
  if (typeof value === "string") return value;
  const show = (x) => (field === "price" ? money(x, value.unit || currency, language()) : [x.toLocaleString(), value.unit].filter(Boolean).join(" "));
  if (value.low === null) return say.under(show(value.high));
  if (value.high === null) return say.over(show(value.low));
  return value.low === value.high ? show(value.low) : say.between(show(value.low), show(value.high));
}

const wordsOf = (wish) => `${fieldName(wish.field)} ${wish.negated ? `${say.not} ` : ""}${valueOf(wish)}`;

/** Chips: what stands can be removed, what was removed can come back. */
export function drawWishes(place, { query, hits }, removed, ontoggle) {
  currency = hits[0]?.product.currency ?? currency;
  const standing = query.constraints.map((wish) =>
    h(
      "span",
      { class: wish.negated ? "chip not" : "chip", title: wish.text || null },
      h("b", {}, fieldName(wish.field)),
      wish.negated ? h("em", {}, say.not) : null,
      h("i", {}, valueOf(wish)),
      toggle(wish, say.remove(wordsOf(wish)), CROSS, () => ontoggle(wish, true)),
    ),
  );
  const taken = removed.map((wish) =>
    h(
      "span",
      { class: "chip off" },
      h("b", {}, fieldName(wish.field)),
      h("s", {}, valueOf(wish)),
      toggle(wish, say.restore(wordsOf(wish)), FORTH, () => ontoggle(wish, false)),
    ),
  );
  const order = say.sorts[query.sort];
  const sorted = order ? [h("span", { class: "chip fixed" }, h("b", {}, say.sorted), h("i", {}, order))] : [];
  const chips = [...standing, ...sorted, ...taken];
  place.replaceChildren(...(chips.length ? [h("span", {}, say.understood), ...chips] : []));
}

function toggle(wish, label, path, onclick) {
  const properties = { type: "button", "aria-label": label, title: label, "data-focus": `wish ${keyOf(wish)}`, onclick };
  return h("button", properties, icon(path, 15));
}

/** One question back, where there is one; else other readings worth offering. */
export function drawMeant(place, { clarify, did_you_mean }, onchoose) {
  const offers = clarify?.choices ?? did_you_mean.map((text) => ({ text, evidence: null }));
  const choices = offers.map(({ text, evidence }) =>
    h("button", { type: "button", title: evidence, onclick: () => onchoose(text) }, text, evidence ? h("small", {}, ` ${evidence}`) : null),
  );
  place.replaceChildren(...(choices.length ? [h("span", {}, clarify?.question ?? say.didYouMean), ...choices] : []));
}

/** Wishes that had to be let go, and whatever else a person should know. */
export function drawNotes(place, { relaxed, notes }) {
  const sentences = [...relaxed.map((wish) => say.relaxed(wordsOf(wish))), ...notes];
  place.replaceChildren(...(sentences.length ? [h("ul", {}, sentences.map((text) => h("li", {}, text)))] : []));
}

/** Counts by value; pressing one asks for it, pressing it again takes it back. */
export function drawFacets(place, { facets, query }, onadd, onremove) {
  const chosen = new Map(query.constraints.map((wish) => [keyOf(wish), wish]));
  const sections = facets.filter(({ values }) => values.length > 1 || chosen.size).map(({ field, values }) => {
    const rows = values.slice(0, 7).map(({ value, count }) => {
      const offer = { field, value, negated: false };
      const wish = chosen.get(keyOf(offer));
      return h(
        "li",
        {},
        h(
          "button",
          {
            type: "button",
            "aria-pressed": String(Boolean(wish)),
            "data-focus": `facet ${keyOf(offer)}`,
            onclick: () => (wish ? onremove(wish) : onadd(offer)),
          },
          h("span", {}, valueOf(offer)),
          h("span", {}, count.toLocaleString()),
        ),
      );
    });
    const name = fieldName(field);
    return h("section", {}, h("h2", {}, name[0].toUpperCase() + name.slice(1)), h("ul", {}, rows));
  });
  if (!sections.length) return place.replaceChildren();
  const wide = matchMedia("(min-width: 861px)").matches;
  const open = wide || Boolean(place.querySelector("details")?.open);
  return place.replaceChildren(
    h("details", { open }, h("summary", {}, say.narrow), h("div", { class: "columns" }, sections)),
  );
}
