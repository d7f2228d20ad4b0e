// Answers read aloud by the browser's own voice, where the shopper wants that.
import { money } from "./money.js";
import { inOrder } from "./products.js";
import { language, say } from "./strings.js";

export const canSpeak = "speechSynthesis" in window;

/** Be quiet, at once. */
export function hush() {
  if (canSpeak) speechSynthesis.cancel();
}

/** Reads the question back, or how many there are and the first two. */
export function readAloud(answer) {
  hush();
  const utterance = new SpeechSynthesisUtterance(inWords(answer));
  utterance.lang = document.documentElement.lang;
  speechSynthesis.speak(utterance);
}

function inWords({ clarify, hits, total }) {
  if (clarify) return [clarify.question, ...clarify.choices.map(({ text }) => text)].join(", ");
  const named = hits.slice(0, 2).map(({ product }, i) => {
    const price = product.price === null ? [] : [money(product.price, product.currency, language())];
    return [i ? say.spokenThen : say.spokenFirst, [inOrder(product.titles)[0], ...price].join(", ")].join(" ");
  });
  return [say.spokenFound(total), ...named].join(" ");
}
