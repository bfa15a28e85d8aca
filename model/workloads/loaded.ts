/** A page fault system of any size whose devices have a workload, with a time for each of its steps: what is simulated. */
import { wholeOf } from "../../checker/measure/pattern.ts";
import type { RateRule, Rates } from "../../checker/measure/rates.ts";
import { defineSystem, type System } from "../../checker/system.ts";
import type { GivenCosts } from "../costs/costs.ts";
import { ratesOf } from "../costs/rates.ts";
import { pageFaultWiring } from "../systems/compose.ts";
import { parametersOf, type Configuration } from "../systems/configuration.ts";
import { choicesOf, itemsOf, type Workload } from "./workload.ts";

export interface Load {
  readonly configuration: Configuration;
  readonly workload: Workload;
  readonly costs?: GivenCosts;
  /** Whether each step takes its mean, or a time that is exponential with that mean. */
  readonly times: "fixed" | "exponential";
}

export interface Loaded {
  readonly system: System;
  readonly rates: Rates;
  /** The role of the slots of the devices. */
  readonly slots: string;
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
  const isDevice = events.some(({ type }) => type === STARTS);
  const items = isDevice ? itemsOf(load.workload, load.configuration.bounds.pages) : [];
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
  const { configuration, workload, costs, times } = load;
  const { bounds, hardware } = configuration;
  const slots = hardware.stallSlots > 0 ? "stall-slot" : "prg-slot";
  // Each work item of a search is an arrangement of pages, and there are too many of them.
  const wiring = pageFaultWiring({ ...configuration, bounds: { ...bounds, itemPages: 1 } });
  const parameters = parametersOf(configuration);
  const any = defineSystem({ name: "page faults", parameters, ...wiring, properties: [] });
  const rates = ratesOf(any, costs);
  const components = Object.fromEntries(
    Object.entries(wiring.components).map(([name, component]) => [
      name,
      { ...component, events: eventsOf(load, any, rates, name) ?? [] },
    ]),
  );
  const system = defineSystem({ name: "page faults", parameters, ...wiring, components, properties: [] });
  const own = ratesOf(system, costs);
  return {
    system,
    slots,
    rates: {
      ...own,
      rules: times === "fixed" ? own.rules.map(fixed) : own.rules,
      choices: choicesOf(workload, bounds.pages, slots),
    },
  };
}
