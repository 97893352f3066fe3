// Guided scenes: the menu of them, and the story above the panels.

import { byId, h, t } from "./dom";
import type { GuidedScene, Scene, Story } from "./protocol";

export class Stories {
  private readonly menu = byId<HTMLSelectElement>("guided");

  constructor(
    private readonly guided: GuidedScene[],
    private readonly choose: (scene: Scene) => void,
  ) {
    this.menu.append(h("option", { value: "" }, t("own_scene")),
      ...guided.map((one) => h("option", { value: one.name }, one.title)));
    this.menu.addEventListener("change", () => this.show(this.menu.value));
  }

  /** Tell the story of a scene that is shown, where it has one. */
  openAt(scene: Scene): void {
    const text = JSON.stringify(scene);
    const found = this.guided.find((one) => JSON.stringify(one.scene) === text);
    if (!found) return;
    this.menu.value = found.name;
    this.show(found.name);
  }

  /** Take away a story that speaks of another scene. */
  end(): void {
    this.menu.value = "";
    tellStory(null);
  }

  private show(name: string): void {
    const found = this.guided.find((one) => one.name === name);
    tellStory(found ?? null);
    if (found) this.choose(found.scene);
  }
}

/** Put a story above the panels; none takes it away. */
export function tellStory(told: Story | null): void {
  const story = byId("story");
  story.hidden = !told;
  if (told) story.replaceChildren(h("h2", {}, told.title), ...told.sentences.map((one) => h("p", {}, one)));
}
