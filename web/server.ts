// The page's way to its server: the token for a cookie, requests, and one stream of events.

import {
  EVENT_NAMES,
  type Events,
  type Handlers,
  type Options,
  type Scene,
  withNonfinite,
} from "./protocol";

const PATIENCE = 2_000; // milliseconds that a browser may take to reconnect, without a word

/** A request that the server did not accept; `field` names the setting at fault. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly field: string | null,
  ) {
    super(message);
  }
}

/** Exchange the token in the address for a cookie, and take it out of the address. */
export async function openSession(): Promise<void> {
  const [token, ...rest] = location.hash.slice(1).split("&");
  if (!token || token.includes("=")) return;
  history.replaceState(null, "", rest.length ? `#${rest.join("&")}` : location.pathname);
  await post("/api/session", { token });
}

export async function options(language: string | null): Promise<Options> {
  return get(language ? `/api/options?lang=${encodeURIComponent(language)}` : "/api/options");
}

export async function beginRun(scene: Scene): Promise<{ run: string; scene: Scene }> {
  return (await post("/api/runs", scene)).json();
}

export async function beginSeeds(scene: Scene, seeds: number): Promise<{ run: string }> {
  return (await post("/api/seeds", { scene, seeds })).json();
}

export async function stopRun(run: string): Promise<void> {
  await post(`/api/runs/${run}/stop`, {});
}

export interface TraceInfo {
  sentence: string;
}

export async function trace(run: string, panel: number, step: number): Promise<TraceInfo> {
  return get(`/api/runs/${run}/trace.json?panel=${panel}&step=${step}`);
}

export function traceImage(run: string, panel: number, step: number): string {
  return `/api/runs/${run}/trace.svg?panel=${panel}&step=${step}`;
}

export async function studyFile(run: string): Promise<Blob> {
  return (await answered(await fetch(`/api/runs/${run}/study.json`))).blob();
}

/** Follow a run; the browser itself reconnects, and goes on behind the last event it has. */
export function follow(
  run: string, handlers: Handlers, connection: (lost: boolean) => void,
): () => void {
  const source = new EventSource(`/api/runs/${run}/events`);
  let silent = 0;
  const close = () => {
    clearTimeout(silent);
    source.close();
  };
  for (const name of EVENT_NAMES) {
    source.addEventListener(name, (event) => {
      const data = JSON.parse((event as MessageEvent<string>).data, withNonfinite) as never;
      if (name === "end" || name === "failed") close();
      (handlers[name] as ((data: Events[typeof name]) => void) | undefined)?.(data);
    });
  }
  source.onerror = () => {
    clearTimeout(silent);
    const wait = source.readyState === EventSource.CLOSED ? 0 : PATIENCE;
    silent = window.setTimeout(() => connection(true), wait);
  };
  source.onopen = () => {
    if (silent) connection(false);
    clearTimeout(silent);
    silent = 0;
  };
  return close;
}

async function get<Answer>(path: string): Promise<Answer> {
  return (await answered(await fetch(path, { headers: { Accept: "application/json" } }))).json();
}

async function post(path: string, body: unknown): Promise<Response> {
  return answered(
    await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
}

async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  const said = (await response.json().catch(() => ({}))) as { message?: string; field?: string };
  const message = said.message ?? `${response.status} ${response.statusText}`;
  throw new Refused(message, response.status, said.field ?? null);
}
