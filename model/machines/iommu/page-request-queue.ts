/**
 * The page request queue of an IOMMU: the ring where hardware leaves the page requests of its devices for software.
 *
 * Models  the queue of VT-d 7.4, the PRIQ of SMMUv3 (3.5, 8), the PPR log of AMD and the queue of the RISC-V IOMMU (3.7) as
 *         one machine. They differ only in these knobs: K1, K2 (size), K9 to K14 (responses and flags), K16 (head
 *         register), K20 (early warning), K38 (interrupt). One event is one request that arrives or one register access of
 *         software; a drain looks through the ring in one. An automatic response reaches the device at once.
 *         On AMD one write may clear the overflow flag with the pending bit (K38, what the driver clears). The log then stays
 *         stopped until software starts it again (PprLogEn), which amd_iommu_restart_log() does.
 * Omits   fault records of refused requests, which go to another queue; responses of software, which leave through the
 *         command queue (command-queue.ts); automatic responses at the early-warning threshold (AMD), of which too little
 *         is known, so that only the warning is sent; the time between the write of a record and the write of the tail
 *         (AMD errata 732 and 733), which record-memory.ts has.
 */
import { assertEvent, setup } from "xstate";
import type { AutomaticResponse, Hardware } from "../../hardware/hardware.ts";
import { clause, iommus, messages } from "../../said.ts";
import type { PageRequest } from "../../units.ts";
import { automaticAnswer, configurationOf, looksLikeStopMarker } from "./page-request-answer.ts";
import type {
  DeviceConfiguration,
  PageRequestQueueContext,
  PageRequestQueueEmitted,
  PageRequestQueueEvent,
} from "./page-request-queue-messages.ts";
import { emptyRing, inUse, isFull, pop, publishHead, push, resetTail, tailOf } from "./page-request-ring.ts";

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
  /** Default: every device may send page requests, and needs the PASID in responses if its group indices are per PASID. */
  readonly devices?: readonly DeviceConfiguration[];
  /** Keeps ring positions: only for recordings of registers. */
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

  /** `level` has no pending bit: the interrupt line follows records and errors. */
  const latches = knobs.irqModel !== "level";

  /** Drops the request, with an automatic response or silently. */
  const refuse = (code: AutomaticResponse) =>
    queue.enqueueActions(({ context, event, enqueue }) => {
      assertEvent(event, "pri.request");
      const answer = automaticAnswer(event, code, context.devices, knobs);
      if (answer) enqueue.emit(answer);
    });

  /** Interrupts on a new cause only; `level` hardware interrupts every time. */
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

  /** Software writes 1 to the pending bit; a cause that is still there sets it and interrupts again. */
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
      on: context.enabled,
      overflow,
      memoryFault,
      pending: latches ? context.pending : overflow || memoryFault || context.records.length > 0,
      head: context.positions?.head ?? 0,
      tail: tailOf(context),
    }));

  const readOverflow = (overflow: boolean) =>
    queue.emit(({ event }) => {
      assertEvent(event, "prq.reads-overflow");
      return { type: "prq.seen", drain: event.drain, present: overflow };
    });

  /** Refusals that do not depend on the ring, in the order in which hardware checks them. */
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
    description: "the page request queue of an IOMMU",
    meta: {
      origin: iommus("VT-d 7.4, SMMUv3 8, AMD PPR log, RISC-V 3.7"),
      lane: "the page request queue of the IOMMU",
      messages: messages<PageRequestQueueEmitted>({
        "pri.response": "drops the last request of group {prgi} and sends the response {code} to device {device}",
        "prq.record": "returns the record at the head: page {page}, group {prgi} of device {device}",
        "prq.empty": "has no record at the head",
        "prq.registers": "returns its registers",
        "prq.seen": "shows drain {drain} {present?a record to wait for:no record to wait for}",
        "prq.interrupt": "raises the page request interrupt",
        "prq.early-warning": {
          says: "raises the early-warning interrupt",
          origin: clause("amd", "PPR log, early threshold"),
        },
        "iotlb.implicit-invalidation": {
          says: "invalidates the IOTLB for page {page} of the request",
          origin: clause("vtd", "6.5.3.1"),
        },
      }),
    },
    context: {
      ...emptyRing(knobs.pqEntries, options.positions ?? false),
      enabled: true,
      pending: false,
      devices: options.devices ?? null,
    },
    initial: "accepting",
    states: {
      accepting: {
        description: "no error flag is set, and requests enter the ring",
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
          "prq.overflows": {
            description: "sets the overflow flag: a request of another device has found the ring full",
            target: "overflowed",
            actions: [interrupt(false), raiseError],
          },
          "prq.reads-registers": { actions: readRegisters(false, false) },
          "prq.reads-overflow": { actions: readOverflow(false) },
          "prq.clears-interrupt": { actions: clearInterrupt(false) },
          "prq.clears-status": { actions: clearInterrupt(false) },
          "prq.clears-overflow": {},
        },
      },
      overflowed: {
        description: "the overflow flag is set, until software clears it",
        on: {
          "pri.request": [
            ...refusedBeforeTheRing,
            { guard: (arrival) => knobs.ovfInhibits || ringIsFull(arrival), actions: refuse(knobs.ovfLastResponse) },
            { guard: slotIsUnwritable, target: "faulted", actions: refuse(knobs.memFaultResponse) },
            { actions: accept(true) },
          ],
          "prq.reads-registers": { actions: readRegisters(true, false) },
          "prq.reads-overflow": { actions: readOverflow(true) },
          "prq.clears-interrupt": { actions: clearInterrupt(true) },
          "prq.clears-status": [
            { guard: ({ event }) => event.overflow, target: "halted", actions: clearInterrupt(false) },
            { actions: clearInterrupt(true) },
          ],
          "prq.clears-overflow": { target: "accepting" },
        },
      },
      halted: {
        description: "the overflow flag is cleared, and no request enters until software starts the log again",
        meta: { origin: clause("amd", "PprRun, PprLogEn") },
        on: {
          "pri.request": [...refusedBeforeTheRing, { actions: refuse(knobs.ovfLastResponse) }],
          "prq.reads-registers": { actions: readRegisters(false, false) },
          "prq.reads-overflow": { actions: readOverflow(false) },
          "prq.clears-interrupt": { actions: clearInterrupt(false) },
          "prq.clears-status": { actions: clearInterrupt(false) },
          "prq.clears-overflow": { target: "accepting" },
        },
      },
      faulted: {
        description: "a record could not be written; no request enters until software clears the flag",
        on: {
          "pri.request": [...refusedBeforeTheRing, { actions: refuse(knobs.memFaultResponse) }],
          "prq.reads-registers": { actions: readRegisters(false, true) },
          "prq.reads-overflow": { actions: readOverflow(false) },
          "prq.clears-interrupt": { actions: clearInterrupt(true) },
          "prq.clears-status": { actions: clearInterrupt(true) },
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
      "prq.searches": {
        actions: queue.emit(({ context, event }) => {
          assertEvent(event, "prq.searches");
          const { drain, pasid } = event;
          return { type: "prq.seen", drain, present: inUse(context).some((record) => record.pasid === pasid) };
        }),
      },
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
        description: "sets the pending bit in the cycle in which software clears it, and raises no interrupt",
        meta: { origin: clause("amd", "erratum ERBT1312") },
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
