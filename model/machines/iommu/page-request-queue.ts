/**
 * The page-request queue (PQ): where an IOMMU leaves the page requests of its devices for software.
 *
 * Models  VT-d 5.10 section 7.4, SMMUv3 PRIQ (3.5, 8), the AMD PPR log and the RISC-V IOMMU page-request queue (3.7) as
 *         one machine; K1, K2, K9-K14, K16, K20 and K38 of the hardware are its only differences. One event is one
 *         request that arrives or one register access of software. A response goes to the endpoint at once.
 * Omits   fault records of refused requests: they go to another queue and no rule here depends on them. Responses of
 *         software: they leave by the command queue. Automatic responses at the early-warning threshold (AMD): not known
 *         well enough; only the warning is sent. Time between the write of a record and of the tail (AMD errata 732, 733).
 */
import { assertEvent, setup } from "xstate";
import type { AutomaticResponse, Hardware } from "../../hardware/hardware.ts";
import type { PageRequest } from "../../units.ts";
import { automaticAnswer, configurationOf, looksLikeStopMarker } from "./page-request-answer.ts";
import type {
  DeviceConfiguration,
  PageRequestQueueContext,
  PageRequestQueueEmitted,
  PageRequestQueueEvent,
} from "./page-request-queue-messages.ts";
import { emptyRing, isFull, pop, publishHead, push, resetTail, tailOf } from "./page-request-ring.ts";

/** The part of the hardware that the queue depends on. */
export type PageRequestQueueKnobs = Pick<
  Hardware,
  | "pqEntries"
  | "pqUsable"
  | "prgiScope"
  | "ovfLastResponse"
  | "ovfInhibits"
  | "offLastResponse"
  | "cfgErrResponse"
  | "priOffResponse"
  | "memFaultResponse"
  | "enableResets"
  | "autoRespPasid"
  | "autoRespFailurePasid"
  | "stopMarker"
  | "implicitInvOnPR"
  | "headAdvance"
  | "earlyWarning"
  | "irqModel"
  | "irqErrorLatch"
>;

export interface PageRequestQueueOptions {
  /** Default: every device may send page requests, and needs a PASID in responses if its group indices are per PASID. */
  readonly devices?: readonly DeviceConfiguration[];
  /** Keep track of ring positions: only for recordings of registers. */
  readonly positions?: boolean;
}

