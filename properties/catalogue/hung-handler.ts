/** HNG: who waits for a handler of page faults that does not return. */
import { all, always, leadsTo, sometimes } from "../../checker/property.ts";
import type { FaultSenderContext } from "../../model/machines/device/fault-sender.ts";
import type { DeviceDetachContext } from "../../model/machines/linux/iommu/io-pgfault/hung/device-detach.ts";
import type { HangingHandlerContext } from "../../model/machines/linux/iommu/io-pgfault/hung/hanging-handler.ts";
import { HANGS, isOf } from "../../model/machines/linux/iommu/io-pgfault/hung/hung-device.ts";
import type { HungHandlerDesign, HungHandlerSizes } from "../../model/systems/studies/hung-handler-design.ts";
import { inStudy } from "./parameters.ts";
import { coreRule, vfioRule } from "./sources.ts";

const here = inStudy<HungHandlerDesign, HungHandlerSizes>("hung-handler");

/** The device whose handler returns. */
const WORKS = 1;

const devices = all<FaultSenderContext>("fault-sender");
const detaches = all<DeviceDetachContext>("device-detach");
const handlers = all<HangingHandlerContext>("hanging-handler");
const binder = all<object>("sva-binder");

type Devices = readonly { readonly context: FaultSenderContext }[];
type Detaches = readonly { readonly state: string; readonly context: DeviceDetachContext }[];
const openOf = (every: Devices, device: number): readonly number[] =>
  every.find(({ context }) => context.device === device)!.context.open;
const stateOf = (every: Detaches, device: number): string =>
  every.find(({ context }) => context.device === device)!.state;
const isUnderWay = (state: string): boolean => state !== "attached" && state !== "ended";
const isEnded = ({ state }: Detaches[number]): boolean => state === "ended";
/** Groups without a response of what the detach is about. */
const openUnder = (every: Devices, { context: { device, of } }: Detaches[number]): readonly number[] =>
  openOf(every, device).filter((group) => isOf({ device, of }, { device, group }));

export const hng = [
  leadsTo({
    id: "HNG-1",
    name: "working-device-is-answered",
    statement: "A device whose handler returns gets its responses, whatever the handler of another device waits for.",
    source: coreRule("L7"),
    witness: "HNG-2",
    applies: here,
    reads: { devices },
    when: ({ devices: every }) => openOf(every, WORKS).includes(0),
    eventually: ({ devices: every }) => !openOf(every, WORKS).includes(0),
    assumes: ["threads"],
  }),
  sometimes({
    id: "HNG-2",
    name: "both-devices-wait",
    statement: "A fault of each device waits for its response.",
    source: coreRule("L7"),
    applies: here,
    reads: { devices },
    holds: ({ devices: every }) => every.every(({ context }) => context.open.length > 0),
  }),
  leadsTo({
    id: "HNG-3",
    name: "working-device-detaches",
    statement: "A detach of a device whose handler returns comes to its end.",
    source: coreRule("L5"),
    witness: "HNG-4",
    applies: here,
    reads: { detaches },
    when: ({ detaches: every }) => isUnderWay(stateOf(every, WORKS)),
    eventually: ({ detaches: every }) => stateOf(every, WORKS) === "ended",
    assumes: ["threads"],
  }),
  sometimes({
    id: "HNG-4",
    name: "detach-beside-open-group",
    statement: "A device whose handler returns is detached while a fault of the other one waits.",
    source: coreRule("L5"),
    applies: here,
    reads: { devices, detaches },
    holds: ({ devices: every, detaches: threads }) =>
      isUnderWay(stateOf(threads, WORKS)) && openOf(every, HANGS).length > 0,
  }),
  leadsTo({
    id: "HNG-5",
    name: "hung-device-detaches",
    statement: "A detach of a device comes to its end, also when nobody ends what its handler waits for.",
    source: coreRule("L5"),
    witness: "HNG-6",
    applies: here,
    reads: { detaches },
    when: ({ detaches: every }) => isUnderWay(stateOf(every, HANGS)),
    eventually: ({ detaches: every }) => stateOf(every, HANGS) === "ended",
    assumes: ["threads"],
  }),
  sometimes({
    id: "HNG-6",
    name: "detach-of-waiting-device",
    statement: "A device whose handler may hang is detached while a fault of it waits.",
    source: coreRule("L5"),
    applies: here,
    reads: { devices, detaches },
    holds: ({ devices: every, detaches: threads }) =>
      isUnderWay(stateOf(threads, HANGS)) && openOf(every, HANGS).length > 0,
  }),
  leadsTo({
    id: "HNG-7",
    name: "bind-elsewhere-ends",
    statement: "A bind of another device comes to its end.",
    source: vfioRule("I-38"),
    witness: "HNG-8",
    applies: here,
    reads: { binder },
    when: ({ binder: every }) => every.some(({ state }) => state === "locking"),
    eventually: ({ binder: every }) => every.every(({ state }) => state !== "locking"),
    assumes: ["threads"],
  }),
  sometimes({
    id: "HNG-8",
    name: "bind-beside-detach",
    statement: "A bind has begun while a detach is under way.",
    source: vfioRule("I-38"),
    applies: here,
    reads: { binder, detaches },
    holds: ({ binder: every, detaches: threads }) =>
      every.some(({ state }) => state === "locking") && threads.some(({ state }) => isUnderWay(state)),
  }),
  always({
    id: "HNG-9",
    name: "no-handler-after-detach",
    statement: "No handler works for a group of a device, or of a PASID, whose detach has ended.",
    source: coreRule("I11"),
    witness: "HNG-10",
    applies: here,
    reads: { handlers, detaches },
    holds: ({ handlers: every, detaches: threads }) =>
      every.every(({ context: { work } }) => !work || !threads.some((one) => isEnded(one) && isOf(one.context, work))),
    values: ({ handlers: every, detaches: threads }) => ({
      "handlers work for": every.flatMap(({ context: { work } }) => (work ? [work] : [])),
      "detached are": threads.filter(isEnded).map(({ context: { device } }) => device),
    }),
  }),
  sometimes({
    id: "HNG-10",
    name: "detach-waits-for-handler",
    statement: "A handler works for a group whose detach is under way.",
    source: coreRule("I11"),
    applies: here,
    reads: { handlers, detaches },
    holds: ({ handlers: every, detaches: threads }) =>
      every.some(
        ({ context: { work } }) =>
          work !== null && threads.some(({ state, context }) => isUnderWay(state) && isOf(context, work)),
      ),
  }),
  always({
    id: "HNG-11",
    name: "detached-device-has-no-group",
    statement: "When a detach has ended, each group of the device, or of the PASID, has its response.",
    source: coreRule("L1"),
    witness: "HNG-12",
    applies: here,
    reads: { devices, detaches },
    holds: ({ devices: every, detaches: threads }) =>
      threads.every((one) => !isEnded(one) || openUnder(every, one).length === 0),
    values: ({ devices: every, detaches: threads }) => ({
      "detached are": threads.filter(isEnded).map(({ context: { device } }) => device),
      "groups without a response": every.map(({ context }) => context.open),
    }),
  }),
  sometimes({
    id: "HNG-12",
    name: "detach-with-open-group",
    statement: "A device stops to use an index while that group has no response.",
    source: coreRule("L1"),
    applies: here,
    reads: { devices },
    holds: ({ devices: every }) =>
      every.some(({ context: { open, stopped } }) => stopped.some((group) => open.includes(group))),
  }),
] as const;
