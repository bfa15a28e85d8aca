/**
 * The search says what the reference explorer says, with and without symmetry, under each knob of the systems that declare
 * one. Which value, on which hardware: FAULTLINE_SEED says. `npm run reference` has all values.
 */
import { describe, expect, test } from "vitest";
import { heldAgainstReference, TooLarge } from "../checker/textbook/held-against-reference.ts";
import { build, contradiction, partsWatched, type Request } from "./build.ts";
import { smallPresets, withOneKnob } from "./one-knob.ts";
import { seed } from "./proof.ts";

/** States of the largest system that is compared; the second one where no value of a knob leaves less than the first. */
const MOST = [60_000, 130_000];
/** Smaller sizes, for knobs whose every value leaves more than that: the first that is small enough. */
const SMALLER: readonly Request["set"][] = [{ instances: 1 }, { pages: 1 }, { pages: 1, instances: 1 }];
/** Values of one knob that are looked at for one that is small enough. */
const TRIED = 6;

/** By "system knob": the requests that set it. */
const byKnob = new Map<string, Request[]>();
for (const preset of smallPresets().filter((one) => build(one).symmetry))
  for (const request of withOneKnob(preset)) {
    const name = `${request.system} ${Object.keys(request.set)[0]}`;
    byKnob.set(name, [...(byKnob.get(name) ?? []), request]);
  }

/** The requests, from the one on that the seed says, a few steps apart so that hardware and values alternate. */
function rotated(requests: readonly Request[]): readonly Request[] {
  const start = Math.abs(seed()) % requests.length;
  return requests.map((_, k) => requests[(start + k) % requests.length]!).slice(0, TRIED);
}

/** The requests with smaller sizes: first all with the first sizes. */
const smaller = (requests: readonly Request[]): readonly Request[] =>
  SMALLER.flatMap((sizes) => requests.map((request) => ({ ...request, set: { ...sizes, ...request.set } }))).filter(
    (one) => contradiction(one) === undefined && partsWatched(one).unread().length === 0,
  );

/** The first of the requests that the search finds small enough, and where search and reference differ. */
function firstCompared(requests: readonly Request[], most: number) {
  for (const request of requests)
    try {
      return { request, differences: heldAgainstReference(build(request), { most }).differences };
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
    }
  return undefined;
}

/** What is compared for a knob: the least reduced system that is small enough. */
function compared(requests: readonly Request[]) {
  const some = rotated(requests);
  for (const most of MOST) {
    const found = firstCompared(some, most);
    if (found) return found;
  }
  return firstCompared(smaller(some), MOST[0]!);
}

describe("with each knob of a system that declares a symmetry", () => {
  test.each([...byKnob.keys()])("%s", (name) => {
    const found = compared(byKnob.get(name)!);
    expect(found, `${name} has no value that leaves the system small enough`).toBeDefined();
    expect(found!.differences, JSON.stringify(found!.request)).toEqual([]);
  });

  test("and there are many", () => {
    expect(byKnob.size).toBeGreaterThan(150);
  });
});
