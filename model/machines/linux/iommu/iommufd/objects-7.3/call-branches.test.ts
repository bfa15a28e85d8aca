/** Branches of which a call of one thread takes only one way. */
import { expect, test } from "vitest";
import { EBUSY, ENOENT, OK } from "../../../include/iommu.ts";
import { stepsAt } from "./call-branches.ts";
import { CALLS_7_3 } from "./call-rules.ts";

const known = (answer: number) => ({ args: {}, found: {}, facts: {}, rules: CALLS_7_3, answer });

test("an automatic HWPT that is being destroyed is passed over, and a new one is made", () => {
  for (const of of ["attach", "replace"]) {
    expect(stepsAt("locked", of, known(OK))[0]).toMatchObject({ do: "ask", of: "hwpt" });
    expect(stepsAt("locked", of, known(ENOENT))[0]).toMatchObject({ do: "allocate", as: "hwpt" });
  }
});

test("an object that is still used is not destroyed", () => {
  expect(stepsAt("left", "device", known(OK))[0]).toEqual({ do: "destroy", of: "device" });
  expect(stepsAt("left", "device", known(EBUSY))).toEqual([]);
});
