// What a reader types -> a number: commas, minus signs and groups of digits as they are written by hand.

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i; // Number() would take 0x10 and Infinity too
const GROUPED = /^[+-]?\d{1,3}([ ,.'\u00a0\u2009\u202f]\d{3})+$/; // 30,000

/** Return the finite number that a text stands for; null where there is none. */
export function typedNumber(text: string, whole = false): number | null {
  let plain = text.trim().replaceAll("\u2212", "-");
  if (whole && GROUPED.test(plain)) plain = plain.replace(/[^\d+-]/g, "");
  plain = plain.replace(",", ".");
  const found = DECIMAL.test(plain) ? Number(plain) : NaN;
  return Number.isFinite(found) ? found : null;
}
