/**
 * One thing that the memory management does to a process, and VFIO's callback inside it, on the thread that does it: a
 * system call of the process, a thread of the kernel, or a fault handler whose get_user_pages() has to copy or to reclaim.
 *
 * Models  VFIO facts 1.3, 4.3 (rows 16, 25): the steps of operation-steps.ts. While an address is withheld the callback
 *         of RFC v3 waits with the lock dropped (N3, D-24), and on an error of that wait returns with the lock held
 *         (D-04). Where more is unmapped than was asked (N5), bits may stay. A callback that must not sleep may refuse.
 *         `slept` and `atomic` are ghost state: what the kernel would warn of.
 * Omits   two operations on one process at a time: the lock of its address space (M) excludes most, and those that it
 *         allows would meet in the page table's lock.
 */
import { assign, enqueueActions, setup } from "xstate";
import { takingBack, type TakingBackMessage } from "../../iommu/drivers/taking-back.ts";
import type { MmEvent } from "./address-space.ts";
import type { OperationStep, OperationSteps } from "./operation-steps.ts";

/** What is believed unmapped where iommu_unmap() took a whole superpage: all of it, what was asked, or nothing (D-08). */
export type OnMismatch = "clears-returned" | "clears-asked" | "leaves";

export interface OperationRules {
  readonly name: string;
  readonly steps: OperationSteps;
  /** Whose entries of a page come and go together, and whose caches are told. */
  readonly domains: readonly number[];
  readonly devices: readonly number[];
  /** N5: what one unmap takes whatever is asked, or null. */
  readonly superpage: readonly number[] | null;
  /** The number of the first bit for writing, or null where a page has one bit. */
  readonly firstWriteBit: number | null;
  readonly onMismatch: OnMismatch;
  /** Whether a callback that must not sleep gives up where it would have to wait for the lock (I-12). */
  readonly refuses: boolean;
  /** D-04. */
  readonly errorKeepsLock: boolean;
}

export interface MmOperationContext {
  readonly rules: OperationRules;
  readonly kind: MmEvent | null;
  readonly pages: readonly number[];
  readonly by: string | null;
  readonly done: number;
  /** Ghost: under a spinlock, or told not to sleep. */
  readonly atomic: boolean;
  /** Ghost: it slept there. */
  readonly slept: boolean;
}

type Emits =
  | TakingBackMessage<string>
  | { readonly type: "mm.invalidation-begins" | "mm.clears" | "mm.frees"; readonly page: number }
  | { readonly type: "mm.invalidation-ends" | "mm.installs"; readonly page: number }
  | { readonly type: "space.unmaps" | "space.shares" | "space.unshares" | "space.dies"; readonly page: number }
  | { readonly type: "space.moves" | "space.settles"; readonly page: number }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "vaddr.reads" | "vaddr.awaits"; readonly by: string }
  | { readonly type: "operation.done"; readonly by: string };

const s = setup({
  types: {
    context: {} as MmOperationContext,
    events: {} as
      | {
          readonly type: "operation.starts";
          readonly kind: MmEvent;
          readonly pages: readonly number[];
          /** Who is told when it is done. */
          readonly by?: string;
        }
      | { readonly type: "operation.steps" | "operation.wakes" | "operation.fails" | "operation.refuses" }
      | { readonly type: "vaddr.read"; readonly invalid: boolean }
      | { readonly type: "fence.completed" },
    emitted: {} as Emits,
    input: {} as OperationRules,
  },
  guards: {
    isLast: ({ context }) => context.done === stepsOf(context).length - 1,
    isWait: ({ context }) => stepsOf(context)[context.done] === "wait",
    isCheck: ({ context }) => stepsOf(context)[context.done] === "check-vaddr",
    mayRefuse: ({ context }) =>
      context.rules.refuses && context.kind === "oom" && stepsOf(context)[context.done] === "lock",
  },
});

export const OPERATION_STEPS = ["steps", "wakes", "fails", "refuses"].map((step) => ({ type: `operation.${step}` }));

const stepsOf = ({ rules, kind }: MmOperationContext): readonly OperationStep[] => (kind && rules.steps[kind]) ?? [];

/** Steps of the memory management that tell one message for each page. */
const OF_PAGES = {
  begin: "mm.invalidation-begins",
  end: "mm.invalidation-ends",
  "clear-cpu": "mm.clears",
  install: "mm.installs",
  free: "mm.frees",
  "unmap-range": "space.unmaps",
  share: "space.shares",
  unshare: "space.unshares",
  move: "space.moves",
  settle: "space.settles",
} as const;
type OfPages = keyof typeof OF_PAGES;
const isOfPages = (step: OperationStep): step is OfPages => Object.hasOwn(OF_PAGES, step);

