/**
 * Which changes of a system break a claim: a call that is never made or made twice, and a case, a test or an action that a
 * machine lacks. They are candidates for properties/miswirings.
 */
import type { System } from "../../checker/system.ts";
import { build } from "../../properties/build.ts";
import { nameOfRun } from "../../properties/counts.ts";
import { madeTwice, neverMade } from "../../properties/miswirings/changes.ts";
import { suite } from "../../properties/suite.ts";
import { violations } from "../../properties/violations.ts";
import { casesOf, type Change } from "./cases.ts";

/** A system without one of its calls may have no end of states; what breaks a claim does so soon. */
const MOST_STATES = 20_000;

const CHANGES = [
  ["never made", neverMade],
  ["made twice", madeTwice],
] as const;

function* callsOf(system: System): Generator<Change> {
  for (const [words, change] of CHANGES)
    for (const route of system.routes)
      for (const type of route.kind === "call" ? route.types : [])
        yield { words: `${route.from} ${type} ${words}`, change: change(route.from, type) };
}

/** One line for each change that breaks some of the claims in the suite at small bounds; a claim is tried until one does. */
export function* triedWirings(name: string, ids: readonly string[]): Generator<string> {
  const tried = new Set<string>();
  const broken = new Set<string>();
  for (const run of suite("small").filter(({ system }) => system === name)) {
    const system = build(run);
    const claimed = system.properties.map(({ id }) => id).filter((id) => ids.includes(id) && !(id in run.known));
    for (const id of claimed) tried.add(id);
    for (const { words, change } of [...callsOf(system), ...casesOf(system)]) {
      const left = claimed.filter((id) => !broken.has(id));
      if (left.length === 0) break;
      const found = [...violations(change(system), run, left, MOST_STATES).keys()];
      for (const id of found) broken.add(id);
      if (found.length > 0) yield `${nameOfRun(run)}: ${words}: ${found.join(", ")}`;
    }
  }
  const left = [...tried].filter((id) => !broken.has(id));
  if (left.length > 0) yield `Nothing new breaks ${left.join(", ")}`;
}
