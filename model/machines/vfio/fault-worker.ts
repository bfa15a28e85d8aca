/**
 * A worker that resolves one page request group for VFIO: for each page look up, pin, charge, map, set the bit; then
 * respond once.
 *
 * Models  RFC v1 patch 2 (VFIO facts 1.1, F3-F12, rows 20, 22) applied to whole groups: the container's lock (L) is held
 *         from the lookup to the last bit; a page outside every DMA_MAP, and a charge over the limit, make the answer
 *         Invalid (D-23: pressure looks like a violation to the device); a bit already set is success without work.
 *         With direct reclaim a refused charge first evicts the least recently mapped page that is not of this group
 *         (VFIO facts 4.1, I-17).
 * Omits   failing map calls, protection bits, and pages that cannot be pinned.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import type { Fault, ResponseCode } from "../iopf/fault.ts";

export interface FaultWorkerRules {
  readonly name: string;
  readonly domains: readonly number[];
  /** Whether L is taken (leaving it out is a departure). */
  readonly locks: boolean;
  /** What a charge over the limit leads to. */
  readonly overLimit: "refuse" | "evict";
  /** Whether pages of the group in hand may be evicted for it (I-17). */
  readonly evictsOwnGroup: boolean;
  /** The response is sent after L was dropped, as RFC v1 does, or before. */
  readonly respondWhen: "after-unlock" | "under-lock";
}

export type FaultWorkerEvent =
  | { readonly type: "worker.begins"; readonly device: number; readonly group: number }
  | { readonly type: "work.given"; readonly device: number; readonly group: number; readonly members: readonly Fault[] }
  | { readonly type: "worker.locks" | "worker.finds" | "worker.pins" | "worker.charges" | "worker.maps" | "worker.marks" }
  | { readonly type: "worker.undoes-pin" | "worker.evicts" | "worker.unlocks" | "worker.responds" | "worker.frees" }
  | { readonly type: "container.found"; readonly linked: boolean; readonly mapped: boolean }
  | { readonly type: "host.pinned"; readonly page: number }
  | { readonly type: "account.charged" | "account.refused" }
  | { readonly type: "container.next"; readonly page: number | null }
  | { readonly type: "release.done" };

export type FaultWorkerEmits =
  | { readonly type: "work.takes"; readonly by: string; readonly device: number; readonly group: number }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "container.finds"; readonly by: string; readonly page: number }
  | { readonly type: "host.pins"; readonly by: string; readonly page: number }
  | { readonly type: "host.unpins"; readonly page: number }
  | { readonly type: "account.charges"; readonly by: string }
  | { readonly type: "translation.maps"; readonly page: number; readonly domain: number }
  | { readonly type: "container.marks"; readonly page: number }
  | { readonly type: "container.picks-victim"; readonly by: string; readonly spare: readonly number[] }
  | { readonly type: "release.starts"; readonly by: string; readonly page: number }
  | { readonly type: "group.responds"; readonly device: number; readonly group: number; readonly code: ResponseCode }
  | { readonly type: "group.frees"; readonly device: number; readonly group: number }
  | { readonly type: "work.done"; readonly device: number; readonly group: number };

/** What a worker does on its own; it may take any queued group (the workqueue is unordered). */
export const faultWorkerSteps = (groups: readonly { device: number; group: number }[]): readonly Message[] => [
  ...groups.map(({ device, group }) => ({ type: "worker.begins", device, group })),
  ...["locks", "finds", "pins", "charges", "maps", "marks", "undoes-pin", "evicts", "unlocks", "responds", "frees"].map(
    (step) => ({ type: `worker.${step}` }),
  ),
];

export interface FaultWorkerContext {
  readonly rules: FaultWorkerRules;
  readonly device: number | null;
  readonly group: number | null;
  /** Pages of the group, without repetition, and how many of them are resolved. */
  readonly pages: readonly number[];
  readonly resolved: number;
  readonly code: "success" | "invalid";
}

const s = setup({
  types: {
    context: {} as FaultWorkerContext,
    events: {} as FaultWorkerEvent,
    emitted: {} as FaultWorkerEmits,
    input: {} as FaultWorkerRules,
  },
  guards: {
    locks: ({ context }) => context.rules.locks,
    evicts: ({ context }) => context.rules.overLimit === "evict",
    isLast: ({ context }) => context.resolved === context.pages.length - 1,
    respondsUnderLock: ({ context }) => context.rules.respondWhen === "under-lock",
  },
});

