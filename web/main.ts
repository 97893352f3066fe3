// The page: a scene is chosen, its frames come, panels show them side by side.

import "./lab.css";
import { Controls } from "./controls";
import { withEntry } from "./entries";
import { byId, count, h, inOwnWords, t, useWords } from "./dom";
import { copy, save, saveCsv, savePng, sayOn, stepWords } from "./exporting";
import { setIcon } from "./icons";
import { holdsScene, linkOf, sceneOfLink } from "./link";
import { Losses } from "./losses";
import { Panel } from "./panel";
import { Player } from "./player";
import type { Handlers, Options, Recorded, Scene } from "./protocol";
import { bytes, withNonfinite } from "./protocol";
import { Recording } from "./recording";
import { Seeds } from "./seeds";
import * as server from "./server";
import { Stories, tellStory } from "./stories";
import type { TypeEntry } from "./weight";

const MANY = 50; // seeds
const SETTLED = 350; // milliseconds without a change before a scene is run
const AGAIN = 2_000; // milliseconds until a busy server is asked again
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const THEME = "initlab theme"; // of what the browser keeps

class Page {
  private scene: Scene | null = null;
  private run: string | null = null;
  private seedsRun: string | null = null;
  private stopFollowing: (() => void) | null = null;
  private stopFollowingSeeds: (() => void) | null = null;
  private changing = false; // a scene was chosen, and its run has not begun
  private seedsAsked = false; // meanwhile
  private recording: Recording | null = null;
  private panels: Panel[] = [];
  private seeds: Seeds | null = null;
  private controls: Controls | null = null;
  private stories: Stories | null = null;
  private settling = 0;
  private followed = ""; // the link that was last read or written
  private notice = ""; // of what was wrong before the first run began
  private drawing = false;
  private typedIn: number | null = null; // the panel of a weight that was typed: it is looked at next
  private readonly losses = new Losses(byId("losses"));
  private readonly player = new Player(
    (place) => this.show(place),
    () => this.transport(),
  );

  constructor(private readonly options: Options | null) {
    for (const icon of ["rewind", "back", "play", "forward", "theme"] as const) {
      setIcon(byId(icon), icon);
    }
    byId("play").addEventListener("click", () => this.player.toggle());
    byId("back").addEventListener("click", () => this.player.move(-1));
    byId("forward").addEventListener("click", () => this.player.move(1));
    byId("rewind").addEventListener("click", () => this.player.rewind());
    byId<HTMLInputElement>("place").addEventListener("input", (event) => {
      const place = Number((event.target as HTMLInputElement).value); // pausing puts it back
      this.player.pause();
      this.player.seek(place);
    });
    const speed = byId<HTMLSelectElement>("speed");
    speed.append(...SPEEDS.map((one) =>
      h("option", { value: String(one), selected: one === 1 }, `${one}\u00d7`)));
    speed.addEventListener("change", () => (this.player.speed = Number(speed.value)));
    document.addEventListener("keydown", (event) => this.key(event));
    byId("theme").addEventListener("click", () => this.changeTheme());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    new ResizeObserver(() => this.redraw()).observe(byId("panels"));
    byId("csv").addEventListener("click", () => this.recording && saveCsv(this.recording));
    byId("png").addEventListener("click", () =>
      this.recording && void savePng(this.recording, this.panels, this.player.place));
    byId("copy-command").addEventListener("click", (event) =>
      copy(byId("command").textContent ?? "", event.currentTarget as HTMLElement));
    byId("close-numbers").addEventListener("click", () => byId<HTMLDialogElement>("numbers").close());
  }

  /** Replay a recorded scene, without a server. */
  replay(recorded: Recorded): void {
    document.body.classList.add("recorded");
    tellStory(recorded.story);
    const handlers = this.handlers();
    for (const [name, data] of recorded.events) (handlers[name] as (data: unknown) => void)?.(data);
  }