/** What one iommu_unmap() takes away, and whose bits are cleared then. */
const unmapped = ({ rules, pages }: MmOperationContext): readonly number[] => rules.superpage ?? pages;
function cleared({ rules, pages }: MmOperationContext): readonly number[] {
  if (!rules.superpage || rules.onMismatch === "clears-asked") return pages;
  return rules.onMismatch === "leaves" ? [] : rules.superpage;
}

function messages(step: OperationStep, context: MmOperationContext): readonly Emits[] {
  const { rules, pages } = context;
  if (isOfPages(step)) return pages.map((page) => ({ type: OF_PAGES[step], page }));
  const back = (one: "clear-entry" | "invalidate-iotlb" | "clear-bit" | "invalidate-atc", of: readonly number[]) =>
    of.flatMap((page) => takingBack(one, page, rules, rules.name));
  switch (step) {
    case "die":
      return [{ type: "space.dies", page: pages[0]! }];
    case "lock":
      return [{ type: "lock.acquires", owner: rules.name }];
    case "unlock":
      return [{ type: "lock.releases", owner: rules.name }];
    case "clear-entry":
    case "invalidate-iotlb":
    case "invalidate-atc":
      return back(step, unmapped(context));
    case "clear-bit":
      return back(
        step,
        cleared(context).flatMap((page) =>
          rules.firstWriteBit === null ? [page] : [page, page + rules.firstWriteBit],
        ),
      );
    case "wait":
      return [{ type: "command.fences", owner: rules.name }];
    case "check-vaddr":
    case "spin":
    case "unspin":
      return [];
    default:
      return step satisfies never;
  }
}

const performs = s.enqueueActions(({ context, enqueue }) => {
  const step = stepsOf(context)[context.done]!;
  const spins = step === "spin" || (context.atomic && step !== "unspin");
  enqueue.assign({
    done: context.done + 1,
    atomic: spins,
    slept: context.slept || (context.atomic && step === "lock" && !(context.kind === "oom" && context.rules.refuses)),
  });
  for (const message of messages(step, context)) enqueue.emit(message);
});
const rests = s.enqueueActions(({ context: { by }, enqueue }) => {
  enqueue.assign({ kind: null, pages: [], by: null, done: 0, atomic: false });
  if (by !== null) enqueue.emit({ type: "operation.done", by });
});
const unlocks = s.emit(({ context }) => ({ type: "lock.releases", owner: context.rules.name }));
const wakes = s.enqueueActions(({ context: { rules }, enqueue }) => {
  enqueue.emit({ type: "vaddr.awaits", by: rules.name });
  enqueue.emit({ type: "lock.acquires", owner: rules.name });
});
/** Killed while it waited. The rest of the callback is left out, the unlock too (D-04), or only the check. */
const fails = s.enqueueActions(({ context, enqueue }) => {
  enqueue.emit({ type: "lock.acquires", owner: context.rules.name });
  enqueue.assign({
    done: context.rules.errorKeepsLock ? stepsOf(context).indexOf("unlock") + 1 : context.done + 1,
  });
});
const ends = s.enqueueActions(({ context, enqueue }) => {
  for (const message of messages("end", context)) enqueue.emit(message);
});

export const mmOperation = s.extend({ actions: { performs, rests, unlocks, wakes, fails, ends } }).createMachine({
  id: "mm-operation",
  context: ({ input }) => ({
    rules: input,
    kind: null,
    pages: [],
    by: null,
    done: 0,
    atomic: false,
    slept: false,
  }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "operation.starts": {
          target: "working",
          actions: assign(({ event: { kind, pages, by = null } }) => ({ kind, pages, by, atomic: kind === "oom" })),
        },
      },
    },
    working: {
      on: {
        "operation.steps": [
          {
            guard: "isCheck",
            target: "checking",
            actions: enqueueActions(({ context, enqueue }) =>
              enqueue.emit({ type: "vaddr.reads", by: context.rules.name }),
            ),
          },
          { guard: "isWait", target: "waiting", actions: "performs" },
          { guard: "isLast", target: "idle", actions: ["performs", "rests"] },
          { actions: "performs" },
        ],
        "operation.refuses": { guard: "mayRefuse", target: "refusing" },
      },
    },
    checking: {
      on: {
        "vaddr.read": [
          { guard: ({ event }) => event.invalid, target: "parked", actions: "unlocks" },
          { target: "working", actions: "performs" },
        ],
      },
    },
    /** Asleep until the process repairs its addresses, without the lock. */
    parked: {
      on: {
        "operation.wakes": { target: "working", actions: "wakes" },
        "operation.fails": { target: "working", actions: "fails" },
      },
    },
    /** Polls for the completion of its fence. */
    waiting: { on: { "fence.completed": { target: "working" } } },
    /** The memory management tries again later. */
    refusing: { on: { "operation.steps": { target: "idle", actions: ["ends", "rests"] } } },
  },
});
