/**
 * The search says what the reference explorer says with one knob set: with and without symmetry under each knob of the systems
 * that declare one, and in small systems under each knob of all. Which value, on which hardware: FAULTLINE_SEED says.
 * catalogue/suite.prop.test.ts compares the suite itself; all values, up to larger numbers of states, are for `npm run reference`.
 */
import { describe, expect, test } from "vitest";
import { Counted, type Counts } from "../checker/textbook/counted.ts";
import { heldAgainstReference, TooLarge } from "../checker/textbook/held-against-reference.ts";
import { build, contradiction, partsWatched, type Request } from "./build.ts";
import { smallPresets, withOneKnob } from "./one-knob.ts";
import { seed } from "./proof.ts";
import { suite } from "./suite.ts";

/** States of the largest system with a symmetry that is compared; the second one where no value of a knob leaves less than the first. */
const MOST = 60_000;
const SECOND_MOST = 130_000;
/** Smaller sizes, for knobs whose every value leaves more than that: the first that is small enough. */
const SMALLER: readonly Request["set"][] = [{ instances: 1 }, { pages: 1 }, { pages: 1, instances: 1 }];
/** Values of one knob that are looked at for one that is small enough, before sizes are reduced. */
const TRIED = 6;
/** The reference stops here, and the test fails: the search has found fewer. */
const LIMIT = 2 * SECOND_MOST;
/** States of the largest that are compared of all systems. */
const MOST_OF_ALL = 2_000;

/** By "system knob": the requests that set it. */
function byKnob(requests: readonly Request[]): ReadonlyMap<string, readonly Request[]> {
  const found = new Map<string, Request[]>();
  for (const request of requests) {
    const name = `${request.system} ${Object.keys(request.set)[0]}`;
    const before = found.get(name);
    if (before) before.push(request);
    else found.set(name, [request]);
  }
  return found;
}

const nameOf = ({ system, hardware, host, set }: Request): string =>
  [system, hardware, host, JSON.stringify(set)].join(" ");

/** By request: the differences. Most that are compared of all systems were compared before, under the knobs of their own. */
const compared = new Map<string, readonly string[]>();

/** @throws TooLarge where the reference finds more states than `limit`. */
function differencesOf(request: Request, limit: number): readonly string[] {
  const key = JSON.stringify(request);
  const found = compared.get(key) ?? heldAgainstReference(build(request), { limit }).differences;
  compared.set(key, found);
  return found;
}

describe("with each knob of a system that declares a symmetry", () => {
  const knobs = byKnob(
    smallPresets()
      .filter((one) => build(one).symmetry)
      .flatMap(withOneKnob),
  );
  const counts: Counts = new Map();
  const counted = (request: Request): Counted => new Counted(build(request), counts);

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
    const sizes = some.map((request) => ({ request, states: counted(request) }));
    const firstBelow = (most: number) => sizes.find(({ states }) => !states.exceeds(most))?.request;
    const isSmall = (request: Request): boolean => !counted(request).exceeds(MOST);
    return (
      firstBelow(MOST) ??
      firstBelow(SECOND_MOST) ??
      smaller(some).find(isSmall) ??
      smaller(all.slice(TRIED)).find(isSmall)
    );
  }

  test.each([...knobs.keys()])("%s", (name) => {
    const request = chosen(knobs.get(name)!);
    expect(request, `${name} has no value that leaves the system small enough`).toBeDefined();
    expect(differencesOf(request!, LIMIT), nameOf(request!)).toEqual([]);
  });

  test("and there are many", () => {
    expect(knobs.size).toBeGreaterThan(150);
  });
});

describe("with one knob set", () => {
  const requests = smallPresets().flatMap(withOneKnob);
  const knobs = byKnob(requests);
  /** Of each knob of each system one request; which one, FAULTLINE_SEED says. */
  const drawn = [...knobs.values()].map((some) => some[Math.abs(seed()) % some.length]!);

  test.each([...new Set(drawn.map(({ system }) => system))])("%s", (name) => {
    const some = drawn.filter(({ system }) => system === name);
    for (const request of some)
      try {
        expect(differencesOf(request, MOST_OF_ALL), nameOf(request)).toEqual([]);
      } catch (error) {
        if (!(error instanceof TooLarge)) throw error;
      }
  });

  test("there are such requests of every system, each knob with several values", () => {
    expect(new Set(requests.map(({ system }) => system))).toEqual(new Set(suite("small").map(({ system }) => system)));
    expect(requests.length).toBeGreaterThan(2_000);
    expect(requests.every(({ set }) => Object.keys(set).length === 1)).toBe(true);
    expect(drawn.length).toBe(knobs.size);
    expect(drawn.length).toBeGreaterThan(300);
  });
});
