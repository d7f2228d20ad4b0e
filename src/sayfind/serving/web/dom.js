// Building elements without innerHTML: product titles are other people's text.

/** An element: h("p", {class: "x", onclick: f}, "text", child, null). */
export function h(name, properties = {}, ...children) {
  return fill(document.createElement(name), properties, children);
}

/** The same in SVG. */
export function svg(name, properties = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), properties, children);
}

function fill(element, properties, children) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key.startsWith("--")) element.style.setProperty(key, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** A line icon from one path. */
export function icon(path, size = 16) {
  return svg("svg", { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" }, svg("path", { d: path }));
}

export const CROSS = "M7 7l10 10M17 7 7 17";
export const BACK = "M9 8 5 12l4 4M5 12h9a5 5 0 0 1 0 10h-2";
export const FORTH = "m15 8 4 4-4 4m4-4h-9a5 5 0 0 0 0 10h2";
