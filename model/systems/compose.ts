/** Parts put together into one system. */
import { defineSystem, type System } from "../../checker/system.ts";
import { parametersOf, type Configuration, type WorkItems } from "./configuration.ts";
import { fairnessOf } from "./fairness.ts";
import { faultCore61 } from "./fault-core-6.1.ts";
import { faultCore612 } from "./fault-core-6.12.ts";
import { resolvers } from "./resolvers.ts";
import { hostSide, type Part } from "./host-side.ts";
import { notifiedMemory } from "./notified-memory.ts";
import { pinnedMemory } from "./pinned-memory.ts";
import { priPath } from "./pri-path.ts";
import { stallPath } from "./stall-path.ts";
import type { Wiring } from "./study.ts";
import { symmetryOf } from "./symmetry.ts";

const memory = (configuration: Configuration): readonly Part[] =>
  configuration.host.notifier === "none"
    ? [pinnedMemory(configuration), resolvers(configuration)]
    : [notifiedMemory(configuration, configuration.host.notifier)];

const partsOf = (configuration: Configuration, items?: WorkItems): readonly Part[] => {
  const stalls = configuration.hardware.stallSlots > 0;
  return [
    stalls ? stallPath(configuration, items) : priPath(configuration, items),
    configuration.host.core === "6.1" ? faultCore61(configuration) : faultCore612(configuration),
    ...memory(configuration),
    hostSide(configuration, stalls ? "stall" : "pri"),
  ];
};

const wiringOf = (parts: readonly Part[]): Wiring => ({
  components: Object.assign({}, ...parts.map(({ components }) => components)),
  channels: Object.assign({}, ...parts.map(({ channels }) => channels)),
  routes: parts.flatMap(({ routes }) => routes),
  prologue: parts.flatMap(({ prologue }) => prologue),
});

/**
 * Device, IOMMU, IOPF core, VFIO and host memory, wired; hardware with stall slots stalls, all other hardware has PRI. Without
 * what only a search asks for, which takes a time that grows with the square of the pages. `items`: the only work items of the
 * devices; by default all arrangements of pages.
 */
export const pageFaultWiring = (configuration: Configuration, items?: WorkItems): Wiring =>
  wiringOf(partsOf(configuration, items));

/** The same as a system, with what is fair and what may be exchanged in it, and without claims. */
export function pageFaultSystem(name: string, configuration: Configuration): System {
  const parts = partsOf(configuration);
  return defineSystem({
    name,
    parameters: parametersOf(configuration),
    ...wiringOf(parts),
    fairness: fairnessOf(parts),
    ...symmetryOf(configuration),
    properties: [],
  });
}
