/** What the twin in Promela is compiled with, so that it stands for a run of pri-overflow. */
import type { Json } from "../../checker/json.ts";
import { tailReads } from "../../model/machines/linux/iommu/drivers/page-request-drivers.ts";
import type { Configuration } from "../../model/systems/configuration.ts";
import { allocationOf, longestItem, usableSlots } from "../../model/systems/credits.ts";
import { driverOf } from "../../model/systems/host-side.ts";
import { parametersFor, type Request } from "../../properties/build.ts";

/** Knobs for which the twin has rules for some of the values only. */
const RULES: { readonly [knob: string]: readonly Json[] } = {
  pages: [1, 2, 3, 4],
  itemPages: [1, 2],
  unmaps: [false],
  reclaims: [false],
  core: ["6.12"],
  notifier: ["none"],
  reclaim: ["none"],
  limit: [0],
  workers: [1],
  domains: [1],
  respondWhen: ["after-unlock"],
  workerLocks: [true],
  discardWhen: ["before-clear"],
  acknowledgeWhen: ["before-read"],
  allocations: ["succeed"],
  creditReservation: ["group"],
  ovfLastResponse: ["none", "success", "invalid"],
  irqModel: ["edgeOn01", "lossy"],
  irqClears: ["pending", "both", "seen"],
  clearPolicy: ["drainedOnly", "immediate"],
};

/** @throws TypeError for a knob value that the twin has no rule for. */
export function settingsOf(request: Request): readonly string[] {
  const configuration = parametersFor(request) as unknown as Configuration;
  const { hardware, host, bounds } = configuration;
  const knobs = { ...hardware, ...host, ...bounds } as unknown as { readonly [knob: string]: Json };
  for (const [knob, values] of Object.entries(RULES))
    if (!values.includes(knobs[knob]!))
      throw new TypeError(
        `The twin of pri-overflow has no rule for ${knob}=${String(knobs[knob])}. It has rules for ${values.map(String).join(", ")}.`,
      );
  const settings: { readonly [name: string]: number | boolean } = {
    DEVICES: bounds.devices,
    SLOTS: bounds.slots,
    PAGES: bounds.pages,
    ITEM_PAGES: longestItem(configuration),
    INSTANCES: bounds.instances,
    COMMANDS: Math.max(bounds.commands, bounds.devices),
    USABLE: usableSlots(hardware),
    CREDITS: allocationOf(configuration),
    OVF_RESPONSE: ["none", "success", "invalid"].indexOf(hardware.ovfLastResponse),
    OVF_INHIBITS: hardware.ovfInhibits,
    IMPLICIT_INVALIDATION: hardware.implicitInvOnPR,
    ERROR_LATCH: hardware.irqErrorLatch,
    LOSSY: hardware.irqModel === "lossy",
    HEAD_BATCH: hardware.headAdvance === "batch",
    TAIL_ONCE: tailReads(driverOf(hardware).driver) === "once",
    LOOKS_FIRST: hardware.irqClears !== "pending",
    CLEARS_BOTH: hardware.irqClears === "both",
    REREADS: hardware.irqReread,
    DISCARDS: hardware.discardScope !== "none",
    DRAINS_FIRST: hardware.clearPolicy === "drainedOnly",
  };
  return Object.entries(settings).map(([name, value]) => `-D${name}=${Number(value)}`);
}
