// Many seeds of every init: a dot each as it comes, then median, interval and the verdict.

import { byId, findings, h, inOwnWords, number, percent, t, visibleStyle } from "./dom";
import type { Begin, InitSummary, PanelInfo, SeedDone, VerdictInfo } from "./protocol";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 640;
const ROW = 46;
const LEFT = 10;
const WATCHED = ["worst", "middle", "best"] as const; // for those who do not point at dots

type Shown = (value: number | null) => string;

export class Seeds {
  private readonly found: SeedDone[] = [];
  private readonly strips: Strip[];
  private readonly scale = [h("span"), h("span"), h("span")] as const;
  private verdict: VerdictInfo | null = null;
  private waiting = false;

  constructor(
    begin: Begin,
    private readonly planned: number,
    watch: (seed: number) => void,
  ) {
    this.strips = begin.panels.map((panel) => new Strip(panel, watch));
    byId("many").hidden = false;
    byId("verdict").replaceChildren();
    byId("strips").replaceChildren(...this.strips.map((one) => one.element),
      h("p", { class: "scale" }, ...this.scale));
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
    const english = document.documentElement.lang === "en";
    const said = [h("p", { class: "headline" }, verdict.headline),
      verdict.evidence && h("p", {}, verdict.evidence)];
    const own = h("p", { class: "headline" }, headline(verdict));
    const words = h("div", { class: "quiet", lang: "en" }, ...said);
    const reasons = verdict.inits.map((one) =>
      h("div", {}, h("dt", {}, one.init), h("dd", {}, ...inOwnWords(this.reasons(one), one.why))));
    byId("verdict").replaceChildren(
      ...(english ? said.filter((one) => one !== "") : [own, h("p", { class: "quiet" }, t("in_english")), words]),
      h("dl", {}, ...reasons),
      ...(verdict.next ? [h("p", {}, t("next_command")), h("pre", {}, h("code", {}, verdict.next))] : []),
    );
  }

  private reasons({ said }: InitSummary): string[] {
    if (!said.length) return findings(["nothing_found"]);
    return said.flatMap(([name, some]) => findings([name]).map((words) =>
      some < this.planned ? t("at_seeds", { some, all: this.planned, words }) : words));
  }

  private draw(): void {
    const total = this.planned * this.strips.length;
    byId("seeds-progress").textContent =
      this.verdict ? "" : t("seeds_done", { done: this.found.length, all: total });
    const scores = this.found.map((one) => one.score).filter((one): one is number => one !== null);
    const metric = this.found[0]?.metric ?? "";
    const [low, high] = range(scores, isShare(metric));
    const across = (value: number) => LEFT + ((WIDTH - 2 * LEFT) * (value - low)) / (high - low || 1);
    const shown = shownAs(metric);
    const better = this.verdict?.better ?? (metric.endsWith("loss") ? "lower" : "higher");
    this.strips.forEach((strip, k) => strip.draw(
      this.found.filter((one) => one.panel === k), this.verdict?.inits[k], across, shown, better));
    [shown(low), metricName(metric), shown(high)].forEach((text, k) => {
      const place = this.scale[k];
      if (place) place.textContent = text;
    });
  }
}

