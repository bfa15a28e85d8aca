/** A handler that does not return for one device, beside a device whose handler does. */
import { call, takesSteps, type Component, type FairnessClass, type Route } from "../../../checker/system.ts";
import { faultSender } from "../../machines/device/fault-sender.ts";
import { deviceDetach } from "../../machines/linux/iommu/io-pgfault/hung/device-detach.ts";
import { hangingHandler } from "../../machines/linux/iommu/io-pgfault/hung/hanging-handler.ts";
import { PARAM_LOCK, reportThread } from "../../machines/linux/iommu/io-pgfault/hung/report-thread.ts";
import { silentUser } from "../../machines/linux/iommu/io-pgfault/hung/silent-user.ts";
import { iopfQueue } from "../../machines/linux/iommu/io-pgfault/6.12/iopf-queue.ts";
import { iopfWorker, workerSteps } from "../../machines/linux/iommu/io-pgfault/6.12/iopf-worker.ts";
import { SVA_LOCK, svaBinder } from "../../machines/linux/iommu/iommu-sva/sva-binder.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { Study } from "../study.ts";
import {
  hungHandlerBounds,
  hungHandlerHosts,
  hungHandlerKnobs,
  hungHandlerSizeKnobs,
  type HungHandlerDesign,
  type HungHandlerSizes,
} from "./hung-handler-design.ts";

const CUT =
  "Two devices behind one IOMMU with one page request queue. The handler of device 0 may hang, that of device 1 returns. The " +
  "queue and its workers are those of the IOPF core of 6.12, with as many workers as works may run at once; reports, " +
  "parameters and attach handles are one step each. A device is detached once. Hidden: overflow of the page request queue, " +
  "two flushes of one queue at a time (the second begins when the first has ended), iommu_group->mutex, streams_mutex of " +
  "SMMUv3, and workers that other workqueues hold.";

/** Device 0 is the one whose handler may hang. */
const DEVICES = [0, 1];

const byThread = ({ faultsHandledBy }: HungHandlerDesign): boolean => faultsHandledBy === "thread";
const byUser = ({ faultsHandledBy }: HungHandlerDesign): boolean => faultsHandledBy === "user";
/** Whether a report takes the lock of the device's parameters. */
const reportLocks = (design: HungHandlerDesign): boolean => byThread(design) || design.flushHolds === "param-lock";
const queuesOf = (design: HungHandlerDesign): readonly number[] =>
  byThread(design) ? [] : design.queueOf === "iommu" ? [0] : DEVICES;
const queueNumber = ({ queueOf }: HungHandlerDesign, device: number): number => (queueOf === "iommu" ? 0 : device);
/** Of works; the thread that reports has one too. */
const handlerOf = (queue: number, at: number): string => `handler${queue}.${at}`;
const READER_HANDLER = "handler";

function pool(design: HungHandlerDesign, sizes: HungHandlerSizes): { readonly [name: string]: Component } {
  const rules = { hands: byUser(design) };
  const handler = (devices: readonly number[]): Component => ({
    machine: hangingHandler,
    input: { rules },
    role: "hanging-handler",
    events: [...devices.map((device) => ({ type: "handler.returns", device })), { type: "hung.returns" }],
  });
  if (byThread(design)) return { [READER_HANDLER]: handler(DEVICES) };
  return Object.fromEntries(
    queuesOf(design).flatMap((queue) => {
      const devices = DEVICES.filter((device) => queueNumber(design, device) === queue);
      return [
        [
          `queue${queue}`,
          {
            machine: iopfQueue,
            input: { queue, devices },
            role: "iopf-queue",
            events: [{ type: "queue.flushed" }],
          },
        ],
        ...range(sizes.activeWorks).flatMap((at) => [
          [
            `worker${queue}.${at}`,
            { machine: iopfWorker, role: "iopf-worker", events: workerSteps(devices, sizes.groupIndices) },
          ],
          [handlerOf(queue, at), handler(devices)],
        ]),
      ] as [string, Component][];
    }),
  );
}

function routesOf(design: HungHandlerDesign, sizes: HungHandlerSizes): readonly Route[] {
  const handlers = byThread(design)
    ? [READER_HANDLER]
    : queuesOf(design).flatMap((queue) => range(sizes.activeWorks).map((at) => handlerOf(queue, at)));
  const device = (message: { readonly [field: string]: unknown }): string => `device${String(message["device"])}`;
  const queue = (message: { readonly [field: string]: unknown }): string =>
    `queue${queueNumber(design, Number(message["device"]))}`;
  const beside = (name: string): string => name.replace(/^\D+/, "");
  const locks = (role: string): readonly Route[] => [
    call(role, ["lock.acquires"], (message) => field(message, "lock"), "block"),
    call(role, ["lock.releases"], (message) => field(message, "lock")),
  ];
  return [
    call("fault-sender", ["request.sent"], "reader"),
    ...locks("report-thread"),
    call("report-thread", ["work.queued"], queue),
    call("report-thread", ["work.runs"], READER_HANDLER),
    call("report-thread", ["ring.tells"], (message) => `detach${String(message["device"])}`),
    call("iopf-worker", ["work.begins"], queue, "block"),
    call("iopf-worker", ["work.runs"], (_, sender) => `handler${beside(sender)}`),
    call("iopf-worker", ["work.done"], queue),
    call("hanging-handler", ["group.responds"], device),
    call("hanging-handler", ["work.done"], (_, sender) =>
      sender === READER_HANDLER ? "reader" : `worker${beside(sender)}`,
    ),
    call("hanging-handler", ["user.gets"], "user"),
    call("silent-user", ["group.responds"], device),
    call("iopf-queue", ["flush.returns"], (message) => `detach${String(message["device"])}`),
    call("iopf-queue", ["queue.returns", "kernel.warns", "param.adds", "param.removes", "partials.discard"], () => []),
    ...locks("device-detach"),
    call("device-detach", ["sender.stops"], device),
    call("device-detach", ["ring.is-searched"], "reader"),
    call("device-detach", ["handler.is-interrupted"], () => handlers),
    call("device-detach", ["queue.flushes"], queue, "block"),
    call("device-detach", ["answers.are-taken"], "user"),
    ...locks("sva-binder"),
  ];
}

