// The network as a picture: units as small maps, weights as lines, equal units joined.

import { fitted, cssColour, number, t } from "./dom";
import { entriesOf } from "./entries";
import { unitImages } from "./paint";
import { floats, type Begin, type Frame, type LayerInfo } from "./protocol";
import { typeEntry, type Entry, type TypeEntry } from "./weight";

const POSITIVE = "#E5A50A";
const NEGATIVE = "#7E5CBD";
const GROUP_COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"];
const MANY_LINES = 400; // of more weights only large ones are drawn
const MOST_LINES = 2_000; // of more, none is
const LARGE = 0.35; // times the largest of its layer
const TALLEST = 288;
const PADDING = 8;

interface Place {
  layer: number; // -1 for the inputs
  unit: number;
  x: number;
  y: number;
  size: number;
}

/** The weights and biases of a frame, by layer. */
interface Weights {
  weight: Float32Array; // (units, inputs), row by row
  bias: Float32Array;
}

export class NetworkPicture {
  readonly canvas = document.createElement("canvas");
  private places: Place[] = [];
  private byLayer: Place[][] = []; // the inputs first, where they are drawn
  private laid = 0; // width that the places are for
  private curves: (Float32Array | null)[] = []; // activations of units, by layer
  private colours: Record<string, string> = {};
  private readonly typed: Set<string>;
  private weights: Weights[] | null = null;
  private frame: Frame | undefined;
  private chosen: Place | null = null;
  private line: { layer: number; unit: number; input: number } | null = null;
  private images: (OffscreenCanvas | null)[] = [];
  private pointer: [number, number] | null = null;
  private readonly height: number;

