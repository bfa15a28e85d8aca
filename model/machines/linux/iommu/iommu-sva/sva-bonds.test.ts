import { expect, test } from "vitest";
import type { AnyMachineSnapshot } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { initialSnapshot, step } from "../../../../../checker/kernel/step.ts";
import { ENOENT, OK } from "../../include/iommu.ts";
import { svaBonds } from "./sva-bonds.ts";

/** What happens one after the other when device 0 is bound to a process that has no PASID yet. */
const FIRST_BIND: readonly Message[] = [
  { type: "sva.binds", device: 0, mm: 7 },
  { type: "bonds.allocates", ok: true },
  { type: "bond.found", result: ENOENT, mm: null },
  { type: "bonds.allocates", ok: true },
  { type: "bonds.allocates", ok: true },
  { type: "bonds.attaches", ok: true },
  { type: "handle.changed", result: OK },
  { type: "bonds.sets-pasid" },
];

/** What is emitted, where devices 0 and 1 share an IOMMU group. */
function emittedBy(events: readonly Message[]): readonly Message[] {
  let snapshot: AnyMachineSnapshot = initialSnapshot(svaBonds, { groups: [0, 0, 2], maxPasids: 8 });
  return events.flatMap((event) => {
    const outcome = step(svaBonds, snapshot, event);
    if (!outcome) throw new Error(`${event.type} cannot happen in ${JSON.stringify(snapshot.value)}.`);
    ({ snapshot } = outcome);
    return outcome.emitted;
  });
}

test("a bind gives the process a PASID, looks at that PASID, and tells the driver of each device of the group", () => {
  expect(emittedBy(FIRST_BIND)).toMatchObject([
    { type: "bond.looks-up", iommuGroup: 0, pasid: 1 },
    { type: "handle.inserts", iommuGroup: 0, pasid: 1 },
    { type: "driver.sets-pasid", device: 0, pasid: 1 },
    { type: "driver.sets-pasid", device: 1, pasid: 1 },
    { type: "sva.bound", device: 0, mm: 7, result: OK, pasid: 1 },
  ]);
});