/** Some worker takes the work, if again and again one is free for it: no work is passed over for ever. */
const begins = (device: number, group: number): FairnessClass => ({
  name: `work of group ${group} of device ${device} begins`,
  kind: "strong",
  actions: (action) =>
    action.kind === "event" &&
    action.event.type === "worker.begins" &&
    action.event["device"] === device &&
    action.event["group"] === group,
});
const returns = (component: string, device: number): FairnessClass => ({
  name: `${component}: handler.returns of device ${device}`,
  kind: "strong",
  actions: (action) =>
    action.kind === "event" &&
    action.component === component &&
    action.event.type === "handler.returns" &&
    action.event["device"] === device,
});

export const hungHandlerStudy: Study<HungHandlerDesign, HungHandlerSizes> = {
  name: "hung-handler",
  sentence: "A handler of page faults that does not return, beside devices whose handlers do.",
  cut: CUT,
  hosts: hungHandlerHosts,
  knobs: hungHandlerKnobs,
  sizeKnobs: hungHandlerSizeKnobs,
  bounds: hungHandlerBounds,
  contradiction: (design) => {
    if (byThread(design) && design.flushHolds === "param-lock")
      return "a flush holds no lock where the thread that reports calls the handler (flushHolds, faultsHandledBy)";
    if (byThread(design) && (design.detachInterrupts || design.detachOmits === "flush"))
      return "there is no work to flush where the thread that reports calls the handler (faultsHandledBy)";
    if (byUser(design) && design.detachInterrupts)
      return "a handler that hands groups to user space waits for nobody (detachInterrupts, faultsHandledBy)";
    if (!byUser(design) && design.detachOmits === "answers")
      return "user space has no groups (detachOmits, faultsHandledBy)";
    if (design.detachOmits === "unlock" && design.flushHolds !== "sva-lock")
      return "nothing is held to the end (detachOmits, flushHolds)";
    return undefined;
  },
  compose: (design, sizes) => {
    const { flushHolds, detachInterrupts, detachOf, detachOmits } = design;
    const parts = pool(design, sizes);
    const groups = range(sizes.groupIndices);
    const holdsParam = reportLocks(design);
    const components: { [name: string]: Component } = {
      ...Object.fromEntries(
        DEVICES.map((device) => [
          `device${device}`,
          {
            machine: faultSender,
            input: { device, indices: sizes.groupIndices },
            role: "fault-sender",
            events: groups.map((group) => ({ type: "sender.faults", group })),
          },
        ]),
      ),
      reader: {
        machine: reportThread,
        input: { rules: { locks: holdsParam, handles: byThread(design) } },
        role: "report-thread",
        events: [{ type: "reader.steps" }],
      },
      ...parts,
      ...(byUser(design) && {
        user: {
          machine: silentUser,
          role: "silent-user",
          events: [{ type: "user.answers" }, { type: "silent.answers" }],
        },
      }),
      ...Object.fromEntries(
        DEVICES.map((device) => [
          `detach${device}`,
          {
            machine: deviceDetach,
            input: {
              device,
              of: detachOf === "pasid" ? 0 : null,
              rules: {
                holds: flushHolds,
                interrupts: detachInterrupts,
                flushes: !byThread(design) && detachOmits !== "flush",
                drains: detachOmits !== "drain",
                answers: byUser(design) && detachOmits !== "answers",
                unlocks: detachOmits !== "unlock",
              },
            },
            role: "device-detach",
            events: [{ type: "detach.begins" }, { type: "detach.steps" }, { type: "detach.looks" }],
          },
        ]),
      ),
      ...(holdsParam &&
        Object.fromEntries(
          DEVICES.map((device) => [
            `${PARAM_LOCK}${device}`,
            { machine: mutex, role: "mutex", lane: `param->lock of device ${device}` },
          ]),
        )),
      [SVA_LOCK]: { machine: mutex, role: "mutex", lane: "iommu_sva_lock" },
      binder: {
        machine: svaBinder,
        role: "sva-binder",
        events: [{ type: "bind.begins" }, { type: "bind.steps" }],
      },
    };
    return {
      components,
      /** All may be detached; HNG-1 to HNG-9 are about who waits. */
      deadlock: "allowed",
      routes: routesOf(design, sizes),
      fairness: {
        threads: [
          takesSteps("reader", "strong"),
          ...(byThread(design) ? [] : DEVICES.flatMap((device) => groups.map((group) => begins(device, group)))),
          ...queuesOf(design).map((queue) => takesSteps(`queue${queue}`, "strong")),
          ...Object.entries(parts).flatMap(([name, { role, events = [] }]) =>
            role === "hanging-handler"
              ? events.flatMap(({ type, device }) =>
                  type === "handler.returns" ? [returns(name, Number(device))] : [],
                )
              : [],
          ),
          ...(byUser(design) ? [takesSteps("user", "strong", ["user.answers"])] : []),
          ...DEVICES.map((device) => takesSteps(`detach${device}`, "strong", ["detach.steps", "detach.looks"])),
          takesSteps("binder", "strong", ["bind.steps"]),
        ],
        hardware: [],
        devices: [],
      },
    };
  },
};
