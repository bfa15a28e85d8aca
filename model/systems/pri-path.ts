/** Devices with ATS and PRI behind one page request queue, down to the IOPF core. */
import type { Message } from "../../checker/json.ts";
import { call } from "../../checker/system.ts";
import { atcEntry } from "../machines/device/atc-entry.ts";
import { priInterface } from "../machines/device/pri-interface.ts";
import { prgSlot, responseIsFor } from "../machines/device/prg-slot.ts";
import { pageRequestQueue } from "../machines/iommu/page-request-queue.ts";
import { allocationOf, longestItem } from "./credits.ts";
import {
  arrangements,
  collectsGroups,
  indexOfSlot,
  range,
  type Configuration,
  type WorkItems,
} from "./configuration.ts";
import { domainOf, driverOf, field, type Part } from "./host-side.ts";
import { named, postedToDevices } from "./iommu-side.ts";
import { threadOf, threadRoutes } from "./page-request-path.ts";

/** The group of the device that a response is for; one that names no group reaches the PRI capability. */
function responseTo(configuration: Configuration, device: number): (message: Message) => string {
  const slots = range(configuration.bounds.slots).map((slot) => ({
    name: `slot${device}.${slot}`,
    index: { slot, ...indexOfSlot(configuration, slot) },
  }));
  return (message) => slots.find(({ index }) => responseIsFor(index, message))?.name ?? `pri${device}`;
}

/** `given`: the only work items that the devices have, in the place of all. */
export function priPath(configuration: Configuration, given?: WorkItems): Part {
  const { hardware, host, bounds } = configuration;
  const devices = range(bounds.devices);
  const slots = range(bounds.slots);
  const pages = range(bounds.pages);
  const items = given ?? range(longestItem(configuration)).flatMap((k) => arrangements(pages, k + 1));
  // One list for all slots: with thousands of pages, whoever reads it reads it once.
  const slotEvents = [
    ...items.map((item) => ({ type: "slot.starts", pages: item })),
    { type: "slot.looks-up" },
    { type: "slot.requests" },
    { type: "slot.retires" },
    ...(hardware.givesUp === "never" ? [] : [{ type: "slot.gives-up" }]),
  ];
  const slotOf = named("slot", "device", "slot");
  const entryOf = named("atc", "device", "page");
  const posted = postedToDevices({ devices, answers: bounds.slots, invalidations: 1 }, (device) => ({
    completions: entryOf,
    responses: responseTo(configuration, device),
    invalidations: entryOf,
  }));
  return {
    components: {
      ...Object.fromEntries(
        devices.flatMap((device) => [
          ...slots.map((slot) => [
            `slot${device}.${slot}`,
            {
              machine: prgSlot,
              input: {
                device,
                slot,
                instances: bounds.instances,
                reserves: hardware.creditReservation,
                ...indexOfSlot(configuration, slot),
                ...(hardware.givesUp === "freesIndex" && { freesIndex: true }),
              },
              role: "prg-slot",
              events: slotEvents,
            },
          ]),
          [
            `pri${device}`,
            {
              machine: priInterface,
              input: { device, allocation: allocationOf(configuration) },
              role: "pri-interface",
            },
          ],
          ...pages.map((page) => [
            `atc${device}.${page}`,
            { machine: atcEntry, input: { device, page, defect: hardware.atcInvDefect }, role: "atc-entry" },
          ]),
        ]),
      ),
      prq: {
        machine: pageRequestQueue(hardware),
        role: "prq",
        events: hardware.irqModel === "lossy" ? [{ type: "prq.loses-interrupt" }] : [],
      },
      "prq-thread": threadOf("prq-thread", {
        clearPolicy: hardware.clearPolicy,
        discards: hardware.discardScope !== "none" && collectsGroups(configuration),
        discardWhen: host.discardWhen,
        acknowledgeWhen: host.acknowledgeWhen,
        headAdvance: hardware.headAdvance,
        answersErrors: host.core === "6.1",
        rereads: hardware.irqReread,
        clears: hardware.irqClears,
        ...driverOf(hardware),
      }),
    },
    channels: posted.channels,
    routes: [
      call("prg-slot", ["atc.looks-up", "dma.retires"], entryOf),
      call("prg-slot", ["pri.takes-credits"], (message) => `pri${field(message, "device")}`, "block"),
      call("prg-slot", ["pri.returns-credits", "pri.fails"], (message) => `pri${field(message, "device")}`),
      call("prg-slot", ["pri.request"], "prq"),
      call("atc-entry", ["dma.granted", "dma.missed", "dma.tries-again"], slotOf),
      call("atc-entry", ["ats.request"], (message) => {
        const domain = domainOf(configuration, Number(message["device"]));
        return `translation${domain}.${field(message, "page")}`;
      }),
      call("atc-entry", ["atc.invalidation-completed"], "iommu"),
      call(
        "atc-entry",
        ["atc.awaits-answers"],
        (message) => slots.map((slot) => `slot${field(message, "device")}.${slot}`),
        "block",
      ),
      ...posted.routes,
      ...threadRoutes({
        prq: { name: "prq", role: "prq" },
        thread: { name: "prq-thread", role: "prq-thread" },
        reporter: "reporter",
        queue: "queue",
      }),
      call("prq", ["prq.early-warning"], () => []),
      call("prq", ["iotlb.implicit-invalidation"], (message) =>
        range(host.domains).map((domain) => `translation${domain}.${field(message, "page")}`),
      ),
      call("reporter", ["reported"], "prq-thread"),
      call("prq-thread", ["driver.page-response"], "response-encoder"),
    ],
    prologue: [],
  };
}
