// The frames of a scene as they come: what every panel shows at every step.

import type { Begin, Done, Events, Frame } from "./protocol";

export class Recording {
  /** By panel and place in `begin.frames`; holes where a frame was dropped or has not come. */
  readonly frames: (Frame | undefined)[][];
  readonly done: (Done | undefined)[];
  ended = false;
  private readonly place: Map<number, number>;

  constructor(readonly begin: Begin) {
    this.frames = begin.panels.map(() => []);
    this.done = begin.panels.map(() => undefined);
    this.place = new Map(begin.frames.map((step, k) => [step, k]));
  }

  add(frame: Frame): void {
    const place = this.place.get(frame.step);
    const panel = this.frames[frame.panel];
    if (place !== undefined && panel) panel[place] = frame;
  }

  finish(done: Done): void {
    this.done[done.panel] = done;
  }

  /** Return the last place that every panel has reached: playing waits there. */
  get ready(): number {
    const reached = this.frames.map((panel, k) =>
      this.done[k] ? this.begin.frames.length - 1 : panel.length - 1,
    );
    return Math.max(0, Math.min(...reached));
  }

  get last(): number {
    return this.begin.frames.length - 1;
  }

  /** Return what a panel shows at a place: its newest frame up to there. */
  at(panel: number, place: number): Frame | undefined {
    const frames = this.frames[panel] ?? [];
    for (let k = Math.min(place, frames.length - 1); k >= 0; k--) if (frames[k]) return frames[k];
    return undefined;
  }

  step(place: number): number {
    return this.begin.frames[Math.min(place, this.last)] ?? 0;
  }

  /** Return one line per frame: what the panels' bars show, for a spreadsheet. */
  csv(): string {
    const layers = this.begin.layers.flatMap((layer) =>
      ["q", "g", "c", "dead", "saturated", "distinct"].map((one) => `${layer.name}_${one}`),
    );
    const lines = [["init", "seed", "step", "train_loss", "score", ...layers].join(",")];
    for (const [k, panel] of this.frames.entries()) {
      const init = this.begin.panels[k]?.init ?? "";
      for (const frame of panel) {
        if (!frame) continue;
        const numbers = frame.layers.flatMap((one) => [
          one.q, one.g, one.c, one.dead, one.saturated, one.distinct,
        ]);
        const cells = [this.begin.scene.seed, frame.step, frame.loss, frame.score, ...numbers];
        lines.push([quoted(init), ...cells.map((one) => one ?? "")].join(","));
      }
    }
    return `${lines.join("\r\n")}\r\n`;
  }
}

export type RunEvents = Pick<Events, "begin" | "frame" | "done" | "end">;

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
