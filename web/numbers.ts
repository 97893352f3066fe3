// What a reader types -> a number: commas, minus signs and groups of digits as they are written by hand.

import { t } from "./dom";

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i; // Number() would take 0x10 and Infinity too
const GROUPED = /^[+-]?\d{1,3}([ ,.'\u00a0\u2009\u202f]\d{3})+$/; // 30,000
const AMBIGUOUS = /^[+-]?[1-9]\d{0,2},\d{3}$/; // 1,000 is 1000 to one reader and 1 to another

/** Return the finite number that a text stands for; null where there is none, or more than one. */
export function typedNumber(text: string, whole = false): number | null {
  let plain = withMinus(text);
  if (whole && GROUPED.test(plain)) plain = plain.replace(/[^\d+-]/g, "");
  if (AMBIGUOUS.test(plain)) return null;
  plain = plain.replace(",", ".");
  const found = DECIMAL.test(plain) ? Number(plain) : NaN;
  return Number.isFinite(found) ? found : null;
}

/** Say why a text that was typed is no number. */
export function notANumber(name: string, text: string): string {
  const ambiguous = AMBIGUOUS.test(withMinus(text));
  return t(ambiguous ? "ambiguous_number" : "not_a_number", { name, value: text });
}

function withMinus(text: string): string {
  return text.trim().replaceAll("\u2212", "-");
}
