// Signs of the buttons, drawn: no font has to hold them.

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  play: "M5 3l9 6-9 6z",
  pause: "M4 3h4v12H4zM10 3h4v12h-4z",
  rewind: "M3 3h2.5v12H3zM15 3v12L6 9z",
  back: "M12 3v12L4 9z",
  forward: "M6 3l8 6-8 6z",
  theme: "M9 2a7 7 0 1 0 0 14zM9 2a7 7 0 0 1 0 14V14.6A5.6 5.6 0 0 0 9 3.4z",
};

export type Icon = keyof typeof PATHS;

/** Put a sign into a button. */
export function setIcon(button: HTMLElement, icon: Icon): void {
  if (button.dataset["icon"] === icon) return;
  button.dataset["icon"] = icon;
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 18 18");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[icon]);
  picture.append(path);
  button.replaceChildren(picture);
}
