// What a shopper does with an answer, told to the shop if the shopper agreed; never any sound.
import { Sayfind } from "./client.js";
import { h } from "./dom.js";
import { say } from "./strings.js";

let session = null; // a name for this visit; null until the shopper agreed

const read = (name) => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // Storage may be closed to this page; it then asks at each visit.
  }
};
const write = (name, value) => {
  try {
    localStorage.setItem(name, value);
  } catch {
    // The choice then lasts as long as the page does.
  }
};

/** The server of this page; it is told the visit's name once the shopper agreed. */
export const client = new Sayfind({ visit: () => session ?? "" });

/** Tells the shop of [{trace_id, action, product_id, rank, text}]; what is lost is lost. */
export function tellShop(events) {
  if (session && events.length) client.tell(session, events).catch(() => {});
}

/** The products of an answer, as they stand on the page. */
export function tellShown(response) {
  tellShop(response.hits.map(({ product }, i) => ({ trace_id: response.id, action: "shown", product_id: product.id, rank: i + 1 })));
}

function choose(place, answer) {
  write("sayfind.learn", answer ? "yes" : "no");
  if (!answer && session) client.forget(session).catch(() => {});
  // Random bytes: a name that says nothing of who is behind it, and that is gone with the page.
  session = answer ? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("") : null;
  askConsent(place, true);
}

/** Asks once whether the shop may learn; afterwards a button that takes the answer back. */
export function askConsent(place, on) {
  place.hidden = !on;
  if (!on) return;
  const chosen = read("sayfind.learn");
  if (chosen === "yes" && !session) return choose(place, true);
  const button = (answer, words) => h("button", { type: "button", onclick: () => choose(place, answer) }, words);
  if (chosen) place.replaceChildren(session ? say.learning : say.notLearning, " ", button(!session, session ? say.stopLearning : say.startLearning));
  else place.replaceChildren(say.mayLearn, " ", button(true, say.yes), " ", button(false, say.no));
}
