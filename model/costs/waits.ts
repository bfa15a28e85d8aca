/** What can be timed and held in a simulation, by name, and in which systems. */
import type { Level } from "../../checker/measure/level.ts";
import { stepNames } from "../../checker/measure/pattern.ts";
import type { Span } from "../../checker/measure/simulate/asked.ts";
import type { System } from "../../checker/system.ts";
import { countedAs } from "./counts.ts";

/** Devices with slots: each slot carries one piece of work at a time. */
const SLOTS = ["prg-slot", "stall-slot"];

const rolesIn = (system: System): ReadonlySet<string> =>
  new Set(Object.values(system.components).map(({ role }) => role));

/** From the start of a piece of work, of one page or of several, to its last DMA access. */
function pieces(system: System): readonly Span[] {
  const roles = rolesIn(system);
  const steps = new Set(stepNames(system));
  return SLOTS.filter((role) => roles.has(role)).map((role) => ({
    label: "a piece of work",
    by: "receiver",
    from: [steps.has(`${role}: slot.starts`) ? { step: `${role}: slot.starts` } : { message: { type: "slot.starts" } }],
    to: [{ step: `${role}: slot.retires` }],
    into: "idle",
  }));
}

/** From the first fault that a device reports to its response. */
function faults(system: System): readonly Span[] {
  const reports = countedAs(system, "faults");
  const responses = countedAs(system, "responses");
  return reports && responses ? [{ label: "a fault", by: "sender", from: reports.of, to: responses.of }] : [];
}

/** The times of the system that have names. */
export const spansIn = (system: System): readonly Span[] => [...pieces(system), ...faults(system)];

/** What is held in the system that has names. */
export function levelsIn(system: System): readonly Level[] {
  const roles = rolesIn(system);
  return [
    ...(roles.has("container") ? [{ label: "pages that faults have mapped", role: "container", field: "mapped" }] : []),
    ...SLOTS.filter((role) => roles.has(role)).map((role) => ({
      label: "pieces of work that wait for a response",
      role,
      in: "waiting",
    })),
  ];
}
