/** A page fault system of any size whose devices have a workload, with a time for each of its steps: what is simulated. */
import { wholeOf } from "../../checker/measure/pattern.ts";
import type { RateRule, Rates } from "../../checker/measure/rates.ts";
import { defineSystem, type System } from "../../checker/system.ts";
import type { GivenCosts } from "../costs/costs.ts";
import { ratesOf } from "../costs/rates.ts";
import { pageFaultWiring } from "../systems/compose.ts";
import { parametersOf, type Configuration } from "../systems/configuration.ts";
import type { Wired } from "./wired.ts";
import { choicesOf, itemsOf, type Workload } from "./workload.ts";

interface Timed {
  readonly costs?: GivenCosts;
  /** Whether each step takes its mean, or a time that is exponential with that mean. */
  readonly times: "fixed" | "exponential";
}

interface PageFaults extends Timed {
  readonly configuration: Configuration;
  readonly workload: Workload;
}

/** A page fault system, or a focused model. */
export type Load = PageFaults | (Timed & Wired);

export interface Loaded {
  readonly system: System;
  readonly rates: Rates;
  /** The steps between which a piece of work is under way. */
  readonly begins: string;
  readonly ends: string;
}

const STARTS = "slot.starts";

/** Without the steps that never happen, of which there are two for each page, and with no work items but these. */
function eventsOf(load: Load, system: System, rates: Rates, name: string): System["components"][string]["events"] {
  const component = system.components[name]!;
  const { events = [], role } = component;
  const never = (type: string): boolean => {
    const step = `${role ?? name}: ${type}`;
    const rule = rates.rules.find((one) => one.step === step || one.step === wholeOf(step));
    return rule?.timing.kind === "never";
  };
  const isDevice = "workload" in load && events.some(({ type }) => type === STARTS);
  if (!isDevice) return events.filter(({ type }) => !never(type));
  const items = itemsOf(load.workload, load.configuration.bounds.pages);
  return [
    ...items.map((pages) => ({ type: STARTS, pages })),
    ...events.filter(({ type }) => type !== STARTS && !never(type)),
  ];
}

const fixed = (rule: RateRule): RateRule =>
  rule.timing.kind === "timed" && rule.timing.cost.distribution === "exponential"
    ? { ...rule, timing: { ...rule.timing, cost: { ...rule.timing.cost, distribution: "fixed" } } }
    : rule;

/** @throws ModelError for a workload that the system cannot carry, and for a cost that is no time */
export function loaded(load: Load): Loaded {
  const { costs, times } = load;
  const { wiring, choices, begins, ends, paces = [] } = "wiring" in load ? load : pageFaults(load);
  const parameters = "wiring" in load ? {} : parametersOf(load.configuration);
  const any = defineSystem({ name: "numbers", parameters, ...wiring, properties: [] });
  const rates = ratesOf(any, costs);
  const components = Object.fromEntries(
    Object.entries(wiring.components).map(([name, component]) => [
      name,
      { ...component, events: eventsOf(load, any, rates, name) ?? [] },
    ]),
  );
  const system = defineSystem({ name: "numbers", parameters, ...wiring, components, properties: [] });
  const { rules: known, ...own } = ratesOf(system, costs);
  const rules = [...paces, ...known];
  return {
    system,
    begins,
    ends,
    rates: { ...own, rules: times === "fixed" ? rules.map(fixed) : rules, choices },
  };
}

function pageFaults({ configuration, workload }: PageFaults): Wired {
  const { bounds, hardware } = configuration;
  const slots = hardware.stallSlots > 0 ? "stall-slot" : "prg-slot";
  return {
    // Each work item of a search is an arrangement of pages, and there are too many of them.
    wiring: pageFaultWiring({ ...configuration, bounds: { ...bounds, itemPages: 1 } }),
    choices: choicesOf(workload, bounds.pages, slots),
    begins: `${slots}: ${STARTS}`,
    ends: `${slots}: slot.retires`,
  };
}