  /** Let scenes be chosen, and run the first one. */
  live(): void {
    const options = this.options as Options;
    const linked = sceneOfLink(options.studies);
    const scene = linked ?? options.scene;
    this.controls = new Controls(options, scene, (changed) => {
      const { study, inits } = this.scene ?? scene;
      if (changed.study !== study || String(changed.inits) !== String(inits)) this.stories?.end();
      this.want(changed);
    });
    byId("new-seed").addEventListener("click", () => {
      if (this.scene) this.choose({ ...this.scene, seed: Math.floor(Math.random() * 10_000) });
    });
    byId("try-seeds").addEventListener("click", () => void this.trySeeds());
    byId("stop").addEventListener("click", () => {
      for (const run of [this.run, this.seedsRun]) if (run) void server.stopRun(run).catch(() => {});
    });
    byId("again").addEventListener("click", () => {
      if (this.scene) this.want(this.scene, 0);
    });
    byId("copy-link").addEventListener("click", (event) => this.copyLink(event.currentTarget as HTMLElement));
    byId("show-settings").addEventListener("click", (event) => {
      const shown = document.body.classList.toggle("settings-shown");
      (event.currentTarget as HTMLElement).setAttribute("aria-expanded", String(shown));
    });
    byId("study-file").addEventListener("click", () => void this.exportStudy());
    this.stories = new Stories(options.guided, (chosen) => this.choose(chosen));
    this.stories.openAt(scene);
    this.languages(options);
    this.followed = location.hash;
    window.addEventListener("hashchange", () => {
      this.followed = location.hash;
      if (!holdsScene()) return;
      const other = sceneOfLink(options.studies);
      if (!other) this.say(t("bad_link"), true);
      else if (JSON.stringify(other) !== JSON.stringify(this.scene)) {
        this.stories?.end();
        this.choose(other);
      }
    });
    if (!linked && holdsScene()) this.notice = t("bad_link");
    this.want(scene, 0);
  }

  /** Copy the link of the scene; where a value of it is not accepted, of the last one that was. */
  private copyLink(button: HTMLElement): void {
    if (!this.controls?.complains) {
      if (this.scene) copy(linkOf(this.scene), button);
    } else if (this.recording) copy(linkOf(this.recording.begin.scene), button, t("copied_accepted"));
    else sayOn(button, t("nothing_accepted"));
  }

  /** Show a scene's settings and run it. */
  private choose(scene: Scene): void {
    this.controls?.use(scene);
    this.want(scene, 0);
  }

  private want(scene: Scene, wait = SETTLED): void {
    this.scene = scene;
    this.changing = true;
    this.seedsAsked = false; // they were those of another scene
    clearTimeout(this.settling);
    this.settling = window.setTimeout(() => void this.start(scene), wait);
  }

  private async start(scene: Scene): Promise<void> {
    this.settle(t("training"));
    try {
      const { run, scene: canonical } = await server.beginRun(scene);
      if (scene !== this.scene) return; // changed again
      const { studies } = this.options as Options;
      if (location.hash !== this.followed && sceneOfLink(studies)) return; // a link, to be followed
      this.scene = canonical;
      this.run = run;
      this.controls?.use(canonical);
      this.controls?.complain(null);
      history.replaceState(null, "", linkOf(canonical));
      this.followed = location.hash;
      this.stopFollowing?.();
      this.stopFollowing = server.follow(run, this.handlers(), this.connection);
    } catch (error) {
      if (scene !== this.scene) return;
      this.refused(error);
      const busy = error instanceof server.Refused && error.status === 429;
      if (busy) this.want(scene, AGAIN);
    }
  }

  /** Make a number that was typed part of a panel's init. */
  private typed(panel: number, entry: string, text: string | null): void {
    const init = this.scene?.inits[panel];
    if (init === undefined) return;
    this.typedIn = panel;
    this.controls?.putInit(panel, withEntry(init, entry, text));
  }

  private readonly connection = (lost: boolean): void => {
    if (lost) this.say(t("connection_lost"), true);
    else this.settle("");
  };

  private refused(error: unknown): void {
    this.changing = this.seedsAsked = false;
    this.typedIn = null;
    if (error instanceof server.Refused) {
      if (error.status === 401) this.say(t("no_session"), true);
      else {
        this.controls?.complain(error.field, inOwnWords([t("not_accepted")], error.message));
        this.say(error.message, true, "en");
      }
    } else this.say(t("connection_lost"), true);
  }

  private handlers(): Handlers {
    let dropped = 0;
    let begun = false;
    return {
      begin: (begin) => {
        begun = true;
        this.begin(new Recording(begin));
      },
      frame: (frame) => {
        if (frame.step === 0) this.say(t("training"));
        this.recording?.add(frame);
        this.grown();
      },
      done: (done) => {
        this.recording?.finish(done);
        this.panels[done.panel]?.finish(done);
        this.grown();
      },
      end: () => {
        byId("stop").hidden = !this.seedsRun;
        if (begun && this.recording) {
          this.recording.ended = true;
          this.stopped();
          this.grown();
        } else { // stopped while it waited
          this.changing = false;
          byId("again").hidden = false;
        }
        this.say(dropped ? t("frames_dropped", { count: count(dropped) }) : "");
      },
      waiting: ({ reason }) => this.say(t(reason)),
      dropped: ({ frames }) => (dropped += frames),
      failed: ({ message, refused }) => {
        byId("stop").hidden = !this.seedsRun;
        if (!begun) {
          this.changing = this.seedsAsked = false;
          this.typedIn = null;
          if (refused) this.controls?.complain("inits", inOwnWords([t("not_accepted")], message));
          else byId("again").hidden = false; // the same scene may do with another process
        }
        this.say(message, true, "en");
      },
    };
  }

