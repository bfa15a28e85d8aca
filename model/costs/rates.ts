/** Which step takes which cost: for the systems in which each step has one. */
import { checkRates, type RateRule, type Rates, type Timing } from "../../checker/measure/rates.ts";
import { stepNames, wholeOf } from "../../checker/measure/pattern.ts";
import type { System } from "../../checker/system.ts";
import { costOf, isCostName, type GivenCosts } from "./costs.ts";
import { policySteps } from "./policy-steps.ts";
import type { Taken } from "./taken.ts";

/** By step: "role: event", or with "*" for its type; "... for ROLE" where a field of the step, or of its component, names whom it is for. */
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
  "reclaim-thread: reclaim.locks": "period",
  "reclaim-thread: *": "core",
  "work-item: item.starts": "at once",
  "work-item: item.tries": "at once",
  "work-item: item.retires": "access",
  "fault-service: *": "core",
  "expiry-thread: expiry.fires": "expiry",
  "expiry-thread: *": "core",
  ...policySteps,
};

const FOR = " for ";

/** Some of the steps of a rule: those whose `by` is one of the role. */
interface Rule {
  readonly step: string;
  readonly by?: string;
  readonly taken: Taken;
}

/** The rules that are about steps of the system. */
function rulesIn(system: System): readonly Rule[] {
  const steps = stepNames(system);
  const known = new Set([...steps, ...steps.map(wholeOf)]);
  return Object.entries(STEPS).flatMap(([told, taken]): readonly Rule[] => {
    const [step = "", role] = told.split(FOR);
    if (!known.has(step)) return [];
    if (role === undefined) return [{ step, taken }];
    const named = system.componentNames.filter((name) => system.components[name]!.role === role);
    return named.map((by) => ({ step, by, taken }));
  });
}

/** The costs that steps of the system take. */
export const costsIn = (system: System): ReadonlySet<string> =>
  new Set(rulesIn(system).flatMap(({ taken }) => (typeof taken === "string" && isCostName(taken) ? [taken] : [])));

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
  const rules = rulesIn(system).map(({ step, by, taken }): RateRule => ({
    step,
    ...(by !== undefined && { fields: { by } }),
    timing: timingOf(taken, given),
  }));
  const rates = { name: "the RFC's board", rules };
  checkRates(system, rates);
  return rates;
}

export const workload = WORKLOAD;