  constructor(
    private readonly begin: Begin,
    init: string,
    private readonly tell: (text: string, x: number, y: number) => void,
    private readonly type: TypeEntry | null,
  ) {
    this.typed = entriesOf(init);
    const most = Math.max(...begin.layers.map((one) => one.units));
    this.height = Math.min(TALLEST, Math.max(90, 34 * most + 2 * PADDING));
    const canvas = this.canvas;
    canvas.className = "network";
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", t("network_label", { init }));
    canvas.addEventListener("pointermove", (event) => {
      this.pointer = [event.offsetX, event.offsetY];
      this.point();
    });
    canvas.addEventListener("pointerleave", () => this.leave());
    canvas.addEventListener("click", () => this.edit());
    canvas.addEventListener("blur", () => this.leave());
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  draw(frame: Frame): void {
    if (frame !== this.frame) {
      this.frame = frame;
      this.weights = frame.weights ? split(floats(frame.weights), this.begin.layers) : null;
      this.images = frame.layers.map((one, k) =>
        one.units && this.begin.data?.extent && this.inputs === 2
          ? unitImages(one.units, this.begin.layers[k]?.units ?? 0)
          : null,
      );
      this.curves = frame.layers.map((one) => (one.units && this.inputs === 1 ? floats(one.units) : null));
    }
    const width = this.canvas.clientWidth || 280;
    if (width !== this.laid) this.lay(width);
    for (const name of ["line", "ink", "card", "quiet", "accent"]) this.colours[name] = cssColour(`--${name}`);
    const context = fitted(this.canvas, width, this.height);
    context.clearRect(0, 0, width, this.height);
    this.drawLines(context);
    this.drawGroups(context);
    for (const place of this.places) this.drawUnit(context, place);
    if (this.pointer) this.point();
    else if (this.chosen) this.describe(this.chosen);
  }

  private get inputs(): number {
    return this.begin.layers[0]?.inputs ?? 0;
  }

  /** Give every unit its place: one column per layer, or several where it has many units. */
  private lay(width: number): void {
    this.laid = width;
    const few = this.few;
    const columns = [...(few ? [this.inputs] : []), ...this.begin.layers.map((one) => one.units)];
    const step = (width - 2 * PADDING) / columns.length;
    this.byLayer = columns.map((units, column) => {
      const layer = column - (few ? 1 : 0);
      const tall = this.height - 2 * PADDING;
      let across = 1;
      let size = Math.min(30, tall / units - 3);
      while (size < 12 && across * 14 < step - 6) {
        across += 1;
        size = Math.min(30, tall / Math.ceil(units / across) - 2, (step - 8) / across - 2);
      }
      size = Math.max(3, size);
      const rows = Math.ceil(units / across);
      const gap = Math.min(6, tall / rows - size);
      const top = (this.height - rows * (size + gap) + gap) / 2;
      const left = PADDING + (column + 0.5) * step - (across * (size + 2)) / 2;
      return Array.from({ length: units }, (_, unit) => ({
        layer, unit, size,
        x: left + (unit % across) * (size + 2),
        y: top + Math.floor(unit / across) * (size + gap),
      }));
    });
    this.places = this.byLayer.flat();
  }

  /** Whether inputs, and lines from them, are drawn. */
  private get few(): boolean {
    return this.inputs <= 8;
  }

  private at(layer: number, unit: number): Place | undefined {
    return this.byLayer[layer + (this.few ? 1 : 0)]?.[unit];
  }

  private drawLines(context: CanvasRenderingContext2D): void {
    const total = this.begin.layers.reduce((sum, one) => sum + one.units * one.inputs, 0);
    if (!this.weights || total > MOST_LINES || !this.few) return;
    const grey = this.colours["line"] ?? "";
    const thin = total > MANY_LINES ? 0.45 : 1;
    this.eachLine((from, to, value, largest, layer) => {
      const share = largest > 0 ? Math.abs(value) / largest : 0;
      if (total > MANY_LINES && share < LARGE) return;
      context.strokeStyle = share ? (value > 0 ? POSITIVE : NEGATIVE) : grey;
      context.lineWidth = share ? (0.4 + 2.4 * share) * thin : 1;
      context.globalAlpha = share ? (0.25 + 0.65 * share) * thin : 1;
      context.setLineDash(share ? [] : [2, 3]);
      curve(context, from, to);
      if (this.typed.size && this.typed.has(entryName(`W${layer + 1}`, to.unit, from.unit))) this.mark(context, from, to);
    });
    context.setLineDash([]);
    context.globalAlpha = 1;
    if (!this.line) return;
    const [from, to] = [this.at(this.line.layer - 1, this.line.input), this.at(this.line.layer, this.line.unit)];
    if (!from || !to) return;
    context.strokeStyle = this.colours["ink"] ?? "";
    context.lineWidth = 2.5;
    curve(context, from, to);
  }

  /** Put a dot on a weight that was typed. */
  private mark(context: CanvasRenderingContext2D, from: Place, to: Place): void {
    const [x0, y0, x1, y1] = ends(from, to);
    context.globalAlpha = 1;
    context.fillStyle = this.colours["ink"] ?? "";
    context.beginPath();
    context.arc((x0 + x1) / 2, (y0 + y1) / 2, 3, 0, 2 * Math.PI);
    context.fill();
  }

  private eachLine(
    visit: (from: Place, to: Place, value: number, largest: number, layer: number) => void,
  ): void {
    this.begin.layers.forEach((layer, k) => {
      const weight = this.weights?.[k]?.weight;
      if (!weight) return;
      const largest = weight.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
      for (let unit = 0; unit < layer.units; unit++) {
        for (let input = 0; input < layer.inputs; input++) {
          const [from, to] = [this.at(k - 1, input), this.at(k, unit)];
          if (from && to) visit(from, to, weight[unit * layer.inputs + input] ?? 0, largest, k);
        }
      }
    });
  }

  /** Join the units of a layer that compute the same by one band of a colour of their own. */
  private drawGroups(context: CanvasRenderingContext2D): void {
    this.frame?.layers.forEach((layer, k) => {
      layer.groups.forEach((group, which) => {
        const places = group.map((unit) => this.at(k, unit)).filter((one) => one !== undefined);
        const [first, last] = [places[0], places[places.length - 1]];
        if (!first || !last) return;
        context.strokeStyle = GROUP_COLOURS[which % GROUP_COLOURS.length] ?? "";
        context.lineWidth = 3;
        context.lineJoin = "round";
        const side = first.x - 5 - 3 * which;
        context.beginPath();
        context.moveTo(side, first.y + first.size / 2);
        context.lineTo(side, last.y + last.size / 2);
        for (const one of places) {
          context.moveTo(side, one.y + one.size / 2);
          context.lineTo(one.x, one.y + one.size / 2);
        }
        context.stroke();
        for (const one of places) {
          context.strokeRect(one.x - 1, one.y - 1, one.size + 2, one.size + 2);
        }
      });
    });
  }

  private drawUnit(context: CanvasRenderingContext2D, place: Place): void {
    const { layer, unit, x, y, size } = place;
    const picture = layer >= 0 ? this.images[layer] : null;
    if (picture) {
      context.imageSmoothingEnabled = true;
      const side = picture.height;
      context.drawImage(picture, unit * side, 0, side, side, x, y, size, size);
    } else {
      context.fillStyle = this.colours["card"] ?? "";
      context.fillRect(x, y, size, size);
      const curves = layer >= 0 ? this.curves[layer] : null;
      if (curves) this.drawCurve(context, place, curves);
      else if (layer < 0 && size >= 16) {
        context.fillStyle = this.colours["quiet"] ?? "";
        context.font = "italic 12px Georgia, serif";
        context.textAlign = "center";
        context.textBaseline = "middle";
        const name = this.inputs > 1 ? `x${subscript(unit)}` : "x";
        context.fillText(name, x + size / 2, y + size / 2);
      }
    }
    const chosen = this.chosen?.layer === layer && this.chosen.unit === unit;
    context.strokeStyle = this.colours[chosen ? "ink" : "line"] ?? "";
    context.lineWidth = chosen ? 2 : 1;
    context.strokeRect(x, y, size, size);
  }

  private drawCurve(context: CanvasRenderingContext2D, place: Place, all: Float32Array): void {
    const count = all.length / (this.begin.layers[place.layer]?.units ?? 1);
    const values = all.subarray(place.unit * count, (place.unit + 1) * count);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    context.strokeStyle = this.colours["accent"] ?? "";
    context.lineWidth = 1.5;
    context.beginPath();
    values.forEach((value, k) => {
      const share = high > low ? (value - low) / (high - low) : 0.5;
      const left = place.x + (place.size * k) / (count - 1);
      context.lineTo(left, place.y + place.size * (0.9 - 0.8 * share));
    });
    context.stroke();
  }

  private point(): void {
    if (!this.pointer) return;
    const [x, y] = this.pointer;
    const unit = this.places.find(
      (one) => x >= one.x && x <= one.x + one.size && y >= one.y && y <= one.y + one.size,
    );
    this.line = null;
    this.choose(unit ?? null);
    if (unit) {
      this.describe(unit);
      return;
    }
    let nearest = 4;
    let words = "";
    this.eachLine((from, to, value, _largest, layer) => {
      const distance = distanceTo(from, to, x, y);
      if (distance >= nearest) return;
      nearest = distance;
      this.line = { layer, unit: to.unit, input: from.unit };
      const name = this.begin.layers[layer]?.name ?? "";
      words = `${name}[${to.unit}, ${from.unit}] = ${number(value, 4)}`;
      if (this.typed.has(entryName(name, to.unit, from.unit))) words += ` (${t("typed")})`;
    });
    this.tell(words && [words, ...this.hint].join("\n"), x, y);
  }

  /** How an initial weight can be typed, where it can. */
  private get hint(): string[] {
    if (!this.type || !this.weights || !this.few) return [];
    return [t(this.frame?.step === 0 ? "type_weight" : "rewind_to_type")];
  }

  /** Let the weight that is pointed at be typed, or one of the chosen unit's. */
  private edit(): void {
    const { type, frame, weights, few } = this;
    const place = this.line ? this.at(this.line.layer, this.line.unit) : this.chosen;
    if (!type || !weights || !few || frame?.step !== 0 || !place || place.layer < 0) return;
    const { name, inputs } = this.begin.layers[place.layer] as LayerInfo;
    const own = weights[place.layer] as Weights;
    const entry = (kind: string, column: number, value: number | undefined): Entry => {
      const found = entryName(kind, place.unit, column);
      return { name: found, value: value ?? 0, typed: this.typed.has(found) };
    };
    const entries = Array.from({ length: inputs }, (_, input) =>
      entry(name, input, own.weight[place.unit * inputs + input]));
    entries.push(entry(name.replace("W", "b"), 0, own.bias[place.unit]));
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = this.pointer ?? [place.x + place.size, place.y];
    const chosen = this.line?.input ?? 0;
    this.tell("", 0, 0);
    typeEntry(entries, chosen, box.left + x + 8, box.top + y + 8, type);
  }

  private describe(place: Place): void {
    this.tell(this.words(place), place.x + place.size, place.y);
  }

  private words(place: Place): string {
    const { layer, unit } = place;
    if (layer < 0) return t("input_unit", { unit });
    const info = this.begin.layers[layer];
    const weights = this.weights?.[layer];
    const group = this.frame?.layers[layer]?.groups.find((one) => one.includes(unit));
    const lines = [t("unit_of_layer", { unit, layer: layer + 1 })];
    if (info && weights) {
      const row = [...weights.weight.slice(unit * info.inputs, (unit + 1) * info.inputs)];
      const shown = row.slice(0, 6).map((one) => number(one)).join("; "); // 0,5 has a comma of its own
      lines.push(`${info.name}[${unit}] = ${shown}${row.length > 6 ? "; \u2026" : ""}`);
      lines.push(`${info.name.replace("W", "b")}[${unit}] = ${number(weights.bias[unit])}`);
    }
    if (group) lines.push(t("equal_units", { units: group.join(", ") }));
    return [...lines, ...this.hint].join("\n");
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Enter") {
      event.preventDefault(); // it would send the form that opens
      this.edit();
    }
    const moves: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const now = this.places.findIndex(
      (one) => one.layer === this.chosen?.layer && one.unit === this.chosen.unit,
    );
    const count = this.places.length;
    const next = this.places[(now + move + count) % count] ?? null;
    this.choose(next);
    if (next) this.describe(next);
  }

