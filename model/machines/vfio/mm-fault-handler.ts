/**
 * A fault handler without lasting pins that meets all that can happen to an address space: the process is gone, the range
 * unmapped, the page shared, the addresses withheld.
 *
 * Models  RFC v2 and v3 (VFIO facts 1.1 F3-F12, 1.3): everything under the container's lock; and the scheme of KVM and HMM
 *         (4.3; I-14): sample, get without the lock, lock, compare, map. A page that is shared is copied first, inside
 *         get_user_pages() and so on this thread (D-06). unpinned-resolver.ts is the part of it that the page fault
 *         systems need.
 * Omits   pre-mapping, bounds on retries, several handlers.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import type { MmEvent } from "../host/mm/address-space.ts";

export interface MmFaultHandlerRules {
  readonly name: string;
  /** Pages of the container: their number tells the bits for writing from those for reading. */
  readonly pages: number;
  readonly retries: boolean;
  /** Whether a sequence count that changed is noticed. */
  readonly compares: boolean;
  /** What is mapped for a read: what the region allows, or a read. */
  readonly readMaps: "writable" | "asked";
  /** Whether the bitmap tells pages mapped for reading from those mapped for writing. */
  readonly bitPer: "page" | "permission";
  readonly whileWithheld: "waits" | "refuses" | "ignores";
  /** Whether it takes a reference to the process's memory before it uses it. */
  readonly takesReference: boolean;
}

const STEPS = [
  "samples",
  "gets",
  "locks",
  "looks",
  "finds",
  "compares",
  "maps",
  "marks",
  "puts",
  "unlocks",
  "wakes",
  "answers",
] as const;

export const mmFaultHandlerSteps: readonly Message[] = STEPS.map((step) => ({ type: `handler.${step}` }));

export interface MmFaultHandlerContext {
  readonly rules: MmFaultHandlerRules;
  readonly page: number | null;
  readonly write: boolean;
  readonly by: string | null;
  readonly frame: 0 | 1 | null;
  readonly code: "success" | "invalid";
}

const s = setup({
  types: {
    context: {} as MmFaultHandlerContext,
    events: {} as
      | { readonly type: "fault.reports"; readonly page: number; readonly write: boolean; readonly by: string }
      | { readonly type: `handler.${(typeof STEPS)[number]}` }
      | { readonly type: "container.found"; readonly mapped: boolean }
      | { readonly type: "vaddr.read"; readonly invalid: boolean }
      | { readonly type: "mm.sampled" | "mm.failed" | "mm.shared" | "operation.done" }
      | { readonly type: "mm.got"; readonly frame: 0 | 1 }
      | { readonly type: "mm.compared"; readonly changed: boolean },
    emitted: {} as
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
      | { readonly type: "container.finds"; readonly by: string; readonly page: number }
      | { readonly type: "container.marks"; readonly page: number }
      | { readonly type: "vaddr.reads" | "vaddr.awaits"; readonly by: string }
      | { readonly type: "mm.samples" | "mm.compares"; readonly by: string; readonly page: number }
      | {
          readonly type: "space.gets";
          readonly by: string;
          readonly page: number;
          readonly write: boolean;
          readonly pins: boolean;
          readonly checks: boolean;
        }
      | { readonly type: "space.puts"; readonly page: number }
      | {
          readonly type: "operation.starts";
          readonly kind: MmEvent;
          readonly pages: readonly number[];
          readonly by: string;
        }
      | { readonly type: "translation.maps"; readonly page: number; readonly domain: number; readonly frame: number }
      | { readonly type: "fault.answered"; readonly by: string; readonly code: "success" | "invalid" },
    input: {} as MmFaultHandlerRules,
  },
  guards: {
    retries: ({ context }) => context.rules.retries,
  },
});

type Its = { readonly context: MmFaultHandlerContext };
const mapsForWriting = ({ rules, write }: MmFaultHandlerContext): boolean => write || rules.readMaps === "writable";
/** The bit that answers for the access, and that a mapping sets. */
const bitOf = ({ rules, page }: MmFaultHandlerContext, writing: boolean): number =>
  page! + (rules.bitPer === "permission" && writing ? rules.pages : 0);

const named = ({ context }: Its) => ({ by: context.rules.name, page: context.page! });
const locks = s.emit(({ context }) => ({ type: "lock.acquires", owner: context.rules.name }));
const unlocks = s.emit(({ context }) => ({ type: "lock.releases", owner: context.rules.name }));
const maps = s.enqueueActions(({ context, enqueue }) => {
  for (const domain of mapsForWriting(context) ? [0, 1] : [0])
    enqueue.emit({ type: "translation.maps", page: context.page!, domain, frame: context.frame! });
});
const refuses = s.assign({ code: "invalid" });

