/** Which calls of a system break a claim when they are never made, or made twice: candidates for properties/miswirings. */
import { build } from "../../properties/build.ts";
import { nameOfRun } from "../../properties/counts.ts";
import { madeTwice, neverMade } from "../../properties/miswirings/changes.ts";
import { suite } from "../../properties/suite.ts";
import { violations } from "../../properties/violations.ts";

/** A system without one of its calls may have no end of states; what breaks a claim does so soon. */
const MOST_STATES = 20_000;

const CHANGES = [
  ["never made", neverMade],
  ["made twice", madeTwice],
] as const;

/** One line for each call that breaks some of the claims in the suite at small bounds; a claim is tried until one does. */
export function* triedWirings(name: string, ids: readonly string[]): Generator<string> {
  const tried = new Set<string>();
  const broken = new Set<string>();
  for (const run of suite("small").filter(({ system }) => system === name)) {
    const system = build(run);
    const claimed = system.properties.map(({ id }) => id).filter((id) => ids.includes(id) && !(id in run.known));
    for (const id of claimed) tried.add(id);
    const calls = system.routes.flatMap((route) =>
      route.kind === "call" ? route.types.map((type) => [route.from, type] as const) : [],
    );
    for (const [words, change] of CHANGES)
      for (const [from, type] of calls) {
        const left = claimed.filter((id) => !broken.has(id));
        if (left.length === 0) break;
        const found = [...violations(change(from, type)(system), run, left, MOST_STATES).keys()];
        for (const id of found) broken.add(id);
        if (found.length > 0) yield `${nameOfRun(run)}: ${from} ${type} ${words}: ${found.join(", ")}`;
      }
  }
  const left = [...tried].filter((id) => !broken.has(id));
  if (left.length > 0) yield `Nothing new breaks ${left.join(", ")}`;
}
