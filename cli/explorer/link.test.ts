/** A link is read as it was written, and what is none is refused in words. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { UsageError } from "../errors.ts";
import { hashOf, linkIn, type Link } from "./link.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,12}$/);

const links: fc.Arbitrary<Link> = fc
  .record({
    system: name,
    hardware: fc.option(name, { nil: undefined }),
    design: fc.option(name, { nil: undefined }),
    bounds: fc.option(name, { nil: undefined }),
    set: fc.array(fc.tuple(name, fc.string()).map(([knob, value]) => `${knob}=${value}`)),
    fingerprint: name,
    steps: fc.array(fc.nat(65_534), { maxLength: 40 }),
    watch: fc.oneof(fc.constant(""), name),
    loop: fc.option(fc.nat(40), { nil: undefined }),
    at: fc.nat(40),
  })
  .map(({ system, hardware, design, bounds, set, fingerprint, steps, watch, loop, at }) => ({
    system,
    options: {
      ...(hardware !== undefined && { hardware }),
      ...(design !== undefined && { design }),
      ...(bounds !== undefined && { bounds }),
      set,
    },
    ...(steps.length > 0 && { fingerprint }),
    path: { steps, watch, ...(loop !== undefined && { loop: Math.min(loop, steps.length) }) },
    at: Math.min(at, steps.length),
  }));

test("what was written is read again", () => {
  fc.assert(
    fc.property(links, (link) => {
      expect(linkIn(hashOf(link))).toEqual(link);
    }),
  );
});

test("a link is short: two characters and a dot for a step at most, where a system has up to 1,296 actions", () => {
  const steps = Array.from({ length: 100 }, (_, k) => k * 12);
  const path = { steps, watch: "UNM-3" };
  const hash = hashOf({ system: "type1-unmap", options: { set: [] }, fingerprint: "c2ab384be11ac", path, at: 100 });
  expect(hash.length).toBeLessThan(3 * 100 + 80);
});

function refusal(hash: string) {
  try {
    linkIn(hash);
  } catch (error) {
    const { message, expected, nearest } = error as UsageError;
    return { message, expected, nearest };
  }
  return undefined;
}

test.each([
  ["design=hmm", "the link names no system", "system=NAME"],
  ["system=x&steps=1.!", 'steps= in the link cannot be "1.!"', "numbers to the base of 36 with dots between them"],
  ["system=x&steps=1.2", "the link has steps, and does not say of which model", "model=FINGERPRINT"],
  ["system=x&model=f&steps=1.2&at=3&loop=1", 'at= in the link cannot be "3"', "a whole number from 0 to 2"],
  ["system=x&model=f&steps=1.2&at=1&loop=-1", 'loop= in the link cannot be "-1"', "a whole number from 0 to 2"],
  ["system=x&at=1", 'at= in the link cannot be "1"', "0: the link has no steps"],
  ["system=x&system=y", "the link has system= 2 times", "system= once"],
])("%s is refused", (hash, message, expected) => {
  expect(refusal(hash)).toEqual({ message: `${message}.`, expected, nearest: [] });
});

test("an unknown field is refused with the nearest", () => {
  expect(refusal("system=x&wacth=UNM-3")).toMatchObject({
    message: 'there is no field "wacth" in a link.',
    expected: "one of 10 names",
    nearest: expect.arrayContaining(["watch"]),
  });
});

test("nothing is no link", () => {
  expect(linkIn("")).toBeUndefined();
});
