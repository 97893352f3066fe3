// All losses in one picture, with random guessing, and where the player is.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { count, cssColour, number, t, visible } from "./dom";
import type { Recording } from "./recording";

const HEIGHT = 220;
const WIDE = 50; // a range of losses over so many times is shown in powers of ten

export class Losses {
  private plot: uPlot | null = null;
  private logarithmic = false;
  private place = 0;
  private readonly mark = document.createElement("div");
  private recording: Recording | null = null;

  constructor(private readonly holder: HTMLElement) {
    this.mark.className = "now";
  }

  /** Show a recording: as it comes, and again when it has grown. */
  show(recording: Recording): void {
    const data = this.data(recording);
    const logarithmic = isWide(data);
    if (this.plot && this.recording === recording && this.logarithmic === logarithmic) {
      this.plot.setData(data);
      return;
    }
    this.recording = recording;
    this.logarithmic = logarithmic;
    this.draw(data);
  }

  /** Mark a place, and write its losses below the picture. */
  at(place: number): void {
    this.place = Math.min(place, this.recording?.last ?? place);
    if (!this.plot || !this.recording) return;
    const left = this.plot.valToPos(this.recording.step(place), "x");
    this.mark.style.transform = `translateX(${Math.round(left)}px)`;
    this.plot.setLegend({ idx: this.place });
  }

  resized(): void {
    if (this.recording) this.draw(this.data(this.recording));
  }

  canvas(): HTMLCanvasElement | null {
    return this.holder.querySelector("canvas");
  }

  private data(recording: Recording): uPlot.AlignedData {
    const steps = recording.begin.frames;
    const losses = recording.begin.panels.map((_, panel) =>
      steps.map((_step, k) => {
        const loss = recording.frames[panel]?.[k]?.loss;
        return loss !== null && loss !== undefined && Number.isFinite(loss) ? loss : null;
      }),
    );
    const chance = recording.begin.chance;
    const guessing = chance === null ? [] : [steps.map(() => chance)];
    return [steps, ...losses, ...guessing] as uPlot.AlignedData;
  }

  private draw(data: uPlot.AlignedData): void {
    const { begin } = this.recording as Recording;
    this.plot?.destroy();
    const [ink, grid, quiet] = [cssColour("--ink"), cssColour("--line"), cssColour("--quiet")];
    const value = (_plot: uPlot, one: number | null) => number(one);
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    const series: uPlot.Series[] = [
      { label: t("step"), value: (_plot, one) => steps(one) || "\u2013" },
      ...begin.panels.map((panel) => ({
        label: panel.init, stroke: visible(panel.colour), width: 2, value, spanGaps: true,
        points: { show: false },
      })),
    ];
    if (begin.chance !== null) {
      series.push({
        label: t("random_guessing"), stroke: quiet, width: 1.2, dash: [5, 4], value,
        points: { show: false },
      });
    }
    this.plot = new uPlot(
      {
        width: Math.max(240, this.holder.clientWidth),
        height: HEIGHT,
        scales: { x: { time: false }, y: this.logarithmic ? { distr: 3 } : {} },
        axes: [
          { ...axis, label: t("step"), labelSize: 18, size: 34, values: (_plot, ticks) => ticks.map(steps) },
          { ...axis, size: 62, values: (_plot, ticks) => ticks.map((one) => one === null ? "" : number(one)) },
        ],
        series,
        legend: { live: true },
        hooks: { draw: [(plot) => queueMicrotask(() => plot.setLegend({ idx: this.place }))] }, // forgotten then
      },
      data,
      this.holder,
    );
    this.plot.over.append(this.mark);
  }
}

function steps(value: number | null | undefined): string {
  return value === null || value === undefined ? "" : count(value);
}

function isWide(data: uPlot.AlignedData): boolean {
  const losses = data.slice(1).flat().filter((one): one is number => typeof one === "number" && one > 0);
  return losses.length > 0 && Math.max(...losses) / Math.min(...losses) > WIDE;
}