/** The seeds of one init. */
class Strip {
  readonly element: HTMLElement;
  private readonly picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${ROW}`, role: "img" });
  private readonly summary = svg("g", {});
  private readonly words = h("small");
  private readonly dots = new Map<number, SVGElement>();
  private readonly buttons: HTMLButtonElement[];
  private readonly watched = new Map<HTMLButtonElement, number>();

  constructor(
    private readonly panel: PanelInfo,
    private readonly watch: (seed: number) => void,
  ) {
    this.picture.append(svg("line", { x1: LEFT, x2: WIDTH - LEFT, y1: ROW / 2, y2: ROW / 2, class: "axis" }),
      this.summary);
    this.buttons = WATCHED.map(() => {
      const made = h("button", { type: "button", class: "quiet", hidden: true });
      made.addEventListener("click", () => this.watch(this.watched.get(made) ?? 0));
      return made;
    });
    this.element = h("section", { class: "strip" }, h("h3", {}, panel.init, this.words),
      this.picture as unknown as HTMLElement, h("p", { class: "watch" }, ...this.buttons));
  }

  draw(own: SeedDone[], summary: InitSummary | undefined, across: (value: number) => number,
       shown: Shown, better: "higher" | "lower"): void {
    const finished = own.filter((one) => one.score !== null);
    this.picture.setAttribute("aria-label", t("seeds_label", { init: this.panel.init, done: own.length }));
    for (const one of finished) {
      const dot = this.dots.get(one.seed) ?? this.newDot(one, shown);
      dot.setAttribute("cx", String(across(one.score ?? 0)));
    }
    this.summary.replaceChildren(...(summary ? interval(summary, across) : []));
    this.picture.append(this.summary); // above the dots
    this.words.textContent = summaryWords(own, summary, shown);
    this.nameWatched(finished, better === "higher" ? 1 : -1);
  }

  private newDot(one: SeedDone, shown: Shown): SVGElement {
    const dot = svg("circle", { cy: ROW / 2 + spread(one.seed), r: 4.2, class: "seed" });
    dot.style.fill = visibleStyle(this.panel.colour);
    const title = svg("title", {});
    title.textContent = `${t("seed")} ${one.seed}: ${shown(one.score)}`;
    dot.append(title);
    dot.addEventListener("click", () => this.watch(one.seed));
    this.dots.set(one.seed, dot);
    this.picture.append(dot);
    return dot;
  }

  /** Name the worst, a middle and the best seed on the buttons. */
  private nameWatched(finished: SeedDone[], sign: number): void {
    const sorted = [...finished].sort((a, b) => sign * ((a.score ?? 0) - (b.score ?? 0)));
    const places = [0, Math.floor(sorted.length / 2), sorted.length - 1];
    this.buttons.forEach((button, k) => {
      const seed = sorted[places[k] ?? 0]?.seed;
      button.hidden = sorted.length < 3;
      if (seed === undefined) return;
      this.watched.set(button, seed);
      button.textContent = t(`watch_${WATCHED[k] ?? ""}`, { seed });
    });
  }
}

/** Return a verdict in the reader's language, from its parts. */
function headline({ kind, best, metric, inits }: VerdictInfo): string {
  if (kind === "no_winner" && inits.length === 1) return t("verdict_alone");
  const value = inits.find((one) => one.init === best[0])?.median ?? null;
  return t(`verdict_${kind}`, { init: best[0] ?? "", inits: best.join("; "), metric: metricName(metric),
    value: shownAs(metric)(value) });
}

function metricName(metric: string): string {
  const words = t(`metric_${metric}`);
  return words.startsWith("metric_") ? metric.replaceAll("_", " ") : words;
}

function isShare(metric: string): boolean {
  return metric.endsWith("accuracy");
}

function shownAs(metric: string): Shown {
  return (value) => (isShare(metric) ? percent(value) : number(value));
}

function summaryWords(own: SeedDone[], summary: InitSummary | undefined, shown: Shown): string {
  const diverged = own.filter((one) => one.outcome === "diverged").length;
  const parts = [];
  if (summary && summary.median !== null) {
    parts.push(`${t("median")} ${shown(summary.median)}`);
    if (summary.low !== null && summary.high !== null) {
      parts.push(`${t("interval")} ${shown(summary.low)} \u2013 ${shown(summary.high)}`);
    }
  }
  if (diverged) parts.push(t("diverged_count", { some: diverged, all: own.length }));
  if (summary && summary.failed > diverged) parts.push(t("failed_count", { some: summary.failed, all: own.length }));
  return parts.join(" \u00b7 ");
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
