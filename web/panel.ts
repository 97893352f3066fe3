// One init: what it draws, its answer, its network, and what decides in every layer.

import { count, findings, fitted, h, inOwnWords, number, percent, t, visible, visibleStyle } from "./dom";
import { NetworkPicture } from "./network";
import {
  answerImage, drawConfusion, drawCurve, drawHistogram, drawPoints,
} from "./paint";
import type { Begin, Done, Frame, LayerNumbers, PanelInfo } from "./protocol";
import type { TypeEntry } from "./weight";

const LOWEST = -8; // powers of ten that a bar of signals and gradients shows
const HIGHEST = 4;

interface Bar {
  fill: HTMLElement;
  text: HTMLElement;
}

type Column = "q" | "g" | "dead" | "saturated" | "distinct";
const COLUMNS: Column[] = ["q", "g", "dead", "saturated", "distinct"];

export class Panel {
  readonly element: HTMLElement;
  private readonly answer = h("canvas", { class: "answer", role: "img" });
  private readonly histogram = h("canvas", { class: "histogram", role: "img" });
  private readonly score = h("span", { class: "score" });
  private readonly badge = h("span", { class: "badge", hidden: true });
  private readonly sentence = h("div", { class: "sentence" });
  private readonly network: NetworkPicture;
  private readonly bars: Record<Column, Bar>[];
  private points: OffscreenCanvas | null = null;
  private frame: Frame | undefined;
  private pointsSize = 0;

  constructor(
    private readonly begin: Begin,
    private readonly info: PanelInfo,
    tell: (text: string, anchor: HTMLElement, x: number, y: number) => void,
    numbers: (() => void) | null,
    type: TypeEntry | null,
  ) {
    this.network = new NetworkPicture(begin, info.init, (text, x, y) =>
      tell(text, this.network.canvas, x, y), type);
    this.bars = begin.layers.map(() => ({}) as Record<Column, Bar>);
    const dot = h("span", { class: "dot", "aria-hidden": "true" });
    dot.style.background = visibleStyle(info.colour);
    this.element = h(
      "article",
      { class: "panel", "aria-label": info.init },
      h(
        "header",
        {},
        h("div", { class: "name" }, h("h3", {}, dot, h("span", {}, ...breakable(info.init))), this.badge,
          info.formula !== info.init && h("p", { class: "formula", title: info.paper }, info.formula)),
        info.histogram && h("figure", {}, this.histogram,
          h("figcaption", {}, t("histogram_of", { layer: info.histogram.layer }))),
      ),
      h("div", { class: "pictures" }, this.answer,
        !begin.data && h("small", {}, t("confusion_axes")), this.network.canvas),
      h("p", { class: "reading" }, this.score,
        numbers && h("button", { type: "button", class: "quiet", onclick: numbers }, t("numbers"))),
      this.table(),
      this.sentence,
    );
    this.answer.setAttribute("aria-label", t("answer_label", { init: info.init }));
  }

  /** Draw what was drawn once again, after a change of size or colours. */
  resized(): void {
    this.points = null;
    if (!this.frame) this.drawAnswer(undefined);
    if (this.info.histogram) {
      drawHistogram(this.histogram, this.info.histogram, visible(this.info.colour), 92, 40);
      const range = this.info.histogram.edges;
      this.histogram.setAttribute("aria-label", t("histogram_label", {
        layer: this.info.histogram.layer,
        low: number(range[0]), high: number(range[range.length - 1]),
      }));
    }
  }

  show(frame: Frame): void {
    this.frame = frame;
    this.drawAnswer(frame);
    this.network.draw(frame);
    frame.layers.forEach((layer, k) => this.drawLayer(layer, k));
    const loss = `${t("loss")} ${number(frame.loss)}`;
    const score = this.begin.task === "regression"
      ? `${t("training_r2")} ${number(frame.score && Math.round(1000 * frame.score) / 1000)}` : `${t("accuracy")} ${percent(frame.score)}`;
    this.score.textContent = frame.score === null ? loss : `${loss} \u00b7 ${score}`;
  }

  /** Let the keyboard go on in this panel. */
  focus(): void {
    this.network.canvas.focus();
  }

