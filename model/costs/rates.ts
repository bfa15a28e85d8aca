/** Which step takes which cost: for the systems in which each step has one. */
import { checkRates, type RateRule, type Rates, type Timing } from "../../checker/measure/rates.ts";
import { stepNames, wholeOf } from "../../checker/measure/pattern.ts";
import type { System } from "../../checker/system.ts";
import { costOf, isCostName, type CostName, type GivenCosts } from "./costs.ts";

/** A cost by its name, `at once`, or why the step is left out. */
type Taken = CostName | "at once" | { readonly never: string };

/** By step: "role: event", or with "*" for its type. */
const STEPS: { readonly [step: string]: Taken } = {
  "work-order: order.gives": "at once",
  "stall-slot: slot.starts": "at once",
  "stall-slot: slot.looks-up": "at once",
  "stall-slot: slot.records": "at once",
  "stall-slot: slot.retires": "access",
  "stall-slot: slot.terminates": { never: "nobody resets the device" },
  "prg-slot: slot.starts": "at once",
  "prg-slot: slot.looks-up": "at once",
  "prg-slot: slot.requests": "at once",
  "prg-slot: slot.retires": "access",
  "events delivers *": "report",
  "completions delivers *": "translation",
  "responses delivers *": "resume",
  "invalidations delivers *": "resume",
  "prq-thread: thread.acknowledges": "report",
  "prq-thread: *": "core",
  "iopf-queue: *": "core",
  "commands delivers *": "resume",
  "reporter: *": "core",
  "responder: *": "core",
  "fault-resolver: *": "handler",
  "mm-reclaim: operation.starts": { never: "the host has memory to spare, and reclaims nothing" },
  "mm-reclaim: operation.steps": "release",
  "unpinned-resolver: resolver.reclaims": { never: "the host has memory to spare, and reclaims nothing" },
  "unpinned-resolver: *": "handler",
  "page-release: *": "release",
};

/** The rules that are about steps of the system. */
function rulesIn(system: System): readonly (readonly [step: string, taken: Taken])[] {
  const steps = stepNames(system);
  const known = new Set([...steps, ...steps.map(wholeOf)]);
  return Object.entries(STEPS).filter(([step]) => known.has(step));
}

/** The costs that steps of the system take. */
export const costsIn = (system: System): ReadonlySet<string> =>
  new Set(rulesIn(system).flatMap(([, taken]) => (typeof taken === "string" && isCostName(taken) ? [taken] : [])));

/** What is assumed of the workload. */
const WORKLOAD = "A device begins a DMA access as soon as it can, to any page with the same probability.";

function timingOf(taken: Taken, given: GivenCosts): Timing {
  if (taken === "at once") return { kind: "immediate", weight: 1 };
  return typeof taken === "string"
    ? { kind: "timed", cost: costOf(taken, given) }
    : { kind: "never", because: taken.never };
}

/** The rates of the system. @throws ModelError for a cost that is no time, and for steps that have none, by name */
export function ratesOf(system: System, given: GivenCosts = {}): Rates {
  const rules = rulesIn(system).map(([step, taken]): RateRule => ({ step, timing: timingOf(taken, given) }));
  const rates = { name: "the RFC's board", rules };
  checkRates(system, rates);
  return rates;
}

export const workload = WORKLOAD;