  /** Say of panels whose training was stopped that it was, and play no further. */
  private stopped(): void {
    const { recording } = this;
    if (!recording || recording.done.every((one) => one)) return;
    this.panels.forEach((panel, k) => !recording.done[k] && panel.stopped());
    this.player.endAt(recording.ready);
    byId("again").hidden = false;
  }

  private begin(recording: Recording): void {
    byId("stop").hidden = false;
    byId("again").hidden = true;
    if (this.notice) this.say(this.notice, true);
    this.notice = "";
    const { begin } = recording;
    if (!this.recording || !areOneStudy(begin.scene, this.recording.begin.scene)) this.forgetSeeds();
    this.recording = recording;
    this.panels = begin.panels.map((info, k) => {
      const numbers = this.controls && begin.traceable ? () => void this.numbers(k) : null;
      const type: TypeEntry | null = this.controls && ((entry, text) => this.typed(k, entry, text));
      return new Panel(begin, info, tell, numbers, type);
    });
    byId("panels").replaceChildren(...this.panels.map((one) => one.element));
    byId("panels").classList.toggle("wide", this.panels.length === 1);
    for (const one of this.panels) one.resized();
    byId("command").textContent = begin.command;
    byId<HTMLInputElement>("place").max = String(recording.last);
    this.player.reset(recording.last);
    this.losses.show(recording);
    const typedIn = this.typedIn === null ? undefined : this.panels[this.typedIn];
    this.typedIn = null;
    if (typedIn) typedIn.focus(); // its first frame is what the reader looks at
    else if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.player.play();
    this.changing = false;
    if (this.seedsAsked) void this.trySeeds();
  }

  /** Draw what came, once per screen picture. */
  private grown(): void {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      if (!this.recording) return;
      this.losses.show(this.recording);
      this.player.reached(this.recording.ready);
    });
  }

  /** Show a place; return whether every panel has a frame for it. */
  private show(place: number): boolean {
    const { recording } = this;
    if (!recording) return false;
    const frames = this.panels.map((_, k) => recording.at(k, place));
    frames.forEach((frame, k) => frame && this.panels[k]?.show(frame));
    this.losses.at(place);
    return frames.every((frame) => frame);
  }

  private transport(): void {
    const { recording, player } = this;
    if (!recording) return;
    const play = byId("play");
    setIcon(play, player.playing ? "pause" : "play");
    const label = t(player.playing ? "pause" : "play");
    if (play.title !== label) {
      play.title = label;
      play.setAttribute("aria-label", label);
    }
    const place = byId<HTMLInputElement>("place");
    place.value = String(player.place);
    const words = stepWords(recording, player.place);
    place.setAttribute("aria-valuetext", words);
    byId("step").textContent = words;
  }

  private redraw(): void {
    for (const one of this.panels) one.resized();
    this.losses.resized();
    this.player.again();
  }

  private key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, dialog")) return;
    const act: Record<string, () => void> = {
      ArrowLeft: () => this.player.move(-1),
      ArrowRight: () => this.player.move(1),
      Home: () => this.player.rewind(),
    };
    if (event.key === " " && !target.closest("button, a, summary")) {
      event.preventDefault();
      this.player.toggle();
    } else if (act[event.key]) {
      event.preventDefault();
      act[event.key]?.();
    }
  }

  private async trySeeds(): Promise<void> {
    this.seedsAsked = this.changing;
    if (!this.scene || !this.recording || this.changing) return;
    this.forgetSeeds();
    const seeds = new Seeds(this.recording.begin, MANY, (seed) => {
      if (this.scene) this.choose({ ...this.scene, seed });
      byId("panels").scrollIntoView(); // where it is to be watched
    });
    this.seeds = seeds;
    byId("many").scrollIntoView({ block: "nearest" });
    const ended = () => {
      this.seedsRun = null;
      byId("stop").hidden = this.recording?.ended ?? true;
    };
    try {
      const { run } = await server.beginSeeds(this.scene, MANY);
      if (this.seeds !== seeds) return; // forgotten meanwhile
      this.seedsRun = run;
      byId("stop").hidden = false;
      this.stopFollowingSeeds = server.follow(run, {
        seed: (seed) => seeds.add(seed),
        verdict: (verdict) => seeds.conclude(verdict),
        waiting: ({ reason }) => this.say(t(reason)),
        failed: ({ message }) => {
          ended();
          this.say(message, true, "en");
        },
        end: () => {
          ended();
          this.say("");
        },
      }, this.connection);
    } catch (error) {
      if (this.seeds === seeds) this.refused(error);
    }
  }

  private forgetSeeds(): void {
    this.stopFollowingSeeds?.();
    this.seeds = this.seedsRun = null;
    byId("many").hidden = true;
  }

  private async numbers(panel: number): Promise<void> {
    const { recording, run } = this;
    if (!recording || !run) return;
    this.player.pause();
    const step = recording.at(panel, this.player.place)?.step ?? 0;
    const image = byId<HTMLImageElement>("numbers-image");
    const words = t("numbers_title", { step: count(step), init: recording.begin.panels[panel]?.init ?? "" });
    byId("numbers-title").textContent = words;
    image.alt = words;
    image.src = server.traceImage(run, panel, step);
    byId("numbers-sentence").textContent = "";
    byId<HTMLDialogElement>("numbers").showModal();
    try {
      byId("numbers-sentence").textContent = (await server.trace(run, panel, step)).sentence;
    } catch (error) {
      byId("numbers-sentence").textContent = error instanceof Error ? error.message : String(error);
    }
  }

  private languages(options: Options): void {
    const select = byId<HTMLSelectElement>("language");
    select.append(...Object.entries(options.languages ?? {}).map(([value, label]) =>
      h("option", { value, selected: value === options.language, lang: value }, label)));
    select.addEventListener("change", () => {
      sessionStorage.setItem("language", select.value);
      location.reload();
    });
  }

  private changeTheme(): void {
    const root = document.documentElement;
    const dark = root.dataset["theme"]
      ? root.dataset["theme"] === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset["theme"] = dark ? "light" : "dark";
    keep(THEME, root.dataset["theme"]);
    this.redraw();
  }

  /** Save the study of the run; the page stays, whatever the server says. */
  private async exportStudy(): Promise<void> {
    if (!this.run) return;
    try {
      save(await server.studyFile(this.run), "study.json");
    } catch (error) {
      const early = error instanceof server.Refused && error.status === 409;
      if (early) this.say(t("not_ended"));
      else if (error instanceof server.Refused) this.say(t(error.status === 401 ? "no_session" : "forgotten"), true);
      else this.say(t("connection_lost"), true);
    }
  }

  /** Say words in place of what was wrong. */
  private settle(words: string): void {
    byId("status").classList.remove("wrong");
    this.say(words);
  }

  private say(words: string, wrong = false, language = ""): void {
    const status = byId("status");
    if (!wrong && status.classList.contains("wrong")) return; // what is wrong stays to be read
    status.textContent = words;
    if (!this.recording) byId("panels").replaceChildren(h("p", { class: "empty" }, words));
    status.lang = language || document.documentElement.lang;
    status.classList.toggle("wrong", wrong);
  }
}

