// The page: its switches, recordings from files, and what happens between the search box and the results.
import { Problem } from "./client.js";
import { h } from "./dom.js";
import { askConsent, client } from "./feedback.js";
import { draw, find, follow, restore, show, spokenContext, standing } from "./search.js";
import { canSpeak, hush, readAloud } from "./speaking.js";
import { language, say, speak } from "./strings.js";
import "./voice-search.js";

const $ = (id) => document.getElementById(id);
const box = $("search");
let shop = null;

// Recordings from a file --------------------------------------------------------------------

function take(files) {
  const [file] = files;
  if (!file) return;
  const limit = shop?.max_upload_bytes ?? Infinity;
  if (files.length > 1) box.complain(new Problem("many"));
  else if (file.type && !/^(audio|video)\/|ogg/.test(file.type)) box.complain(new Problem("notSound"));
  else if (file.size > limit) box.complain(new Problem("tooBig", "too big", false, Math.floor(limit / 2 ** 20)));
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

// The search box ----------------------------------------------------------------------------

function wireSearch() {
  box.client = client;
  box.context = spokenContext;
  box.addEventListener("ask", (event) => {
    event.preventDefault();
    find({ text: event.detail.text });
  });
  box.addEventListener("answer", (event) => {
    event.preventDefault();
    show(event.detail);
    if (readsAloud() && standing()) readAloud(event.detail.answer);
  });
  box.addEventListener("state", ({ detail: live }) => {
    document.body.dataset.live = live;
    $("results").setAttribute("aria-busy", String(live === "searching"));
    document.title = `${box.hasAttribute("recording") ? "● " : ""}${document.title.replace("● ", "")}`;
    if (live === "asking" || live === "searching") hush();
  });
  box.addEventListener("input", hush);
  $("more").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("follow").value.trim();
    if (text) follow({ text });
  });
  $("follow").addEventListener("input", () => box.session.byVoice && box.session.cancel());
  $("undo").addEventListener("click", () => follow({ text: "undo", literal: true }));
  $("product").addEventListener("click", (event) => event.target === $("product") && $("product").close());
  document.addEventListener("keydown", (event) => event.key === "Escape" && hush());
  addEventListener("popstate", restore);
}

// Switches ----------------------------------------------------------------------------------

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
const readsAloud = () => $("aloud").getAttribute("aria-pressed") === "true";

function showTheme() {
  document.documentElement.toggleAttribute("data-dark", dark());
  label("theme", dark() ? say.toLight : say.toDark);
}

function showAloud(on) {
  $("aloud").setAttribute("aria-pressed", String(on));
  label("aloud", on ? say.readNoMore : say.readAloud);
}

function showLanguage() {
  const other = language() === "en" ? "zh" : "en";
  $("language").textContent = other === "zh" ? "中文" : "English";
  $("language").lang = other;
  label("language", say.toOther);
  label("pick", say.pick);
  box.lang = document.documentElement.lang;
  $("follow").placeholder = say.followHint;
  askConsent($("consent"), Boolean(shop?.feedback));
  if (shop) $("shop").textContent = `${shop.name} · ${say.products(shop.num_products)}`;
  showTheme();
  showAloud(readsAloud());
  if (standing()) draw();
}

function wireSwitches() {
  $("theme").addEventListener("click", () => {
    const theme = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    stored("theme", theme);
    showTheme();
  });
  systemDark.addEventListener("change", showTheme);
  $("language").addEventListener("click", () => {
    speak(language() === "en" ? "zh" : "en");
    stored("language", language());
    showLanguage();
  });
  $("aloud").hidden = !canSpeak;
  $("aloud").addEventListener("click", () => {
    showAloud(!readsAloud());
    stored("aloud", readsAloud() ? "yes" : "no");
    if (!readsAloud()) hush();
  });
}

/** What is on the page stays while there is no connection; what failed for want of one goes on after it. */
function wireConnection() {
  let failed = false;
  box.addEventListener("problem", ({ detail: { kind } }) => (failed = kind === "offline"));
  box.addEventListener("state", ({ detail: live }) => (failed &&= live === "failed"));
  const show = () => ($("offline").hidden = navigator.onLine);
  addEventListener("offline", show);
  addEventListener("online", () => {
    show();
    if (!shop) greet();
    if (failed) box.session.again();
  });
  show();
}

async function greet() {
  try {
    const [about, { examples }] = await Promise.all([client.shop(), client.examples()]);
    shop = about;
    box.session.longest = Math.min(30, shop.max_seconds);
    const offers = examples.slice(0, 6).map((text) => h("li", {}, h("button", { type: "button", onclick: () => find({ text }) }, text)));
    $("examples").querySelector("ul").replaceChildren(...offers);
    $("examples").hidden = offers.length === 0;
    showLanguage();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    box.complain(problem);
  }
}

speak(stored("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
wireSearch();
wireFiles();
wireSwitches();
showLanguage();
showAloud(canSpeak && stored("aloud") === "yes");
wireConnection();
greet();
restore();
