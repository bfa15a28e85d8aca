/**
 * The search says what the reference explorer says, with and without symmetry, under each knob of the systems that declare
 * one. Which value, on which hardware: FAULTLINE_SEED says. `npm run reference` has all values.
 */
import { describe, expect, test } from "vitest";
import { Counted } from "../checker/textbook/counted.ts";
import { heldAgainstReference } from "../checker/textbook/held-against-reference.ts";
import { build, contradiction, partsWatched, type Request } from "./build.ts";
import { smallPresets, withOneKnob } from "./one-knob.ts";
import { seed } from "./proof.ts";

/** States of the largest system that is compared; the second one where no value of a knob leaves less than the first. */
const MOST = 60_000;
const SECOND_MOST = 130_000;
/** Smaller sizes, for knobs whose every value leaves more than that: the first that is small enough. */
const SMALLER: readonly Request["set"][] = [{ instances: 1 }, { pages: 1 }, { pages: 1, instances: 1 }];
/** Values of one knob that are looked at for one that is small enough, before sizes are reduced. */
const TRIED = 6;
/** The reference stops here, and the test fails: the search has found fewer. */
const LIMIT = 2 * SECOND_MOST;

/** By "system knob": the requests that set it. */
const byKnob = new Map<string, Request[]>();
for (const preset of smallPresets().filter((one) => build(one).symmetry))
  for (const request of withOneKnob(preset)) {
    const name = `${request.system} ${Object.keys(request.set)[0]}`;
    byKnob.set(name, [...(byKnob.get(name) ?? []), request]);
  }

/** The requests, from the one on that the seed says, so that hardware and values alternate. */
function rotated(requests: readonly Request[]): readonly Request[] {
  const start = Math.abs(seed()) % requests.length;
  return requests.map((_, k) => requests[(start + k) % requests.length]!);
}

/** The requests with smaller sizes: first all with the first sizes. */
const smaller = (requests: readonly Request[]): readonly Request[] =>
  SMALLER.flatMap((sizes) => requests.map((request) => ({ ...request, set: { ...sizes, ...request.set } }))).filter(
    (one) => contradiction(one) === undefined && partsWatched(one).unread().length === 0,
  );

/** What is compared for a knob: the least reduced system that is small enough. States are counted before any are judged. */
function chosen(requests: readonly Request[]): Request | undefined {
  const all = rotated(requests);
  const some = all.slice(0, TRIED);
  const counted = some.map((request) => ({ request, states: new Counted(build(request)) }));
  const firstBelow = (most: number) => counted.find(({ states }) => !states.exceeds(most))?.request;
  const isSmall = (request: Request): boolean => !new Counted(build(request)).exceeds(MOST);
  return (
    firstBelow(MOST) ??
    firstBelow(SECOND_MOST) ??
    smaller(some).find(isSmall) ??
    smaller(all.slice(TRIED)).find(isSmall)
  );
}

describe("with each knob of a system that declares a symmetry", () => {
  test.each([...byKnob.keys()])("%s", (name) => {
    const request = chosen(byKnob.get(name)!);
    expect(request, `${name} has no value that leaves the system small enough`).toBeDefined();
    expect(heldAgainstReference(build(request!), { limit: LIMIT }).differences, JSON.stringify(request)).toEqual([]);
  });

  test("and there are many", () => {
    expect(byKnob.size).toBeGreaterThan(150);
  });
});
