/**
 * A ring into which a device writes its faults, and the reset that empties it.
 *
 * Models  amdgpu: struct amdgpu_ih_ring with its pointers, processed_timestamp and wait queue. amdgpu_irq_dispatch() advances the
 *         read pointer when it decodes an entry, and notes its timestamp when it has handled it. vega20_ih_irq_disable() sets
 *         both pointers to 0, so that entries are lost; memory keeps what was written. reset_domain->sem, which a reset
 *         takes for writing and a drain for reading.
 * Omits   The end of the ring, overflow, several rings, timestamps that are equal or wrap.
 */
import { assign, setup } from "xstate";
import { linuxAt, messages } from "../../said.ts";

export interface RingEntry {
  /** Never given twice. */
  readonly id: number;
  readonly stamp: number;
}

export interface FaultRingContext {
  readonly most: number;
  readonly stampsRestart: boolean;
  readonly resetWakes: boolean;
  readonly waiting: readonly RingEntry[];
  readonly handling: RingEntry | null;
  /** What memory has before the write pointer. */
  readonly last: RingEntry;
  /** The write pointer, since the last reset. */
  readonly written: number;
  /** The stamp of the entry that was handled last. */
  readonly processed: number;
  readonly enabled: boolean;
  readonly lock: "none" | "drain" | "reset";
  /** Somebody has read the write pointer of a device in reset. */
  readonly misread: boolean;
}

export type FaultRingEvent =
  | { readonly type: "device.faults" | "ring.pops" | "entry.was-handled" | "ring.is-emptied" | "ring.starts" }
  | { readonly type: "ring.is-read" | "reset-lock.is-tried" }
  | { readonly type: "reset-lock.is-taken"; readonly by: "drain" | "reset" }
  | { readonly type: "reset-lock.is-dropped" };

export type FaultRingEmits =
  | {
      readonly type: "ring.tells";
      readonly newest: number;
      readonly stamp: number;
      readonly written: number;
      readonly read: number;
      readonly processed: number;
      readonly busy: boolean;
    }
  | { readonly type: "reset-lock.answers"; readonly got: boolean }
  | { readonly type: "ring.wakes" };

const s = setup({
  types: {
    context: {} as FaultRingContext,
    events: {} as FaultRingEvent,
    emitted: {} as FaultRingEmits,
    input: {} as Pick<FaultRingContext, "most" | "stampsRestart" | "resetWakes">,
  },
});

const writes = s.assign(({ context: { waiting, last, written } }) => {
  const entry = { id: last.id + 1, stamp: last.stamp + 1 };
  return { waiting: [...waiting, entry], last: entry, written: written + 1 };
});

const tells = s.enqueueActions(({ context, enqueue }) => {
  const { waiting, handling, last, written, processed, enabled } = context;
  if (!enabled) enqueue.assign({ misread: true });
  enqueue.emit({
    type: "ring.tells",
    newest: last.id,
    stamp: last.stamp,
    written,
    read: written - waiting.length,
    processed,
    busy: handling !== null,
  });
});

const wakes = s.emit({ type: "ring.wakes" });
const empties = s.enqueueActions(({ context: { resetWakes, stampsRestart, last }, enqueue }) => {
  enqueue.assign({ enabled: false, waiting: [], written: 0 });
  if (stampsRestart) enqueue.assign({ last: { id: last.id, stamp: 0 } });
  if (resetWakes) enqueue.emit({ type: "ring.wakes" });
});

const IH = "drivers/gpu/drm/amd/amdgpu/amdgpu_ih.c";

export const faultRing = s.createMachine({
  id: "fault-ring",
  description: "a ring of faults, and the lock of its reset",
  meta: {
    origin: linuxAt("7.3.4", IH, "amdgpu_ih_process"),
    lane: "the ring of faults",
    messages: messages<FaultRingEmits>({
      "ring.tells": "has its read pointer at {read} and its write pointer at {written}; stamp {processed} was handled",
      "reset-lock.answers": "gives the lock of the reset to a reader, or does not: {got}",
      "ring.wakes": "wakes who waits for the ring",
    }),
  },
  context: ({ input }) => ({
    ...input,
    waiting: [],
    handling: null,
    last: { id: 0, stamp: 0 },
    written: 0,
    processed: 0,
    enabled: true,
    lock: "none",
    misread: false,
  }),
  on: {
    "device.faults": {
      description: "writes a fault to the ring",
      guard: ({ context: { enabled, last, most } }) => enabled && last.id < most,
      actions: writes,
    },
    "ring.pops": {
      guard: ({ context: { enabled, waiting, handling } }) => enabled && waiting.length > 0 && handling === null,
      actions: assign(({ context: { waiting } }) => ({ waiting: waiting.slice(1), handling: waiting[0]! })),
    },
    "entry.was-handled": {
      actions: [
        assign(({ context: { handling, processed } }) => ({
          handling: null,
          processed: Math.max(processed, handling?.stamp ?? 0),
        })),
        wakes,
      ],
    },
    "ring.is-read": { actions: tells },
    "ring.is-emptied": { actions: empties },
    "ring.starts": { actions: assign({ enabled: true }) },
    "reset-lock.is-tried": {
      actions: [
        s.emit(({ context: { lock } }) => ({ type: "reset-lock.answers", got: lock !== "reset" })),
        assign({ lock: ({ context: { lock } }) => (lock === "none" ? "drain" : lock) }),
      ],
    },
    "reset-lock.is-taken": {
      guard: ({ context: { lock } }) => lock === "none",
      actions: assign({ lock: ({ event }) => event.by }),
    },
    "reset-lock.is-dropped": { actions: assign({ lock: "none" }) },
  },
});
