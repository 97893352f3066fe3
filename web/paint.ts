// Frames -> pixels: answers, maps of units, histograms. Colours are those of the reports.

import { bytes, floats, type Begin, type Histogram, type Task } from "./protocol";
import { cssColour, fitted } from "./dom";

type Rgb = [number, number, number];

export const CLASS_COLOURS = [
  "#5E3C99", "#E5A50A", "#1B9E77", "#C2185B", "#4F6D7A",
  "#8C6D31", "#7FB800", "#00A6C0", "#A04000", "#7F7F7F",
];
const CLASS_RGB = CLASS_COLOURS.map(rgb);
const OTHER: Rgb = [127, 127, 127];
const LOW = rgb("#5E3C99");
const HIGH = rgb("#E5A50A");
const WHITE: Rgb = [250, 250, 250];
const DARK: Rgb = [28, 28, 32];

export const GRID = 50;

const RAMPS = new Map<string, Uint8ClampedArray>();

/** Return 256 colours from one class over the paper's to the other. */
function ramp(strength: number): Uint8ClampedArray {
  const middle = isDark() ? DARK : WHITE;
  const key = `${strength} ${middle}`;
  let found = RAMPS.get(key);
  if (!found) {
    found = new Uint8ClampedArray(256 * 4);
    for (let k = 0; k < 256; k++) {
      const side = k / 127.5 - 1;
      const share = strength * Math.abs(side);
      const end = side < 0 ? LOW : HIGH;
      for (let c = 0; c < 3; c++) {
        found[4 * k + c] = (1 - share) * (middle[c] ?? 0) + share * (end[c] ?? 0);
      }
      found[4 * k + 3] = 255;
    }
    RAMPS.set(key, found);
  }
  return found;
}

/** Write a square of values 0 to 255 into pixels, the first row at the bottom. */
function coloured(values: Uint8Array, offset: number, size: number, colours: Uint8ClampedArray,
                  target: ImageData, left: number): void {
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const value = values[offset + row * size + column] ?? 0;
      const at = 4 * ((size - 1 - row) * target.width + left + column);
      for (let c = 0; c < 4; c++) target.data[at + c] = colours[4 * value + c] ?? 0;
    }
  }
}

function image(width: number, height: number): [OffscreenCanvas, ImageData] {
  return [new OffscreenCanvas(width, height), new ImageData(width, height)];
}

/** Return the answer over the plane, 50 x 50 pixels. */
export function answerImage(answer: string, task: Task): OffscreenCanvas {
  const values = bytes(answer);
  const [canvas, pixels] = image(GRID, GRID);
  if (task === "classes") {
    for (let row = 0; row < GRID; row++) {
      for (let column = 0; column < GRID; column++) {
        const colour = CLASS_RGB[values[row * GRID + column] ?? 0] ?? OTHER;
        const at = 4 * ((GRID - 1 - row) * GRID + column);
        for (let c = 0; c < 3; c++) pixels.data[at + c] = colour[c] ?? 0;
        pixels.data[at + 3] = 150;
      }
    }
  } else {
    coloured(values, 0, GRID, ramp(0.75), pixels, 0);
  }
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  return canvas;
}

/** Return the maps of a layer's units side by side, each a square of pixels. */
export function unitImages(units: string, count: number): OffscreenCanvas {
  const values = bytes(units);
  const side = Math.round(Math.sqrt(values.length / count));
  const [canvas, pixels] = image(side * count, side);
  const colours = ramp(0.9);
  for (let k = 0; k < count; k++) coloured(values, k * side * side, side, colours, pixels, k * side);
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  return canvas;
}

/** Draw the data's points over the plane. */
export function drawPoints(context: CanvasRenderingContext2D, begin: Begin, size: number): void {
  if (!begin.data?.extent) return;
  const { x, y, extent } = begin.data;
  const [x0 = 0, x1 = 1, y0 = 0, y1 = 1] = extent;
  const radius = Math.max(1.6, size / 110);
  context.lineWidth = 0.7;
  context.strokeStyle = isDark() ? "#b9b9c4" : "#ffffff";
  x.forEach(([a = 0, b = 0], k) => {
    context.beginPath();
    const [left, top] = [(size * (a - x0)) / (x1 - x0), size * (1 - (b - y0) / (y1 - y0))];
    context.arc(left, top, radius, 0, 2 * Math.PI);
    context.fillStyle = CLASS_COLOURS[y[k] ?? 0] ?? "#7F7F7F";
    context.fill();
    context.stroke();
  });
}

