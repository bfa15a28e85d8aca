import { expect, test } from "vitest";
import { diningPhilosophers } from "../../textbook/dining-philosophers.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../textbook/page-fault-protocol.ts";
import { searched } from "../../textbook/searched.ts";
import { twoPhaseCommit } from "../../textbook/two-phase-commit.ts";
import { recordInSlices, recordOf } from "../exhaustive.ts";

const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };
const systems = [
  twoPhaseCommit(3),
  diningPhilosophers(3),
  pageFaultProtocol(PROTOCOL_SIZES.XS.size, { claimsProgress: true, pins: "strong" }),
];

test("judging pauses for each claim about paths; interrupted, it leaves these unknown, and judges all others", () => {
  let [about, slices] = [0, 0];
  for (const system of systems) {
    const search = searched(system, { keepGraph: true });
    const whole = recordOf(search, origin);
    const judging = recordInSlices(search, origin);
    let step = judging.next();
    for (; step.done !== true; step = judging.next(true)) slices++;
    const { properties } = step.value;
    for (const { id, kind, verdict } of whole.properties) {
      const found = properties.find((property) => property.id === id)!.verdict;
      if (kind !== "canAlways" && kind !== "leadsTo") expect(found).toEqual(verdict);
      else {
        about++;
        expect(found).toEqual({ kind: "unknown", because: "interrupted before it was judged" });
      }
    }
  }
  expect(about).toBeGreaterThan(1);
  expect(slices).toBeGreaterThanOrEqual(about);
});
