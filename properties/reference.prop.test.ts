/**
 * The search says what the reference explorer says with one knob set. catalogue/suite.prop.test.ts compares the suite itself;
 * all values of all knobs, up to larger numbers of states, are for `npm run reference`.
 */
import { describe, expect, test } from "vitest";
import { heldAgainstReference, TooLarge } from "../checker/textbook/held-against-reference.ts";
import { build, type Request } from "./build.ts";
import { smallPresets, withOneKnob } from "./one-knob.ts";
import { seed } from "./proof.ts";
import { suite } from "./suite.ts";

/** States of the largest requests with one knob set that are compared here. */
const MOST = 2_000;

const nameOf = ({ system, hardware, host, set }: Request): string =>
  [system, hardware, host, JSON.stringify(set)].join(" ");

describe("with one knob set", () => {
  const requests = smallPresets().flatMap(withOneKnob);
  const byKnob = new Map<string, Request[]>();
  for (const request of requests) {
    const knob = `${request.system} ${Object.keys(request.set)[0]}`;
    byKnob.set(knob, [...(byKnob.get(knob) ?? []), request]);
  }
  /** Of each knob of each system one request; which one, FAULTLINE_SEED says. */
  const drawn = [...byKnob.values()].map((some) => some[Math.abs(seed()) % some.length]!);

  test.each([...new Set(drawn.map(({ system }) => system))])("%s", (name) => {
    const some = drawn.filter(({ system }) => system === name);
    for (const request of some)
      try {
        expect(heldAgainstReference(build(request), { limit: MOST }).differences, nameOf(request)).toEqual([]);
      } catch (error) {
        if (!(error instanceof TooLarge)) throw error;
      }
  });

  test("there are such requests of every system, each knob with several values", () => {
    expect(new Set(requests.map(({ system }) => system))).toEqual(new Set(suite("small").map(({ system }) => system)));
    expect(requests.length).toBeGreaterThan(2_000);
    expect(requests.every(({ set }) => Object.keys(set).length === 1)).toBe(true);
    expect(drawn.length).toBe(byKnob.size);
    expect(drawn.length).toBeGreaterThan(300);
  });
});
