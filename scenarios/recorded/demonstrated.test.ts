/** Which stand-ins count as held by refinement. */
import { expect, test } from "vitest";
import { refinedMachines } from "./demonstrated.ts";

test("a stand-in is held by refinement where recordings hold every detailed machine", () => {
  expect(refinedMachines(() => true)).toEqual(expect.arrayContaining(["fault-intake", "page-putting"]));
  const held = refinedMachines((machine) => machine !== "page-release");
  expect(held).toContain("fault-intake");
  expect(held).not.toContain("page-putting");
  expect(refinedMachines(() => false)).toEqual([]);
});
