import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lowestFree, zeroAfterAlloc, zeroAfterErase, type AllocatingXarray } from "./allocating-xarray.ts";

const EMPTY: AllocatingXarray = { used: [], zeroIsFree: false };

const alloc = (array: AllocatingXarray): AllocatingXarray & { readonly got: number } => {
  const got = lowestFree(array);
  return { got, used: [...array.used, got], zeroIsFree: zeroAfterAlloc(array, got) };
};
const erase = (array: AllocatingXarray, index: number): AllocatingXarray => ({
  used: array.used.filter((used) => used !== index),
  zeroIsFree: zeroAfterErase(array, index),
});
/** What xa_alloc() gives; a step is "alloc", or an index to erase. */
const given = (...steps: readonly ("alloc" | number)[]): readonly number[] => {
  let array = EMPTY;
  return steps.flatMap((step) => {
    if (step !== "alloc") {
      array = erase(array, step);
      return [];
    }
    const { got, ...next } = alloc(array);
    array = next;
    return [got];
  });
};

describe("an xarray of XA_FLAGS_ALLOC1", () => {
  test.each<[string, readonly ("alloc" | number)[], readonly number[]]>([
    ["begins at 1", ["alloc", "alloc", "alloc"], [1, 2, 3]],
    ["takes the lowest again", ["alloc", "alloc", "alloc", 2, "alloc", "alloc"], [1, 2, 3, 2, 4]],
    ["does not feel an erase of 0 while it has no node", [0, "alloc", "alloc"], [1, 2]],
    ["gives 0 after an erase of 0 while it has a node", ["alloc", 0, "alloc", "alloc"], [1, 0, 2]],
    ["gives 0 also after it was empty", ["alloc", 0, 1, "alloc", "alloc"], [1, 0, 1]],
    ["gives 0 again after it was erased", ["alloc", 0, "alloc", 0, 1, "alloc"], [1, 0, 0]],
    ["keeps 0 busy while it is stored there alone", ["alloc", 0, 1, "alloc", "alloc", 1, "alloc"], [1, 0, 1, 1]],
    ["does not give 0 after it was emptied otherwise", ["alloc", 1, "alloc"], [1, 1]],
  ])("%s", (_, steps, expected) => {
    expect(given(...steps)).toEqual(expected);
  });

  test("never gives an index that is in use", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant("alloc" as const), fc.integer({ min: 0, max: 6 }))), (steps) => {
        let array = EMPTY;
        for (const step of steps) {
          if (step === "alloc") {
            const next = alloc(array);
            expect(array.used).not.toContain(next.got);
            array = next;
          } else array = erase(array, step);
          expect(array.zeroIsFree && array.used.includes(0)).toBe(false);
        }
      }),
    );
  });
});