/** The queue of one IOMMU with this hardware; it starts enabled and empty. */
export function pageRequestQueue(knobs: PageRequestQueueKnobs, options: PageRequestQueueOptions = {}) {
  const queue = setup({
    types: {
      context: {} as PageRequestQueueContext,
      events: {} as PageRequestQueueEvent,
      emitted: {} as PageRequestQueueEmitted,
    },
  });
  type Context = PageRequestQueueContext;
  type Arrival = { readonly context: Context; readonly event: PageRequest };

  const configured = ({ context, event }: Arrival) => configurationOf(context.devices, event.device, knobs);

  /** `level` has no pending bit to remember: the line follows records and errors. */
  const latches = knobs.irqModel !== "level";

  /** Drops the request, with an answer or in silence. */
  const refuse = (code: AutomaticResponse) =>
    queue.enqueueActions(({ context, event, enqueue }) => {
      assertEvent(event, "pri.request");
      const answer = automaticAnswer(event, code, context.devices, knobs);
      if (answer) enqueue.emit(answer);
    });

  /** Software hears of a cause that was not there before; `level` hardware says it every time. */
  const interrupt = (flagged: boolean) =>
    queue.enqueueActions(({ context, enqueue }) => {
      if (!latches || !(context.pending || flagged)) enqueue.emit({ type: "prq.interrupt" });
    });

  const raiseError = queue.assign({ pending: ({ context }) => context.pending || (latches && knobs.irqErrorLatch) });

  const accept = (flagged: boolean) => [
    queue.enqueueActions(({ context, event, enqueue }) => {
      assertEvent(event, "pri.request");
      const { device, pasid, page } = event;
      if (knobs.implicitInvOnPR) enqueue.emit({ type: "iotlb.implicit-invalidation", device, pasid, page });
      if (context.records.length + 1 === knobs.earlyWarning) enqueue.emit({ type: "prq.early-warning" });
    }),
    interrupt(flagged),
    queue.assign(({ context, event }) => {
      assertEvent(event, "pri.request");
      const { type: _, ...record } = event;
      return { ...push(context, record), pending: latches };
    }),
  ];

  /** Software writes 1 to the pending bit; a cause that is still there sets it again, and interrupts again. */
  const clearInterrupt = (flagged: boolean) =>
    queue.enqueueActions(({ context, enqueue }) => {
      const again = latches ? flagged && knobs.irqErrorLatch : flagged || context.records.length > 0;
      if (again) enqueue.emit({ type: "prq.interrupt" });
      enqueue.assign({ pending: again && latches });
    });

  const readRegisters = (overflow: boolean, memoryFault: boolean) =>
    queue.emit(({ context }) => ({
      type: "prq.registers",
      empty: context.records.length + context.unpublished === 0,
      records: context.records.length,
      enabled: context.enabled,
      overflow,
      memoryFault,
      pending: latches ? context.pending : overflow || memoryFault || context.records.length > 0,
      head: context.positions?.head ?? 0,
      tail: tailOf(context),
    }));

  /** Reasons that have nothing to do with the ring, in the order in which they are looked at. */
  const refusedBeforeTheRing = [
    { guard: ({ event }: Arrival) => knobs.stopMarker === "none" && looksLikeStopMarker(event) },
    { guard: (arrival: Arrival) => !configured(arrival), actions: refuse(knobs.cfgErrResponse) },
    { guard: (arrival: Arrival) => configured(arrival)?.pri === false, actions: refuse(knobs.priOffResponse) },
    { guard: ({ context }: Arrival) => !context.enabled, actions: refuse(knobs.offLastResponse) },
  ];
  const ringIsFull = ({ context }: Arrival): boolean => isFull(context, knobs);
  const slotIsUnwritable = ({ context }: Arrival): boolean => context.unwritable === tailOf(context);

  return queue.createMachine({
    id: "page-request-queue",
    context: {
      ...emptyRing(knobs.pqEntries, options.positions ?? false),
      enabled: true,
      pending: false,
      devices: options.devices ?? null,
    },
    initial: "accepting",
    states: {
      accepting: {
        on: {
          "pri.request": [
            ...refusedBeforeTheRing,
            {
              guard: ringIsFull,
              target: "overflowed",
              actions: [interrupt(false), raiseError, refuse(knobs.ovfLastResponse)],
            },
            {
              guard: slotIsUnwritable,
              target: "faulted",
              actions: [interrupt(false), raiseError, refuse(knobs.memFaultResponse)],
            },
            { actions: accept(false) },
          ],
          "prq.reads-registers": { actions: readRegisters(false, false) },
          "prq.clears-interrupt": { actions: clearInterrupt(false) },
          "prq.clears-overflow": {},
        },
      },
      /** A request found the ring full. Nothing enters until software clears the flag (K10), even with free slots. */
      overflowed: {
        on: {
          "pri.request": [
            ...refusedBeforeTheRing,
            { guard: (arrival) => knobs.ovfInhibits || ringIsFull(arrival), actions: refuse(knobs.ovfLastResponse) },
            { guard: slotIsUnwritable, target: "faulted", actions: refuse(knobs.memFaultResponse) },
            { actions: accept(true) },
          ],
          "prq.reads-registers": { actions: readRegisters(true, false) },
          "prq.clears-interrupt": { actions: clearInterrupt(true) },
          "prq.clears-overflow": { target: "accepting" },
        },
      },
      /** A record could not be written. Nothing enters until software clears the flag, even if memory is fine again. */
      faulted: {
        on: {
          "pri.request": [...refusedBeforeTheRing, { actions: refuse(knobs.memFaultResponse) }],
          "prq.reads-registers": { actions: readRegisters(false, true) },
          "prq.clears-interrupt": { actions: clearInterrupt(true) },
          "prq.clears-overflow": { target: "accepting" },
        },
      },
    },
    on: {
      "prq.pops": [
        { guard: ({ context }) => context.records.length === 0, actions: queue.emit({ type: "prq.empty" }) },
        {
          actions: [
            queue.emit(({ context }) => ({ type: "prq.record", ...context.records[0]! })),
            queue.assign(({ context }) => pop(context, knobs.headAdvance === "perEntry")),
          ],
        },
      ],
      "prq.publishes-head": { actions: queue.assign(({ context }) => publishHead(context)) },
      "prq.enables": [
        { guard: ({ context }) => context.enabled },
        {
          guard: () => knobs.enableResets,
          target: ".accepting",
          actions: queue.assign(({ context }) => ({ ...resetTail(context), enabled: true })),
        },
        { actions: queue.assign({ enabled: true }) },
      ],
      "prq.disables": { actions: queue.assign({ enabled: false }) },
      "prq.faults-memory": {
        actions: queue.assign(({ context, event }) => {
          assertEvent(event, "prq.faults-memory");
          return { unwritable: event.on ? tailOf(context) : null };
        }),
      },
      "prq.loses-interrupt": {
        guard: ({ context }) => knobs.irqModel === "lossy" && !context.pending && context.records.length > 0,
        actions: queue.assign({ pending: true }),
      },
      "prq.configures-device": {
        actions: queue.assign(({ context, event }) => {
          assertEvent(event, "prq.configures-device");
          const { device, pri, prpr } = event;
          const others = (context.devices ?? []).filter((other) => other.device !== device);
          return { devices: [...others, { device, pri, prpr }].sort((a, b) => a.device - b.device) };
        }),
      },
    },
  });
}
