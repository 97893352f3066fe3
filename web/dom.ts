// Elements in one call, words of the reader's language, and numbers as they are read.

type Child = Node | string | null | undefined | false;

/** Make an element: attributes by name, `on...` for what is called; false leaves one out. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Record<string, unknown> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value as EventListener);
    else if (value === false || value === null || value === undefined) continue;
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((one): one is Node | string => Boolean(one)));
  return made;
}

export function byId<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found as Kind;
}

let words: Record<string, string> = {};
let decimalMark = "."; // of the page's language

/** Use these words, in the page's own elements too. */
export function useWords(found: Record<string, string>, language: string): void {
  words = found;
  document.documentElement.lang = language;
  decimalMark = (0.5).toLocaleString(language)[1] ?? ".";
  for (const one of document.querySelectorAll<HTMLElement>("[data-word]")) {
    one.textContent = t(one.dataset["word"] ?? "");
  }
  for (const one of document.querySelectorAll<HTMLElement>("[data-label]")) {
    const label = t(one.dataset["label"] ?? "");
    one.setAttribute("aria-label", label);
    one.title = label;
  }
}

/** Return the words of an id, with {name} filled in. */
export function t(id: string, fields: Record<string, string | number> = {}): string {
  const text = words[id] ?? id;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(fields[name] ?? whole));
}

/** Return findings, by name, as sentences of the reader's language. */
export function findings(names: string[]): string[] {
  return names.map((name) => words[`finding_${name}`] ?? "").filter((one) => one);
}

/** Return what was found in the reader's language, and below it what `compare` says in English. */
export function inOwnWords(found: string[], english: string): HTMLElement[] {
  if (document.documentElement.lang === "en") return [h("p", {}, english)];
  return [h("p", {}, found.join(" ")), h("p", { class: "quiet", lang: "en" }, english)];
}

const MINUS = "\u2212";

/** Return a number with three digits, as the page's language writes it: 0.693 or 0,693, 1.2e−5, ∞. */
export function number(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined) return "\u2013";
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : value < 0 ? `${MINUS}\u221e` : "NaN";
  const size = Math.abs(value);
  let text: string;
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
    const [mantissa, power] = size.toExponential(digits - 2).split("e");
    text = `${mantissa}e${(power ?? "").replace("+", "").replace("-", MINUS)}`;
  } else {
    text = String(Number(size.toPrecision(digits)));
  }
  return (value < 0 ? MINUS : "") + text.replace(".", decimalMark);
}

export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || Number.isNaN(share)) return "\u2013";
  const hundred = 100 * share;
  const text = hundred !== 0 && hundred < 1 ? "<1" : String(Math.round(hundred));
  return `${text} %`;
}

export function count(value: number): string {
  return value.toLocaleString(document.documentElement.lang);
}

/** Return the colour of an init that can be seen on the paper at hand. */
export function visible(colour: string): string {
  return colour === "#000000" ? cssColour("--ink") : colour;
}

/** Return the same for a style: it goes with the page's colours. */
export function visibleStyle(colour: string): string {
  return colour === "#000000" ? "var(--ink)" : colour;
}

export function cssColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Fit a canvas to its element at the screen's density; return its context, in CSS pixels. */
export function fitted(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio || 1;
  const [w, hgt] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== hgt) {
    canvas.width = w;
    canvas.height = hgt;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser has no canvas");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
