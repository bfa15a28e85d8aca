/** Devices whose faulting transactions the SMMU stalls, down to the IOPF core. */
import type { Message } from "../../checker/json.ts";
import { call, send } from "../../checker/system.ts";
import { stallSlot } from "../machines/device/stall-slot.ts";
import { evtqThread } from "../machines/linux/iommu/arm/arm-smmu-v3/evtq-thread.ts";
import { arrangements, range, slotsOfDevice, type Configuration, type WorkItems } from "./configuration.ts";
import { domainOf, field, named, type Part } from "./host-side.ts";

/** `given`: the only work items that the devices have, in the place of all. */
export function stallPath(configuration: Configuration, given?: WorkItems): Part {
  const { hardware, host, bounds } = configuration;
  const devices = range(bounds.devices);
  const slots = range(slotsOfDevice(configuration));
  const longest = Math.min(bounds.itemPages, bounds.pages);
  const items = given ?? range(longest).flatMap((k) => arrangements(range(bounds.pages), k + 1));
  // One list for all slots: with thousands of pages, whoever reads it reads it once.
  const slotEvents = [
    ...items.map((item) => ({ type: "slot.starts", pages: item })),
    ...["looks-up", "retires", "records", "terminates"].map((step) => ({ type: `slot.${step}` })),
  ];
  const slotOf = named("slot", "device", "slot");
  const translationFor = (message: Message): string =>
    `translation${domainOf(configuration, Number(message["device"]))}.${field(message, "page")}`;
  return {
    components: {
      ...Object.fromEntries(
        devices.flatMap((device) =>
          slots.map((slot) => [
            `slot${device}.${slot}`,
            {
              machine: stallSlot,
              input: { device, slot, instances: bounds.instances },
              role: "stall-slot",
              events: slotEvents,
            },
          ]),
        ),
      ),
      "evtq-thread": {
        machine: evtqThread,
        input: { answersErrors: host.core === "6.1" },
        role: "evtq-thread",
      },
    },
    channels: {
      events: { to: "evtq-thread", capacity: hardware.evtqEntries, whenFull: "block", unhandled: "block" },
    },
    routes: [
      call("stall-slot", ["access.begins", "access.retires"], translationFor),
      call("translation", ["access.granted", "access.faults"], slotOf),
      send("stall-slot", ["evtq.record"], "events"),
      call("evtq-thread", ["driver.reports-fault"], "reporter"),
      call("evtq-thread", ["driver.page-response"], "response-encoder"),
      call("reporter", ["reported"], "evtq-thread"),
      call(
        "command-queue",
        ["stall.resumed"],
        (message) => `slot${field(message, "device")}.${field(message, "stag")}`,
      ),
    ],
    prologue: [],
  };
}
