/** Branches of which a call of one thread takes only one way. */
import { expect, test } from "vitest";
import { EBUSY, ENOENT, OK } from "../../../include/iommu.ts";
import { stepsAt } from "./call-branches.ts";
import { doneAfter } from "./call-next.ts";
import { CALLS_7_3 } from "./call-rules.ts";
import { drop, take } from "./call-steps.ts";

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

test("a destroy that names its object by a reference waits for nobody before it gives the reference back", () => {
  const rules = { ...CALLS_7_3, destroyNames: "reference" } as const;
  const steps = stepsAt("destroys-target", "target", { ...known(OK), rules });
  expect(steps.find((step) => step.do === "leave")).toMatchObject({ waited: false });
});

test("a device that ends takes the users of its vDEVICE, or asks first whether they are there", () => {
  const found = { vdevice: { kind: "vdevice", at: 0 } } as const;
  const ways = (["takes-users", "under-lock"] as const).map((unbindFinds) =>
    stepsAt("finds-vdevice", "device", { ...known(OK), found, rules: { ...CALLS_7_3, unbindFinds } }).map(
      (step) => step.do,
    ),
  );
  expect(ways[0]).toContain("leave");
  expect(ways[1]).not.toContain("leave");
});

test("on its way back a call drops each lock that it still has, and no other", () => {
  const [first, second] = [take("igroup->lock", "device"), take("veventqs_rwsem", "device")];
  expect(doneAfter({ done: [first, second] }, drop("igroup->lock", "device"))).toEqual([second]);
});
