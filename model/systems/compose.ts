/** Parts put together into one system. */
import { defineSystem, type System } from "../../checker/system.ts";
import { parametersOf, type Configuration } from "./configuration.ts";
import { fairnessOf } from "./fairness.ts";
import { faultCore61 } from "./fault-core-6.1.ts";
import { faultCore612 } from "./fault-core-6.12.ts";
import { resolvers } from "./resolvers.ts";
import { hostSide, type Part } from "./host-side.ts";
import { notifiedMemory } from "./notified-memory.ts";
import { pinnedMemory } from "./pinned-memory.ts";
import { priPath } from "./pri-path.ts";
import { stallPath } from "./stall-path.ts";
import { symmetryOf } from "./symmetry.ts";

const memory = (configuration: Configuration): readonly Part[] =>
  configuration.host.notifier === "none"
    ? [pinnedMemory(configuration), resolvers(configuration)]
    : [notifiedMemory(configuration, configuration.host.notifier)];

/** Device, IOMMU, IOPF core, VFIO and host memory, without claims; hardware with stall slots stalls, all other hardware has PRI. */
export function pageFaultSystem(name: string, configuration: Configuration): System {
  const stalls = configuration.hardware.stallSlots > 0;
  const parts = [
    stalls ? stallPath(configuration) : priPath(configuration),
    configuration.host.core === "6.1" ? faultCore61(configuration) : faultCore612(configuration),
    ...memory(configuration),
    hostSide(configuration, stalls ? "stall" : "pri"),
  ];
  return defineSystem({
    name,
    parameters: parametersOf(configuration),
    components: Object.assign({}, ...parts.map(({ components }) => components)),
    channels: Object.assign({}, ...parts.map(({ channels }) => channels)),
    routes: parts.flatMap(({ routes }) => routes),
    prologue: parts.flatMap(({ prologue }) => prologue),
    fairness: fairnessOf(parts),
    ...symmetryOf(configuration),
    properties: [],
  });
}
