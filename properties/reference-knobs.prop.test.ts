/**
 * The search says what the reference explorer says, with and without symmetry, under each knob of the systems that declare
 * one. Which value, on which hardware: FAULTLINE_SEED says. `npm run reference` has all values.
 */
import { describe, expect, test } from "vitest";
import { heldAgainstReference, isSmall } from "../checker/textbook/held-against-reference.ts";
import { build, type Request } from "./build.ts";
import { smallPresets, withOneKnob } from "./one-knob.ts";
import { seed } from "./proof.ts";

/** States of the largest system that is compared. */
const MOST = 60_000;
/** Values of one knob that are looked at for one that is small enough. */
const TRIED = 12;

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

const compared = new Set<string>();

describe("with each knob of a system that declares a symmetry", () => {
  test.for([...byKnob.keys()])("%s", (name, { skip }) => {
    const request = rotated(byKnob.get(name)!).find((one) => isSmall(build(one), MOST));
    // Told as skipped, so that a knob that was not compared does not count as one that was.
    if (!request) return skip(`no value of at most ${MOST} states`);
    const { differences } = heldAgainstReference(build(request));
    expect(differences, JSON.stringify(request)).toEqual([]);
    compared.add(name);
  });

  test("most knobs have a value that leaves the system small enough", () => {
    const left = [...byKnob.keys()].filter((name) => !compared.has(name));
    expect(byKnob.size).toBeGreaterThan(150);
    expect(left.length, left.join(", ")).toBeLessThan(byKnob.size / 5);
  });
});