  private choose(place: Place | null): void {
    const same = place?.layer === this.chosen?.layer && place?.unit === this.chosen?.unit;
    this.chosen = place;
    if (!same && this.frame && !this.pointer) this.draw(this.frame);
  }

  private leave(): void {
    this.pointer = null;
    this.chosen = null;
    this.line = null;
    this.tell("", 0, 0);
    if (this.frame) this.draw(this.frame);
  }
}

/** Return an entry's name as an init's rules spell it. */
function entryName(parameter: string, row: number, column: number): string {
  return `${parameter}[${row},${column}]`;
}

/** Return the weights and biases of every layer: W1, b1, W2, ... one behind the other. */
function split(values: Float32Array, layers: LayerInfo[]): Weights[] {
  let at = 0;
  return layers.map(({ units, inputs }) => {
    const weight = values.subarray(at, at + units * inputs);
    const bias = values.subarray(at + units * inputs, at + units * inputs + units);
    at += units * inputs + units;
    return { weight, bias };
  });
}

function curve(context: CanvasRenderingContext2D, from: Place, to: Place): void {
  const [x0, y0, x1, y1] = ends(from, to);
  const middle = (x0 + x1) / 2;
  context.beginPath();
  context.moveTo(x0, y0);
  context.bezierCurveTo(middle, y0, middle, y1, x1, y1);
  context.stroke();
}

function ends(from: Place, to: Place): [number, number, number, number] {
  return [from.x + from.size, from.y + from.size / 2, to.x, to.y + to.size / 2];
}

/** Return how far a point is from a line's curve. */
function distanceTo(from: Place, to: Place, x: number, y: number): number {
  const [x0, y0, x1, y1] = ends(from, to);
  if (x < x0 || x > x1) return Infinity;
  const middle = (x0 + x1) / 2;
  let nearest = Infinity;
  for (let k = 0; k <= 16; k++) {
    const s = k / 16;
    const [a, b, c, d] = [(1 - s) ** 3, 3 * (1 - s) ** 2 * s, 3 * (1 - s) * s ** 2, s ** 3];
    const left = a * x0 + b * middle + c * middle + d * x1;
    const top = (a + b) * y0 + (c + d) * y1;
    nearest = Math.min(nearest, Math.hypot(left - x, top - y));
  }
  return nearest;
}

function subscript(value: number): string {
  return [...String(value)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)] ?? "").join("");
}