/** Draw a fitted curve over the points of a regression. */
export function drawCurve(context: CanvasRenderingContext2D, begin: Begin, answer: string,
                          colour: string, width: number, height: number): void {
  if (!begin.data?.extent) return;
  const [x0 = 0, x1 = 1, y0 = 0, y1 = 1] = begin.data.extent;
  const top = (y: number) => height * (1 - (y - y0) / (y1 - y0));
  context.fillStyle = cssColour("--quiet");
  context.globalAlpha = 0.55;
  const points = begin.data;
  points.x.forEach(([x = 0], k) => {
    const left = (width * (x - x0)) / (x1 - x0);
    context.fillRect(left - 1, top(points.y[k] ?? 0) - 1, 2, 2);
  });
  context.globalAlpha = 1;
  context.strokeStyle = colour;
  context.lineWidth = 2.5;
  context.beginPath();
  const values = floats(answer);
  values.forEach((value, k) => {
    context.lineTo((width * k) / (values.length - 1), Math.max(-9e3, Math.min(9e3, top(value))));
  });
  context.stroke();
}

/** Draw a confusion table: rows are true classes, columns are answers. */
export function drawConfusion(context: CanvasRenderingContext2D, answer: string, colour: string,
                              size: number): void {
  const table = new Uint32Array(bytes(answer).buffer);
  const classes = Math.round(Math.sqrt(table.length));
  const cell = size / classes;
  const card = cssColour("--card"), wrong = cssColour("--wrong");
  context.font = `${Math.max(8, Math.round(cell / 3.2))}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let row = 0; row < classes; row++) {
    const numbers = [...table.slice(row * classes, (row + 1) * classes)];
    const sum = numbers.reduce((a, b) => a + b, 0) || 1;
    numbers.forEach((one, column) => {
      const share = one / sum;
      const fill = row === column ? colour : wrong;
      context.globalAlpha = share;
      context.fillStyle = fill;
      context.fillRect(column * cell + 0.5, row * cell + 0.5, cell - 1, cell - 1);
      context.globalAlpha = 1;
      if (!one) return;
      context.fillStyle = isLight(fill, card, share) ? "#000000" : "#ffffff";
      context.fillText(String(one), (column + 0.5) * cell, (row + 0.5) * cell);
    });
  }
}

/** Whether black is easier to read than white on a share of a colour, "#rrggbb", over another. */
function isLight(colour: string, under: string, share: number): boolean {
  const luminance = [0.2126, 0.7152, 0.0722].reduce((sum, weight, k) => {
    const [above, below] = [colour, under].map((one) => parseInt(one.slice(1 + 2 * k, 3 + 2 * k), 16) / 255);
    const mixed = share * (above ?? 0) + (1 - share) * (below ?? 0);
    return sum + weight * mixed ** 2.2;
  }, 0);
  return luminance > 0.18; // where both have a contrast of 4.6
}

/** Draw what an init draws: bars of the weights, a line for the exact density. */
export function drawHistogram(canvas: HTMLCanvasElement, found: Histogram, colour: string,
                              width: number, height: number): void {
  const context = fitted(canvas, width, height);
  context.clearRect(0, 0, width, height);
  const total = found.counts.reduce((a, b) => a + b, 0) || 1;
  const [low, high] = [found.edges[0] ?? 0, found.edges[found.edges.length - 1] ?? 1];
  const across = (x: number) => (width * (x - low)) / (high - low || 1);
  const bars = found.counts.map((one, k) => {
    const step = (found.edges[k + 1] ?? 1) - (found.edges[k] ?? 0);
    return one / total / (step || 1);
  });
  const line = found.density ?? [];
  const most = Math.max(...bars, ...line.map(([, p]) => p)) || 1;
  const up = (p: number) => (height - 3) * (p / most);
  context.fillStyle = colour;
  context.globalAlpha = 0.45;
  bars.forEach((p, k) => {
    const left = across(found.edges[k] ?? 0);
    const right = across(found.edges[k + 1] ?? 0);
    context.fillRect(left, height - up(p), Math.max(1, right - left - 0.5), up(p));
  });
  context.globalAlpha = 1;
  if (!line.length) return;
  context.strokeStyle = cssColour("--ink");
  context.lineWidth = 1.2;
  context.beginPath();
  for (const [x, p] of line) context.lineTo(across(x), height - up(p));
  context.stroke();
}

export function isDark(): boolean {
  const chosen = document.documentElement.dataset["theme"];
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function rgb(hex: string): Rgb {
  return [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16)) as Rgb;
}
