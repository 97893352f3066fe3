// What a reader takes away: links and commands to the clipboard, pictures and tables as files.

import { count, cssColour, h, t, visible } from "./dom";
import type { Panel } from "./panel";
import type { Recording } from "./recording";

const SHOWN = 1_200; // milliseconds that a button says what was copied

/** Copy a text, and let the button that was pressed say so. */
export function copy(text: string, button: HTMLElement, words = t("copied")): void {
  void navigator.clipboard.writeText(text).then(() => sayOn(button, words));
}

/** Let a button say words for a moment, in place of its own. */
export function sayOn(button: HTMLElement, words: string): void {
  button.textContent = words;
  setTimeout(() => (button.textContent = t(button.dataset["word"] ?? "")), Math.max(SHOWN, 80 * words.length));
}

/** Save a file under a name. */
export function save(blob: Blob, name: string): void {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Save what the panels' bars show, for a spreadsheet. */
export function saveCsv(recording: Recording): void {
  save(new Blob([recording.csv()], { type: "text/csv" }), `${nameOf(recording)}.csv`);
}

/** Save all panels, as they are now, as one picture: what they are, the step and the seed. */
export async function savePng(recording: Recording, panels: Panel[], place: number): Promise<void> {
  const rows = panels.map((one) => one.canvases);
  const [answer, network] = rows[0] ?? [];
  if (!answer || !network) return;
  const ratio = window.devicePixelRatio || 1;
  const [gap, top] = [16 * ratio, 62 * ratio];
  const width = Math.max(answer.width, network.width);
  const { begin } = recording;
  const made = h("canvas", {
    width: (width + gap) * rows.length + gap,
    height: top + answer.height + network.height + 3 * gap,
  });
  const context = made.getContext("2d");
  if (!context) return;
  context.fillStyle = cssColour("--paper");
  context.fillRect(0, 0, made.width, made.height);
  context.font = `${13 * ratio}px system-ui, sans-serif`;
  context.fillStyle = cssColour("--quiet");
  const { study, seed } = begin.scene;
  const words = [study, stepWords(recording, place), `${t("seed")} ${seed}`];
  context.fillText(words.join(" \u00b7 "), gap, 24 * ratio, made.width - 2 * gap);
  context.font = `600 ${14 * ratio}px system-ui, sans-serif`;
  rows.forEach(([own, net], k) => {
    const left = gap + k * (width + gap);
    const info = begin.panels[k];
    context.fillStyle = visible(info?.colour ?? "#000000");
    context.fillText(info?.init ?? "", left, top - 8 * ratio, width);
    context.drawImage(own, left, top);
    context.drawImage(net, left, top + own.height + gap);
  });
  const blob = await new Promise<Blob | null>((found) => made.toBlob(found));
  if (blob) save(blob, `${nameOf(recording)}-step${recording.step(place)}.png`);
}

/** Return where a place is in the training: "step 1,200 of 15,000". */
export function stepWords(recording: Recording, place: number): string {
  return t("step_of", { step: count(recording.step(place)), steps: count(recording.step(recording.last)) });
}

/** Study and seed: two files of one lecture have different names. */
function nameOf({ begin }: Recording): string {
  return `${begin.scene.study}-seed${begin.scene.seed}`;
}
