// What is compared: data, network, training and inits, each a setting of `compare` by its name.

import { byId, h, t } from "./dom";
import { notANumber, typedNumber } from "./numbers";
import type { InitOption, Options, Scene, StudyOption } from "./protocol";

const NUMBERS = ["noise", "n_train", "n_samples", "learning_rate", "batch_size", "steps", "dropout"];
const WHOLE = new Set(["n_train", "n_samples", "batch_size", "steps", "seed"]);
const DATA = new Set(["noise", "n_train", "n_samples", "function"]);

export class Controls {
  private scene: Scene;
  private edited: string | null = null; // the field of the init that was changed last
  private wrong = false;

  constructor(
    private readonly options: Options,
    scene: Scene,
    private readonly changed: (scene: Scene) => void,
  ) {
    this.scene = scene;
    const known = h("datalist", { id: "known-inits" },
      ...options.inits.map((one) => h("option", { value: one.name }, one.formula)));
    document.body.append(known);
    this.draw();
  }

  /** Show another scene, without telling that it changed. */
  use(scene: Scene): void {
    this.scene = scene;
    this.draw();
  }

  /** Let a scene have another init in a place. */
  putInit(place: number, init: string): void {
    this.change({ inits: this.scene.inits.map((one, k) => (k === place ? init : one)) }, `init${place}`);
  }

  /** Show an error beside the setting that it names. */
  complain(field: string | null, words: HTMLElement[] = []): void {
    const name = field === null ? "" : (this.edited ?? field); // what is wrong in an init names a part of it
    const place = byId("settings").querySelector(`[data-field="${CSS.escape(name)}"]`);
    this.forgive();
    this.wrong = words.length > 0;
    if (!words.length || !place) return;
    place.setAttribute("aria-invalid", "true");
    (place.closest("label, .row") ?? place).after(h("div", { class: "complaint" }, ...words));
  }

  /** Whether a value that was typed is not accepted. */
  get complains(): boolean {
    return this.wrong;
  }