  /** Say how the training ended, and why. */
  finish(done: Done): void {
    this.sentence.replaceChildren(...inOwnWords(findings(done.said), done.sentence));
    if (done.outcome === "finished") return;
    this.badge.hidden = false;
    this.badge.textContent =
      done.outcome === "diverged"
        ? t("diverged_at", { step: count(done.diverged_step ?? 0) })
        : t("stopped");
  }

  /** Say that the training was stopped. */
  stopped(): void {
    this.badge.hidden = false;
    this.badge.textContent = t("stopped");
  }

  /** Return the pictures with the init's name, for an export. */
  get canvases(): [HTMLCanvasElement, HTMLCanvasElement] {
    return [this.answer, this.network.canvas];
  }

  /** Draw the answer of a frame; of none, the points that wait for one. */
  private drawAnswer(frame: Frame | undefined): void {
    const size = this.answer.clientWidth || 200;
    const context = fitted(this.answer, size, size);
    context.clearRect(0, 0, size, size);
    const colour = visible(this.info.colour);
    const inputs = this.begin.layers[0]?.inputs ?? 0;
    const planar = inputs === 2 && this.begin.data?.extent;
    if (!frame?.answer) {
      if (planar) context.drawImage(this.pointsImage(size), 0, 0, size, size);
    } else if (planar) {
      context.imageSmoothingEnabled = true;
      context.drawImage(answerImage(frame.answer, this.begin.task), 0, 0, size, size);
      context.drawImage(this.pointsImage(size), 0, 0, size, size);
    } else if (inputs === 1) {
      drawCurve(context, this.begin, frame.answer, colour, size, size);
    } else {
      drawConfusion(context, frame.answer, colour, size);
    }
  }

  /** The points lie still: they are drawn once per size. */
  private pointsImage(size: number): OffscreenCanvas {
    if (!this.points || this.pointsSize !== size) {
      const ratio = window.devicePixelRatio || 1;
      this.points = new OffscreenCanvas(Math.round(size * ratio), Math.round(size * ratio));
      this.pointsSize = size;
      const context = this.points.getContext("2d") as unknown as CanvasRenderingContext2D;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      drawPoints(context, this.begin, size);
    }
    return this.points;
  }

  private table(): HTMLElement {
    const heading = (id: string) =>
      h("th", { scope: "col", title: t(`${id}_help`) }, t(`column_${id}`));
    const rows = this.begin.layers.map((layer, k) =>
      h("tr", {}, h("th", { scope: "row" }, layer.name),
        ...COLUMNS.map((column) => {
          const bar = { fill: h("i"), text: h("span") };
          const bars = this.bars[k];
          if (bars) bars[column] = bar;
          return h("td", { class: column }, h("b", {}, bar.fill), bar.text);
        })),
    );
    return h("table", { class: "layers" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "hidden" }, t("layer"))),
        ...COLUMNS.map(heading))),
      h("tbody", {}, ...rows));
  }

  private drawLayer(layer: LayerNumbers, k: number): void {
    const bars = this.bars[k];
    const info = this.begin.layers[k];
    if (!bars || !info) return;
    setBar(bars.q, power(layer.q), number(layer.q, 2));
    setBar(bars.g, power(layer.g), number(layer.g, 2));
    setBar(bars.dead, layer.dead, percent(layer.dead), (layer.dead ?? 0) >= 0.5);
    setBar(bars.saturated, layer.saturated, percent(layer.saturated), (layer.saturated ?? 0) >= 0.5);
    const distinct = layer.distinct;
    const share = distinct === null ? null : distinct / info.units;
    const text = distinct === null ? "\u2013" : t("of", { some: distinct, all: info.units });
    setBar(bars.distinct, share, text, distinct !== null && distinct < info.units);
  }
}

/** Return the pieces of an init's name, which may stand on lines of their own. */
function breakable(init: string): (Node | string)[] {
  return init.split(/(?<=[(,;])/).flatMap((piece) => [piece, document.createElement("wbr")]);
}

function power(value: number | null): number | null {
  if (value === null || Number.isNaN(value)) return null;
  if (value <= 0) return 0;
  return Math.max(0, Math.min(1, (Math.log10(value) - LOWEST) / (HIGHEST - LOWEST)));
}

function setBar(bar: Bar, share: number | null, text: string, alarming = false): void {
  bar.fill.style.transform = `scaleX(${share ?? 0})`;
  bar.fill.classList.toggle("alarming", alarming);
  if (bar.text.textContent !== text) bar.text.textContent = text;
}
