/**
 * How many steps a simulation takes in a second of processor time: stations in a circle, and page faults of a device at sizes
 * that no search reaches.
 *
 *   npm run events -- [--steps 3e5] [--pages 256,4096] [--slots 64]
 */
import { parseArgs } from "node:util";
import type { Rates } from "../checker/measure/rates.ts";
import { stepNames } from "../checker/measure/pattern.ts";
import { Simulation } from "../checker/measure/simulate/simulation.ts";
import { defineSystem, type System } from "../checker/system.ts";
import { stationsSystem } from "../checker/textbook/stations.ts";
import { vtd } from "../model/hardware/vtd.ts";
import { rfcV1OnGroups } from "../model/hosts/rfc-v1.ts";
import { BASE_BOUNDS } from "../model/systems/systems.ts";
import { carrying } from "../model/workloads/carrying.ts";
import { choicesOf, type Workload } from "../model/workloads/workload.ts";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "3e5" },
    pages: { type: "string", default: "256,4096" },
    slots: { type: "string", default: "64" },
  },
});
const wanted = Number(values.steps);
const slots = Number(values.slots);
const sizes = values.pages.split(",").map(Number);
for (const size of [wanted, slots, ...sizes])
  if (!(Number.isInteger(size) && size > 0))
    throw new TypeError(`--steps, --slots and --pages take whole numbers from 1; one of them is ${size}.`);

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Each step of the system takes as long on average, but for those of which the mean is given. */
const ratesOf = (system: System, means: { readonly [step: string]: number } = {}): Rates => ({
  name: "bench",
  rules: stepNames(system).map((step) => ({
    step,
    timing: {
      kind: "timed",
      cost: { distribution: "exponential", mean: means[step] ?? 100, unit: "ns", basis: { assumed: "a bench" } },
    },
  })),
});

interface Case {
  readonly name: string;
  readonly build: () => { readonly system: System; readonly rates: Rates };
}

const stations = (count: number): Case => ({
  name: `${count} stations in a circle`,
  build: () => {
    const system = stationsSystem(
      Array.from({ length: count }, () => ({ room: 50, jobs: 5 })),
      { isClosed: true },
    );
    return { system, rates: ratesOf(system) };
  },
});

/** With a limit of half the pages, most DMAs to random pages fault; without one, only the first to each page. */
const faults = (pages: number, limit: number): Case => ({
  name: `${pages} pages, ${slots} DMAs in flight, ${limit === 0 ? "no limit" : `limit ${limit}`}`,
  build: () => {
    const workload: Workload = { pick: "random", itemPages: 1 };
    const bounds = { name: "large", ...BASE_BOUNDS, pages, slots, instances: 4, commands: 64 };
    const hardware = { ...vtd, pqEntries: 2 * slots, creditsPerDev: slots };
    const host = { ...rfcV1OnGroups, limit, reclaim: "direct" } as const;
    const wiring = carrying({ hardware, host, bounds }, workload);
    const system = defineSystem({ name: "pri-flat", parameters: {}, ...wiring, properties: [] });
    const rates = ratesOf(system, { "prg-slot: slot.starts": 1_000, "prg-slot: slot.retires": 2_000 });
    return { system, rates: { ...rates, choices: choicesOf(workload, pages, "prg-slot") } };
  },
});

console.log(["system".padEnd(50), "ready s", "steps", "cpu s", "steps/cpu s", "MB"].join("  "));
for (const { name, build } of [
  ...[1, 64].map(stations),
  ...sizes.flatMap((pages) => [faults(pages, 0), faults(pages, pages / 2)]),
]) {
  const begun = cpu();
  const { system, rates } = build();
  const never = { label: "never", of: [{ step: stepNames(system)[0]!, fields: { type: "" } }] };
  const options = { seed: 1, replications: 2, warmUp: 0, length: { pieces: 1 }, confidence: 0.99 };
  const simulation = new Simulation(system, rates, { work: never }, options);
  simulation.advance(1);
  const ready = cpu();
  simulation.advance(wanted);
  const spent = cpu() - ready;
  const megabytes = process.memoryUsage().rss / 1e6;
  console.log(
    [
      name.padEnd(50),
      (ready - begun).toFixed(1).padStart(7),
      wanted,
      spent.toFixed(2),
      Math.round(wanted / spent).toLocaleString("en"),
      Math.round(megabytes),
    ].join("  "),
  );
}
