/**
 * A thread that waits until the faults are handled that were in the ring when it began: a drain by a mark.
 *
 * Models  svm_range_drain_retry_fault() and amdgpu_ih_wait_on_checkpoint_process_ts(): the timestamp before the write pointer is
 *         the mark, and the wait ends when a later one was handled or both pointers are the same, or after a second. Before
 *         2021-12 it ended at the stamp itself, and before that at a position (amd-gfx, 2021-11).
 *         reset_domain->sem is taken by down_read_trylock() (5b57c3c3f223); without it, the GPU is passed over.
 * Omits   Signals, the second ring, several GPUs.
 */
import { assign, setup } from "xstate";
import type { FaultRingEmits } from "../../../../device/fault-ring.ts";
import { atWill, linuxAt, messages } from "../../../../../said.ts";

export type ResetLock = "waits" | "tries" | "after-mark" | "none";
export type WaitEnds = "reached-or-idle" | "passed-or-empty" | "reached" | "position";

export interface DrainRules {
  readonly resetLock: ResetLock;
  readonly waitEnds: WaitEnds;
  readonly timesOut: boolean;
}

type Told = Extract<FaultRingEmits, { readonly type: "ring.tells" }>;

export interface RingDrainContext {
  readonly rules: DrainRules;
  /** The newest entry in the ring when it began. */
  readonly upTo: number;
  readonly stamp: number;
  readonly position: number;
  /** Something has changed since it has looked. */
  readonly woken: boolean;
  readonly outcome: "none" | "drained" | "passed-over" | "timed-out";
  readonly left: number;
}

export type RingDrainEmits =
  | { readonly type: "ring.is-read" | "reset-lock.is-tried" | "reset-lock.is-dropped" }
  | { readonly type: "reset-lock.is-taken"; readonly by: "drain" };

const s = setup({
  types: {
    context: {} as RingDrainContext,
    events: {} as
      { readonly type: "drain.begins" | "drain.steps" | "drain.looks" | "drain.times-out" } | FaultRingEmits,
    emitted: {} as RingDrainEmits,
    input: {} as { readonly rules: DrainRules; readonly drains: number },
  },
});

/** Whether what was told ends the wait. */
function ends({ rules: { waitEnds }, stamp, position }: RingDrainContext, told: Told): boolean {
  const isEmpty = told.read === told.written;
  const ways: { readonly [way in WaitEnds]: boolean } = {
    "reached-or-idle": told.processed >= stamp || (isEmpty && !told.busy),
    "passed-or-empty": told.processed > stamp || isEmpty,
    reached: told.processed >= stamp,
    position: told.read >= position,
  };
  return ways[waitEnds];
}

const FILE = "drivers/gpu/drm/amd/amdgpu/amdgpu_ih.c";
const WAIT = linuxAt("7.3.4", FILE, "amdgpu_ih_wait_on_checkpoint_process_ts");
const DRAIN = linuxAt("7.3.4", "drivers/gpu/drm/amd/amdkfd/kfd_svm.c", "svm_range_drain_retry_fault");

const takesFirst = ({ context: { rules } }: { readonly context: RingDrainContext }): boolean =>
  rules.resetLock === "waits";
const reads = s.emit({ type: "ring.is-read" });
const takes = s.emit({ type: "reset-lock.is-taken", by: "drain" });
/** It drops the lock, if it has it. */
const returns = (outcome: RingDrainContext["outcome"]) =>
  s.enqueueActions(({ context: { rules }, enqueue }) => {
    enqueue.assign({ outcome, stamp: 0, position: 0, woken: false });
    if (rules.resetLock !== "none") enqueue.emit({ type: "reset-lock.is-dropped" });
  });

export const ringDrain = s.createMachine({
  id: "ring-drain",
  description: "a drain that waits for a mark in the ring",
  meta: {
    origin: DRAIN,
    lane: "a thread that drains the ring",
    messages: messages<RingDrainEmits>({
      "ring.is-read": { says: "reads the pointers of the ring", origin: WAIT },
      "reset-lock.is-tried": { says: "tries to take reset_domain->sem for reading", origin: DRAIN },
      "reset-lock.is-taken": { says: "takes reset_domain->sem for reading", origin: DRAIN },
      "reset-lock.is-dropped": { says: "drops reset_domain->sem", origin: DRAIN },
    }),
  },
  context: ({ input: { rules, drains } }) => ({
    rules,
    upTo: 0,
    stamp: 0,
    position: 0,
    woken: false,
    outcome: "none",
    left: drains,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "drains nothing",
      on: {
        "drain.begins": {
          description: "begins a drain",
          meta: { origin: atWill("a process that unmaps, or exits") },
          guard: ({ context }) => context.left > 0,
          target: "locking",
          actions: assign({ left: ({ context }) => context.left - 1, outcome: "none", upTo: 0 }),
        },
      },
    },
    locking: {
      description: "is about to take the lock of the reset",
      on: {
        "drain.steps": [
          {
            description: "tries to take the lock",
            guard: ({ context: { rules } }) => rules.resetLock === "tries",
            actions: s.emit({ type: "reset-lock.is-tried" }),
          },
          { description: "takes the lock", guard: takesFirst, target: "marking", actions: takes },
          { description: "goes on without the lock", target: "marking" },
        ],
        "reset-lock.answers": [
          { guard: ({ event }) => event.got, target: "marking" },
          { target: "idle", actions: assign({ outcome: "passed-over" }) },
        ],
      },
    },
    marking: {
      description: "is about to read the mark",
      on: {
        "drain.steps": { description: "reads the mark", actions: reads },
        "ring.tells": [
          {
            guard: ({ context: { rules } }) => rules.resetLock === "after-mark",
            target: "fencing",
            actions: assign(({ event: { newest, stamp, written } }) => ({
              upTo: newest,
              stamp,
              position: written,
            })),
          },
          {
            target: "waiting",
            actions: assign(({ event: { newest, stamp, written } }) => ({
              upTo: newest,
              stamp,
              position: written,
              woken: true,
            })),
          },
        ],
      },
    },
    fencing: {
      description: "has the mark, and is about to take the lock of the reset",
      on: {
        "drain.steps": {
          description: "takes the lock",
          target: "waiting",
          actions: [takes, assign({ woken: true })],
        },
      },
    },
    waiting: {
      description: "waits for the mark",
      on: {
        "ring.wakes": { actions: assign({ woken: true }) },
        "drain.looks": {
          description: "looks whether the mark was passed",
          guard: ({ context }) => context.woken,
          actions: reads,
        },
        "ring.tells": [
          { guard: ({ context, event }) => ends(context, event), target: "idle", actions: returns("drained") },
          { actions: assign({ woken: false }) },
        ],
        "drain.times-out": {
          description: "gives up after a second",
          target: "idle",
          actions: returns("timed-out"),
        },
      },
    },
  },
});
