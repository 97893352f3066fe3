// A small form beside a weight, in which its initial number is typed.

import { h, t } from "./dom";
import { notANumber, typedNumber } from "./numbers";

/** One entry of the initial parameters, such as "W1[0,1]". */
export interface Entry {
  name: string;
  value: number;
  typed: boolean;
}

export type TypeEntry = (entry: string, typed: string | null) => void;

/** Show the form; `done` gets what was typed, or null to draw the number again. */
export function typeEntry(
  entries: Entry[], chosen: number, x: number, y: number, done: TypeEntry,
): void {
  const select = h("select", { "aria-label": t("weight") },
    ...entries.map(({ name }, k) => h("option", { value: String(k), selected: k === chosen }, name)));
  const input = h("input", { type: "text", inputMode: "decimal", autocomplete: "off",
    "aria-label": t("weight") });
  const again = h("button", { type: "button" }, t("as_drawn"));
  const form = h("form", { class: "weight", popover: "auto", "aria-label": t("weight") }, select, input,
    h("button", { type: "submit", class: "primary" }, t("use_weight")), again);
  const entry = () => entries[Number(select.value)] as Entry;
  const show = () => {
    input.value = String(Number(entry().value.toPrecision(4)));
    input.setCustomValidity("");
    again.hidden = !entry().typed;
    input.select();
  };
  const finish = (typed: string | null) => {
    form.hidePopover();
    done(entry().name, typed);
  };
  select.addEventListener("change", show);
  again.addEventListener("click", () => finish(null));
  input.addEventListener("input", () => input.setCustomValidity(""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const found = typedNumber(input.value);
    if (found !== null) return finish(String(found));
    input.setCustomValidity(notANumber(entry().name, input.value));
    input.reportValidity();
  });
  form.addEventListener("toggle", (event) => {
    if ((event as ToggleEvent).newState === "closed") form.remove();
  });
  document.body.append(form);
  form.showPopover();
  const { clientWidth, clientHeight } = document.documentElement;
  form.style.left = `${Math.max(4, Math.min(x, clientWidth - form.offsetWidth - 8))}px`;
  form.style.top = `${Math.max(4, Math.min(y, clientHeight - form.offsetHeight - 8))}px`;
  input.focus();
  show();
}