export const mmFaultHandler = s.extend({ actions: { locks, unlocks, maps, refuses } }).createMachine({
  id: "mm-fault-handler",
  context: ({ input }) => ({ rules: input, page: null, write: false, by: null, frame: null, code: "success" }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "fault.reports": [
          {
            guard: "retries",
            target: "sampling",
            actions: assign(({ event: { page, write, by } }) => ({ page, write, by })),
          },
          { target: "locking", actions: assign(({ event: { page, write, by } }) => ({ page, write, by })) },
        ],
      },
    },
    sampling: {
      on: {
        "handler.samples": { actions: emit((it) => ({ type: "mm.samples", ...named(it) })) },
        "mm.sampled": { target: "getting" },
      },
    },
    locking: { on: { "handler.locks": { target: "looking", actions: "locks" } } },
    /** I-43: are the addresses valid? */
    looking: {
      always: { guard: ({ context }) => context.rules.whileWithheld === "ignores", target: "finding" },
      on: {
        "handler.looks": { actions: emit(({ context }) => ({ type: "vaddr.reads", by: context.rules.name })) },
        "vaddr.read": [
          { guard: ({ event }) => !event.invalid, target: "finding" },
          {
            guard: ({ context }) => context.rules.whileWithheld === "refuses",
            target: "unlocking",
            actions: "refuses",
          },
          { target: "parked", actions: "unlocks" },
        ],
      },
    },
    parked: {
      on: {
        "handler.wakes": [
          {
            guard: "retries",
            target: "sampling",
            actions: [
              emit(({ context }) => ({ type: "vaddr.awaits", by: context.rules.name })),
              assign({ frame: null }),
            ],
          },
          { target: "locking", actions: emit(({ context }) => ({ type: "vaddr.awaits", by: context.rules.name })) },
        ],
      },
    },
    finding: {
      on: {
        "handler.finds": {
          actions: emit(({ context }) => ({
            type: "container.finds",
            by: context.rules.name,
            page: bitOf(context, context.write),
          })),
        },
        "container.found": [
          { guard: ({ event }) => event.mapped, target: "unlocking" },
          { guard: "retries", target: "comparing" },
          { target: "getting" },
        ],
      },
    },
    /** Inside get_user_pages(): with the lock in RFC v2 and v3, without it in the sequence count scheme. */
    getting: {
      on: {
        "handler.gets": {
          actions: emit((it) => ({
            type: "space.gets",
            ...named(it),
            write: mapsForWriting(it.context),
            pins: !it.context.rules.retries,
            checks: it.context.rules.takesReference,
          })),
        },
        "mm.got": [
          { guard: "retries", target: "locking", actions: assign({ frame: ({ event }) => event.frame }) },
          { target: "mapping", actions: assign({ frame: ({ event }) => event.frame }) },
        ],
        "mm.failed": [
          { guard: "retries", target: "answering", actions: "refuses" },
          { target: "unlocking", actions: "refuses" },
        ],
        "mm.shared": {
          target: "copying",
          actions: emit((it) => ({
            type: "operation.starts",
            kind: "copy",
            pages: [it.context.page!],
            by: it.context.rules.name,
          })),
        },
      },
    },
    copying: { on: { "operation.done": [{ guard: "retries", target: "sampling" }, { target: "getting" }] } },
    comparing: {
      on: {
        "handler.compares": { actions: emit((it) => ({ type: "mm.compares", ...named(it) })) },
        "mm.compared": [
          { guard: ({ context, event }) => event.changed && context.rules.compares, target: "retrying" },
          { target: "mapping" },
        ],
      },
    },
    retrying: { on: { "handler.unlocks": { target: "sampling", actions: ["unlocks", assign({ frame: null })] } } },
    mapping: { on: { "handler.maps": { target: "marking", actions: "maps" } } },
    marking: {
      on: {
        "handler.marks": {
          target: "putting",
          actions: emit(({ context }) => ({
            type: "container.marks",
            page: bitOf(context, mapsForWriting(context)),
          })),
        },
      },
    },
    putting: {
      always: { guard: ({ context }) => context.rules.retries, target: "unlocking" },
      on: {
        "handler.puts": {
          target: "unlocking",
          actions: emit(({ context }) => ({ type: "space.puts", page: context.page! })),
        },
      },
    },
    unlocking: { on: { "handler.unlocks": { target: "answering", actions: "unlocks" } } },
    answering: {
      on: {
        "handler.answers": {
          target: "idle",
          actions: [
            emit(({ context: { by, code } }) => ({ type: "fault.answered", by: by!, code })),
            assign({ page: null, write: false, by: null, frame: null, code: "success" }),
          ],
        },
      },
    },
  },
});