  private forgive(): void {
    this.wrong = false;
    for (const one of byId("settings").querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
    for (const one of byId("settings").querySelectorAll(".complaint")) one.remove();
  }

  private get study(): StudyOption | undefined {
    return this.options.studies.find((one) => one.name === this.scene.study);
  }

  private change(part: Partial<Scene>, edited: string | null = null): void {
    this.edited = edited;
    this.scene = { ...this.scene, ...part } as Scene;
    this.draw();
    this.changed(this.scene);
  }

  private draw(): void {
    this.forgive();
    const focused = document.activeElement?.getAttribute("data-field");
    renew(byId("data"), this.dataControls());
    renew(byId("network"), this.networkControls());
    renew(byId("training"), this.trainingControls());
    renew(byId("inits"), this.initControls());
    for (const one of byId("settings").querySelectorAll("input")) {
      if (one !== document.activeElement) one.value = one.defaultValue;
    }
    if (focused) {
      document.querySelector<HTMLElement>(`[data-field="${CSS.escape(focused)}"]`)?.focus();
    }
  }

  private dataControls(): HTMLElement[] {
    const studies = this.options.studies.map((one) => ({ value: one.name, label: one.title }));
    const choose = (name: string) => {
      const found = this.options.studies.find((one) => one.name === name);
      if (!found) return;
      const { inits, seed } = this.scene;
      this.edited = null;
      this.scene = { ...found.scene, inits, seed };
      this.draw();
      this.changed(this.scene);
    };
    return [
      this.select("study", t("study"), studies, this.scene.study, choose),
      ...this.fields((name) => DATA.has(name)),
    ];
  }

  private trainingControls(): HTMLElement[] {
    const optimizers = this.options.optimizers.map((value) => ({ value, label: value }));
    const made = [];
    if ("optimizer" in this.scene) {
      made.push(this.select("optimizer", t("optimizer"), optimizers,
        String(this.scene["optimizer"]), (optimizer) => {
          const own = this.study?.scene["batch_size"] ?? 64;
          const batch_size = optimizer === "gd" ? null : (this.scene["batch_size"] ?? own ?? 64);
          this.change({ optimizer, batch_size });
        }));
    }
    made.push(...this.fields((name) => !DATA.has(name)));
    const seed = this.numberField("seed", this.scene.seed, (value) => this.change({ seed: value ?? this.scene.seed }));
    return [...made, seed];
  }

  private fields(wanted: (name: string) => boolean): HTMLElement[] {
    const made = [];
    for (const name of ["function", ...NUMBERS]) {
      if (!(name in this.scene) || !wanted(name)) continue;
      if (name === "batch_size" && this.scene["optimizer"] === "gd") continue;
      const value = this.scene[name];
      if (name === "function") {
        made.push(this.textField(name, String(value ?? ""), (text) => this.change({ function: text })));
      } else {
        const number = typeof value === "number" ? value : null;
        made.push(this.numberField(name, number, (found) => this.change({ [name]: found })));
      }
    }
    return made;
  }

  private networkControls(): HTMLElement[] {
    const dims = this.scene.layer_dims;
    const { width, hidden_layers } = this.options.limits;
    const set = (changed: (dims: number[]) => number[]) =>
      this.change({ layer_dims: changed(this.scene.layer_dims) });
    const button = (text: string, label: string, field: string, act: () => void, off: boolean) =>
      h("button", { type: "button", class: "round", "aria-label": label, title: label,
        "data-field": field, disabled: off, onclick: act }, text);
    const chips = dims.map((units, k) => {
      if (k === 0 || k === dims.length - 1) {
        const words = k === 0 ? t("inputs") : t("outputs");
        return h("li", { class: "end", title: words }, h("b", {}, String(units)), h("small", {}, words));
      }
      const add = (more: number) => () => set((now) => now.map((one, j) => (j === k ? one + more : one)));
      return h("li", {},
        button("+", t("more_units", { layer: k }), `more${k}`, add(1), units >= width),
        h("b", {}, String(units)),
        button("\u2212", t("fewer_units", { layer: k }), `fewer${k}`, add(-1), units <= 1),
        button("\u00d7", t("remove_layer", { layer: k }), `remove${k}`,
          () => set((now) => now.filter((_, j) => j !== k)), dims.length <= 3));
    });
    const add = button("+", t("add_layer"), "add_layer",
      () => set((now) => [...now.slice(0, -1), now[now.length - 2] ?? 4, ...now.slice(-1)]),
      dims.length - 2 >= hidden_layers);
    add.classList.add("add");
    const last = chips.pop();
    const list = h("ul", { class: "chips", "data-field": "layer_dims" }, ...chips,
      h("li", { class: "adding" }, add, h("small", {}, t("layer"))), last);
    const kinds = this.options.nonlinearities.map((value) => ({ value, label: value }));
    return [list, this.select("nonlinearity", t("nonlinearity"), kinds, this.scene.nonlinearity,
      (nonlinearity) => this.change({ nonlinearity }))];
  }

  private initControls(): HTMLElement[] {
    const { inits } = this.scene;
    const rows = inits.map((init, k) => {
      const input = h("input", { type: "text", value: init, list: "known-inits", spellcheck: "false",
        autocomplete: "off", "aria-label": t("init_number", { k: k + 1 }), "data-field": `init${k}` });
      input.addEventListener("change", () => {
        const text = input.value.trim();
        const all = this.scene.inits.map((one, j) => (j === k ? text : one)).filter((one) => one !== "");
        if (all.length) this.change({ inits: all }, text ? `init${k}` : null);
        else input.value = init;
      });
      const remove = h("button", { type: "button", class: "round", disabled: inits.length < 2,
        "aria-label": t("remove_init", { init }), title: t("remove_init", { init }),
        onclick: () => this.change({ inits: this.scene.inits.filter((_, j) => j !== k) }) }, "\u00d7");
      const known = this.known(init);
      return h("li", {}, h("div", { class: "row" }, input, remove),
        known && h("small", { title: known.paper }, known.formula));
    });
    const list = h("ul", { class: "list", "data-field": "inits" }, ...rows);
    const add = h("button", { type: "button", disabled: inits.length >= this.options.limits.inits,
      onclick: () => this.change({ inits: [...this.scene.inits, this.another()] }) }, t("add_init"));
    return [list, add];
  }

  private known(init: string): InitOption | undefined {
    const bare = (text: string) => text.split(/[(;]/)[0];
    return this.options.inits.find((one) => bare(one.name) === bare(init));
  }

  /** Return an init that the scene does not have yet. */
  private another(): string {
    const usual = ["he_normal", "glorot_uniform", "orthogonal", "zeros", "torch_default", "lecun_normal"];
    return usual.find((one) => !this.scene.inits.includes(one) && this.known(one)) ?? "he_uniform";
  }

  private select(field: string, label: string, choices: { value: string; label: string }[],
                 value: string, choose: (value: string) => void): HTMLElement {
    const made = h("select", { "data-field": field },
      ...choices.map((one) => h("option", { value: one.value, selected: one.value === value }, one.label)));
    made.addEventListener("change", () => choose(made.value));
    return h("label", {}, h("span", {}, label), made);
  }

  private numberField(field: string, value: number | null,
                      change: (value: number | null) => void): HTMLElement {
    const made = h("input", { type: "text", inputMode: "decimal", autocomplete: "off",
      value: value === null ? "" : String(value), "data-field": field });
    made.addEventListener("change", () => {
      const empty = made.value.trim() === "";
      const found = typedNumber(made.value, WHOLE.has(field));
      if (!empty && found === null) {
        this.edited = null;
        this.complain(field, [h("p", { role: "alert" }, notANumber(t(field), made.value))]);
        return;
      }
      if (empty) made.value = made.defaultValue; // until the scene has the study's own
      change(found);
    });
    return h("label", {}, h("span", {}, t(field)), made);
  }

  private textField(field: string, value: string, change: (value: string) => void): HTMLElement {
    const made = h("input", { type: "text", value, spellcheck: "false", autocomplete: "off", "data-field": field });
    made.addEventListener("change", () => change(made.value.trim()));
    return h("label", {}, h("span", {}, t(field)), made);
  }
}

/** Put elements in place of others; those that are the same stay, with focus and what is typed there. */
function renew(holder: Element, made: HTMLElement[]): void {
  made.forEach((one, k) => {
    const old = holder.children[k];
    if (!old) holder.append(one);
    else if (old.isEqualNode(one)) return;
    else if (one.childElementCount && one.tagName !== "SELECT"
             && old.cloneNode(false).isEqualNode(one.cloneNode(false))) {
      renew(old, [...one.children] as HTMLElement[]);
    } else if (one.tagName === "BUTTON" && old.textContent === one.textContent) {
      for (const name of ["title", "aria-label", "disabled"]) {
        const value = one.getAttribute(name);
        if (value === null) old.removeAttribute(name);
        else old.setAttribute(name, value);
      }
    } else old.replaceWith(one);
  });
  while (holder.children.length > made.length) holder.lastElementChild?.remove();
}
