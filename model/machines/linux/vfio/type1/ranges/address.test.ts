import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressOf,
  endOf,
  lastOf,
  overlap,
  pageOf,
  pagesIn,
  rangeOf,
  shared,
  truncate,
  type AddressRange,
  type AddressSpace,
} from "./address.ts";

const someSpace = fc
  .record({ bits: fc.integer({ min: 2, max: 6 }), shift: fc.integer({ min: 0, max: 2 }) })
  .filter(({ bits, shift }) => shift < bits);
const someRanges = someSpace.chain((space) => {
  const last = pagesIn(space) - 1;
  const range = fc
    .tuple(fc.integer({ min: 0, max: last }), fc.integer({ min: 0, max: last }))
    .map(([a, b]) => rangeOf(Math.min(a, b), Math.abs(a - b) + 1, space));
  return fc.record({ space: fc.constant(space), a: range, b: range });
});
const addresses = ({ first, size }: AddressRange): readonly number[] =>
  Array.from({ length: size }, (_, i) => first + i);
const reachesTop = (range: AddressRange, { bits }: AddressSpace): boolean => lastOf(range) === 2 ** bits - 1;

describe("addresses of a width", () => {
  test("a page has an address, and the address has that page", () => {
    fc.assert(
      fc.property(someSpace, (space) => {
        for (let page = 0; page < pagesIn(space); page++) expect(pageOf(addressOf(page, space), space)).toBe(page);
      }),
    );
  });

  test("ranges overlap where they have an address in common", () => {
    fc.assert(
      fc.property(someRanges, ({ space, a, b }) => {
        const common = addresses(a).filter((address) => addresses(b).includes(address)).length;
        expect(shared(a, b)).toBe(common);
        expect(overlap(a, b, space)).toBe(common > 0);
      }),
    );
  });

  test("ends say the same as last addresses below the top, and nothing overlaps a range that reaches it", () => {
    fc.assert(
      fc.property(someRanges, ({ space, a, b }) => {
        if (reachesTop(a, space) || reachesTop(b, space)) expect(overlap(a, b, space, "wraps")).toBe(false);
        else expect(overlap(a, b, space, "wraps")).toBe(overlap(a, b, space));
      }),
    );
  });

  test("the end of a range at the top is 0", () => {
    expect(endOf({ first: 6, size: 2 }, { bits: 3, shift: 1 })).toBe(0);
  });

  test("a narrow register gives the address of another page", () => {
    expect(addressOf(3, { bits: 3, shift: 1 }, 2)).toBe(addressOf(1, { bits: 3, shift: 1 }));
  });

  test("it makes no difference whether a sum may wrap before something is taken from it", () => {
    const value = fc.integer({ min: 0, max: 63 });
    fc.assert(
      fc.property(value, value, value, (vaddr, iova, base) => {
        expect(truncate(truncate(vaddr + iova, 6) - base, 6)).toBe(truncate(vaddr + truncate(iova - base, 6), 6));
      }),
    );
  });
});
