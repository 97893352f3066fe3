// What the server sends: the records of its events and options, as JSON has them.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A small study of `compare`, by compare's own names. */
export interface Scene {
  study: string;
  layer_dims: number[];
  nonlinearity: string;
  inits: string[];
  seed: number;
  [field: string]: Json;
}

export type Task = "binary" | "classes" | "regression";

export interface StudyOption {
  name: string;
  title: string;
  task: Task;
  inputs: number;
  scene: Scene;
  fields: string[];
}

export interface InitOption {
  name: string;
  formula: string;
  paper: string;
  summary: string;
  family: string;
}

export interface GuidedScene {
  name: string;
  title: string;
  sentences: string[];
  scene: Scene;
}

export interface Limits {
  inits: number;
  hidden_layers: number;
  width: number;
}

export interface Options {
  version: string;
  language: string;
  languages: Record<string, string>;
  words: Record<string, string>;
  scene: Scene;
  studies: StudyOption[];
  nonlinearities: string[];
  optimizers: string[];
  inits: InitOption[];
  guided: GuidedScene[];
  limits: Limits;
}

export interface Histogram {
  edges: number[];
  counts: number[];
  density: [number, number][] | null;
  layer: string;
}

export interface PanelInfo {
  init: string;
  formula: string;
  paper: string;
  colour: string;
  histogram: Histogram | null;
}

export interface LayerInfo {
  name: string;
  units: number;
  inputs: number;
  nonlinearity: string;
}

export interface Begin {
  scene: Scene;
  command: string;
  task: Task;
  traceable: boolean; // whether step mode can show its updates
  chance: number | null;
  frames: number[];
  data: { x: number[][]; y: number[]; extent: number[] | null } | null;
  layers: LayerInfo[];
  panels: PanelInfo[];
}

export interface LayerNumbers {
  q: number | null;
  g: number | null;
  c: number | null;
  dead: number | null;
  saturated: number | null;
  distinct: number | null;
  groups: number[][];
  units: string | null;
}

export interface Frame {
  panel: number;
  step: number;
  loss: number | null;
  score: number | null;
  answer: string | null;
  layers: LayerNumbers[];
  weights: string | null;
}

export interface Done {
  panel: number;
  outcome: "finished" | "diverged" | "cancelled";
  metrics: Record<string, number | null>;
  diverged_step: number | null;
  first_nonfinite: string | null;
  sentence: string;
  said: string[]; // names of what it says
}

export interface SeedDone {
  init: string;
  panel: number;
  seed: number;
  outcome: "finished" | "diverged" | "cancelled";
  score: number | null;
  metric: string;
  loss: number | null;
}

export interface InitSummary {
  init: string;
  median: number | null;
  low: number | null;
  high: number | null;
  failed: number;
  why: string;
  said: [string, number][]; // names of what it says, and at how many seeds
  diagnosed: number; // seeds
}

export interface VerdictInfo {
  headline: string;
  kind: string;
  best: string[];
  metric: string;
  evidence: string;
  next: string;
  inits: InitSummary[];
  better: "higher" | "lower";
}

export interface Events {
  begin: Begin;
  frame: Frame;
  done: Done;
  end: { seconds: number };
  seed: SeedDone;
  verdict: VerdictInfo;
  waiting: { reason: string };
  dropped: { frames: number };
  failed: { message: string; refused: boolean }; // whether a value of the scene is at fault
}

export type Handlers = { [Name in keyof Events]?: (data: Events[Name]) => void };

export const EVENT_NAMES: (keyof Events)[] = [
  "begin", "frame", "done", "end", "seed", "verdict", "waiting", "dropped", "failed",
];

/** What a recorded page holds: the words, the events of a scene, and those of its seeds. */
export interface Recorded {
  version: string;
  language: string;
  words: Record<string, string>;
  story: Story | null;
  events: [keyof Events, unknown][];
}

/** What a guided scene says. */
export interface Story {
  title: string;
  sentences: string[];
}

const NONFINITE: Record<string, number> = { inf: Infinity, "-inf": -Infinity, nan: NaN };

/** Read numbers that JSON does not have; for `JSON.parse`. */
export function withNonfinite(_name: string, value: unknown): unknown {
  return typeof value === "string" && value in NONFINITE ? NONFINITE[value] : value;
}

export function bytes(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const found = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) found[k] = text.charCodeAt(k);
  return found;
}

export function floats(base64: string): Float32Array {
  return new Float32Array(bytes(base64).buffer);
}