const page = (context: FaultWorkerContext): number => context.pages[context.resolved]!;
const resolves = s.assign({ resolved: ({ context }) => context.resolved + 1 });
const locks = s.emit(({ context }) => ({ type: "lock.acquires", owner: context.rules.name }));
const unlocks = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.locks) enqueue.emit({ type: "lock.releases", owner: context.rules.name });
});
const responds = s.emit(({ context }) => ({
  type: "group.responds",
  device: context.device!,
  group: context.group!,
  code: context.code,
}));
const maps = s.enqueueActions(({ context, enqueue }) => {
  for (const domain of context.rules.domains) enqueue.emit({ type: "translation.maps", page: page(context), domain });
});

export const faultWorker = s.createMachine({
  id: "fault-worker",
  context: ({ input }) => ({ rules: input, device: null, group: null, pages: [], resolved: 0, code: "success" }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "worker.begins": {
          actions: emit(({ context, event: { device, group } }) => ({
            type: "work.takes",
            by: context.rules.name,
            device,
            group,
          })),
        },
        "work.given": {
          target: "locking",
          actions: assign(({ event: { device, group, members } }) => ({
            device,
            group,
            pages: [...new Set(members.map((member) => member.page))],
          })),
        },
      },
    },
    locking: {
      on: {
        "worker.locks": [{ guard: "locks", target: "finding", actions: locks }, { target: "finding" }],
      },
    },
    finding: {
      on: {
        "worker.finds": {
          target: "looking-up",
          actions: emit(({ context }) => ({ type: "container.finds", by: context.rules.name, page: page(context) })),
        },
      },
    },
    "looking-up": {
      on: {
        "container.found": [
          { guard: ({ event }) => !event.linked, target: "finishing", actions: assign({ code: "invalid" }) },
          { guard: ({ event }) => !event.mapped, target: "pinning" },
          { guard: "isLast", target: "finishing", actions: resolves },
          { target: "finding", actions: resolves },
        ],
      },
    },
    pinning: {
      on: {
        "worker.pins": {
          actions: emit(({ context }) => ({ type: "host.pins", by: context.rules.name, page: page(context) })),
        },
        "host.pinned": { target: "charging" },
      },
    },
    charging: {
      on: {
        "worker.charges": { actions: emit(({ context }) => ({ type: "account.charges", by: context.rules.name })) },
        "account.charged": { target: "mapping" },
        "account.refused": [{ guard: "evicts", target: "evicting" }, { target: "undoing" }],
      },
    },
    evicting: {
      on: {
        "worker.evicts": {
          actions: emit(({ context }) => ({
            type: "container.picks-victim",
            by: context.rules.name,
            spare: context.rules.evictsOwnGroup ? [] : [...context.pages].sort((a, b) => a - b),
          })),
        },
        "container.next": [
          { guard: ({ event }) => event.page === null, target: "undoing" },
          {
            target: "releasing",
            actions: emit(({ context, event }) => ({
              type: "release.starts",
              by: context.rules.name,
              page: event.page!,
            })),
          },
        ],
      },
    },
    releasing: { on: { "release.done": { target: "charging" } } },
    undoing: {
      on: {
        "worker.undoes-pin": {
          target: "finishing",
          actions: [emit(({ context }) => ({ type: "host.unpins", page: page(context) })), assign({ code: "invalid" })],
        },
      },
    },
    mapping: { on: { "worker.maps": { target: "marking", actions: maps } } },
    marking: {
      on: {
        "worker.marks": [
          {
            guard: "isLast",
            target: "finishing",
            actions: [emit(({ context }) => ({ type: "container.marks", page: page(context) })), resolves],
          },
          {
            target: "finding",
            actions: [emit(({ context }) => ({ type: "container.marks", page: page(context) })), resolves],
          },
        ],
      },
    },
    /** Every page is resolved, or one was refused. */
    finishing: {
      on: {
        "worker.responds": { guard: "respondsUnderLock", target: "answered-under-lock", actions: responds },
        "worker.unlocks": {
          guard: ({ context }) => context.rules.respondWhen === "after-unlock",
          target: "responding",
          actions: unlocks,
        },
      },
    },
    "answered-under-lock": { on: { "worker.unlocks": { target: "freeing", actions: unlocks } } },
    responding: { on: { "worker.responds": { target: "freeing", actions: responds } } },
    freeing: {
      on: {
        "worker.frees": {
          target: "idle",
          actions: [
            emit(({ context: { device, group } }) => ({ type: "group.frees", device: device!, group: group! })),
            emit(({ context: { device, group } }) => ({ type: "work.done", device: device!, group: group! })),
            assign({ device: null, group: null, pages: [], resolved: 0, code: "success" }),
          ],
        },
      },
    },
  },
});
