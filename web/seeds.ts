// Many seeds of every init: a dot each as it comes, then median, interval and the verdict.

import { byId, h, number, percent, t, visibleStyle } from "./dom";
import type { Begin, InitSummary, SeedDone, VerdictInfo } from "./protocol";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 640;
const ROW = 46;
const LEFT = 10;

export class Seeds {
  private readonly found: SeedDone[] = [];
  private verdict: VerdictInfo | null = null;
  private waiting = false;

  constructor(
    private readonly begin: Begin,
    private readonly planned: number,
    private readonly watch: (seed: number) => void,
  ) {
    byId("many").hidden = false;
    byId("verdict").replaceChildren();
    this.draw();
  }

  add(seed: SeedDone): void {
    this.found.push(seed);
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  conclude(verdict: VerdictInfo): void {
    this.verdict = verdict;
    this.draw();
    const reasons = verdict.inits.map((one) =>
      h("div", {}, h("dt", {}, one.init), h("dd", {}, one.why)));
    byId("verdict").lang = "en"; // the words of `compare`
    byId("verdict").replaceChildren(
      h("p", { class: "headline" }, verdict.headline),
      ...(verdict.evidence ? [h("p", {}, verdict.evidence)] : []),
      h("dl", {}, ...reasons),
      ...(verdict.next ? [h("p", { lang: document.documentElement.lang }, t("next_command")), h("pre", {}, h("code", {}, verdict.next))] : []),
    );
  }

  private draw(): void {
    const total = this.planned * this.begin.panels.length;
    byId("seeds-progress").textContent =
      this.verdict ? "" : t("seeds_done", { done: this.found.length, all: total });
    const scores = this.found.map((one) => one.score).filter((one): one is number => one !== null);
    const share = (this.found[0]?.metric ?? "").endsWith("accuracy");
    const [low, high] = range(scores, share);
    const across = (value: number) => LEFT + ((WIDTH - 2 * LEFT) * (value - low)) / (high - low || 1);
    const shown = (value: number | null) => (share ? percent(value) : number(value));
    const rows = this.begin.panels.map((panel, k) => {
      const own = this.found.filter((one) => one.panel === k);
      const summary = this.verdict?.inits.find((one) => one.init === panel.init);
      const finished = own.filter((one) => one.score !== null);
      const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${ROW}`, role: "img",
        "aria-label": t("seeds_label", { init: panel.init, done: own.length }) });
      picture.append(svg("line", { x1: LEFT, x2: WIDTH - LEFT, y1: ROW / 2, y2: ROW / 2, class: "axis" }));
      for (const one of finished) {
        const dot = svg("circle", { cx: across(one.score ?? 0), cy: ROW / 2 + spread(one.seed), r: 4.2,
          class: "seed" });
        dot.style.fill = visibleStyle(panel.colour);
        dot.append(svgText("title", `${t("seed")} ${one.seed}: ${shown(one.score)}`));
        dot.addEventListener("click", () => this.watch(one.seed));
        picture.append(dot);
      }
      if (summary) picture.append(...interval(summary, across));
      return h("section", { class: "strip" },
        h("h3", {}, panel.init, h("small", {}, this.words(own, summary, shown))),
        picture as unknown as HTMLElement,
        h("p", { class: "watch" }, ...this.buttons(finished)));
    });
    byId("strips").replaceChildren(...rows,
      h("p", { class: "scale" }, h("span", {}, shown(low)), h("span", {}, (this.found[0]?.metric ?? "").replaceAll("_", " ")),
        h("span", {}, shown(high))));
  }

  private words(own: SeedDone[], summary: InitSummary | undefined,
                shown: (value: number | null) => string): string {
    const diverged = own.filter((one) => one.outcome === "diverged").length;
    const parts = [];
    if (summary && summary.median !== null) {
      parts.push(`${t("median")} ${shown(summary.median)}`);
      if (summary.low !== null && summary.high !== null) {
        parts.push(`${t("interval")} ${shown(summary.low)} \u2013 ${shown(summary.high)}`);
      }
    }
    if (diverged) parts.push(t("diverged_count", { some: diverged, all: own.length }));
    return parts.join(" \u00b7 ");
  }

  /** The worst, a middle and the best seed, for those who do not point at dots. */
  private buttons(finished: SeedDone[]): HTMLElement[] {
    if (finished.length < 3) return [];
    const better = this.verdict?.better ?? (this.found[0]?.metric.endsWith("loss") ? "lower" : "higher");
    const sign = better === "higher" ? 1 : -1;
    const sorted = [...finished].sort((a, b) => sign * ((a.score ?? 0) - (b.score ?? 0)));
    const chosen: [string, SeedDone | undefined][] = [
      ["worst", sorted[0]],
      ["middle", sorted[Math.floor(sorted.length / 2)]],
      ["best", sorted[sorted.length - 1]],
    ];
    return chosen.flatMap(([word, one]) => one
      ? [h("button", { type: "button", class: "quiet", onclick: () => this.watch(one.seed) },
          t(`watch_${word}`, { seed: one.seed }))]
      : []);
  }
}

function interval(summary: InitSummary, across: (value: number) => number): SVGElement[] {
  const made = [];
  if (summary.low !== null && summary.high !== null) {
    made.push(svg("line", { x1: across(summary.low), x2: across(summary.high), y1: ROW / 2, y2: ROW / 2,
      class: "interval" }));
  }
  if (summary.median !== null) {
    const x = across(summary.median);
    made.push(svg("line", { x1: x, x2: x, y1: 6, y2: ROW - 6, class: "median" }));
  }
  return made;
}

/** Dots of one score lie beside each other, each seed at its own height. */
function spread(seed: number): number {
  return (((seed * 0.618034) % 1) - 0.5) * (ROW - 18);
}

function range(scores: number[], share: boolean): [number, number] {
  if (!scores.length) return [0, 1];
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const room = 0.04 * (high - low) || 0.05 * Math.abs(high) || 0.1;
  return share ? [Math.max(0, low - room), Math.min(1, high + room)] : [low - room, high + room];
}

function svg(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

function svgText(tag: string, text: string): SVGElement {
  const made = svg(tag, {});
  made.textContent = text;
  return made;
}
