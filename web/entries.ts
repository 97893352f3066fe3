// An init and a number of it that a reader typed -> the init that holds it: "he_normal; W1[0,1]=0.5".

const CASE = /^\s*[WB]\d+\s*=[^;]*$/; // "W1=1,B1=0,W2=1,B2=0"
const ENTRY = /^\s*([Wb]\d+\[\d+,\d+\])\s*=/;

/** Return the entries that an init holds, such as "W1[0,1]". */
export function entriesOf(init: string): Set<string> {
  const found = init.split(";").map((rule) => ENTRY.exec(rule)?.[1]);
  return new Set(found.filter((one) => one !== undefined));
}

/** Return an init with one entry as typed; null draws it again. */
export function withEntry(init: string, entry: string, typed: string | null): string {
  const rules = (CASE.test(init) ? rulesOfCase(init) : init.split(";")).map((one) => one.trim());
  const kept = rules.filter((one) => one && ENTRY.exec(one)?.[1] !== entry);
  return [...kept, ...(typed === null ? [] : [`${entry}=${typed}`])].join("; ");
}

/** Return a case as rules, which name biases by a small letter: commas in brackets part nothing. */
function rulesOfCase(init: string): string[] {
  let depth = 0;
  const parts = [""];
  for (const one of init) {
    if (one === "(") depth += 1;
    if (one === ")") depth -= 1;
    if (one === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += one;
  }
  return parts.map((part) => part.trim().replace(/^B/, "b"));
}