/** Whether two scenes are the same but for their seeds. */
function areOneStudy(one: Scene, other: Scene): boolean {
  return JSON.stringify({ ...one, seed: 0 }) === JSON.stringify({ ...other, seed: 0 });
}

/** Show words beside a place of an element; none hides them. */
function tell(text: string, anchor: HTMLElement, x: number, y: number): void {
  const tip = byId("tip");
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const box = anchor.getBoundingClientRect();
  const left = Math.min(box.left + x + 14, document.documentElement.clientWidth - tip.offsetWidth - 8);
  tip.style.transform = `translate(${Math.max(4, left)}px, ${box.top + y + 14}px)`;
}

/** Let the browser keep a choice; some keep nothing, of a file for one. */
function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch { /* it is chosen again */ }
}

function kept(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Return what a recorded page holds; null of a page that a server sent. */
async function recordedScene(): Promise<Recorded | null> {
  const held = document.getElementById("recorded");
  if (!held?.textContent) return null;
  const { deflate } = JSON.parse(held.textContent) as { deflate: string };
  const packed = new Blob([bytes(deflate)]).stream();
  const text = await new Response(packed.pipeThrough(new DecompressionStream("deflate"))).text();
  return JSON.parse(text, withNonfinite) as Recorded;
}

async function open(): Promise<void> {
  const theme = kept(THEME);
  if (theme === "dark" || theme === "light") document.documentElement.dataset["theme"] = theme;
  const recorded = await recordedScene();
  if (recorded) {
    useWords(recorded.words, recorded.language);
    new Page(null).replay(recorded);
    return;
  }
  try {
    await server.openSession();
    const options = await server.options(sessionStorage.getItem("language"));
    useWords(options.words, options.language);
    new Page(options).live();
  } catch (error) {
    // no words have come yet
    console.error(error);
    const words = error instanceof server.Refused && error.status === 401
      ? "This page has no access to its server: open the address that the command “initlab lab” " +
        "printed."
      : "The server does not answer: run the command “initlab lab” again and open the address " +
        "that it prints.";
    byId("status").textContent = words;
    byId("status").classList.add("wrong");
  }
}

void open();
