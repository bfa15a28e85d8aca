/**
 * One operation of the memory management on a process, and the callback of VFIO inside it. It runs on the thread that began
 * it: in a system call of the process, on a thread of the kernel, or in a fault handler whose get_user_pages() copies or
 * reclaims.
 *
 * Models  VFIO facts 1.3, 4.3 (row 16: an MMU notifier to avoid pinning; row 25: mappings only grow): the steps of
 *         operation-steps.ts. While an address is withheld, the callback of RFC v3 waits with iommu->lock dropped (N3; D-24:
 *         the process waits for itself), and an error of that wait returns with the lock held (D-04). Where iommu_unmap()
 *         returns more than the size that was asked for (N5), bits may stay set. A callback that must not sleep may refuse.
 *         `slept` and `atomic` are ghost state: what the kernel would warn of.
 * Omits   Two operations on one process at a time: mmap_lock excludes most, and the others would meet in the lock of the
 *         page table.
 */
import { and, assign, enqueueActions, setup } from "xstate";
import { atWill, linux } from "../../../../said.ts";
import { takingBack } from "../../iommu/drivers/taking-back.ts";
import type { MmEvent } from "./address-space.ts";
import { CALLBACK, isOfPages, OF_PAGES, operationSays, WAIT, type OperationEmits } from "./operation-messages.ts";
import type { OperationStep, OperationSteps } from "./operation-steps.ts";

/** Bits that are cleared where iommu_unmap() took a whole superpage; D-08 (bits stay set while the entry is gone). */
export type OnMismatch = "clears-returned" | "clears-asked" | "leaves";

export interface OperationRules {
  readonly name: string;
  readonly steps: OperationSteps;
  /** The domains whose entries of a page are cleared together, and the devices whose caches are invalidated. */
  readonly domains: readonly number[];
  readonly devices: readonly number[];
  /** N5 (unmap of a run): the pages that one unmap takes for any request, or null. */
  readonly superpage: readonly number[] | null;
  /** The number of the first bit for writing, or null where a page has one bit. */
  readonly firstWriteBit: number | null;
  readonly onMismatch: OnMismatch;
  /** Whether a callback that must not sleep returns -EAGAIN instead of waiting for the lock; I-12 (it must not sleep). */
  readonly refuses: boolean;
  /** D-04 (the error path of the callback keeps iommu->lock). */
  readonly errorKeepsLock: boolean;
}

export interface MmOperationContext {
  readonly rules: OperationRules;
  readonly kind: MmEvent | null;
  readonly pages: readonly number[];
  readonly by: string | null;
  readonly done: number;
  /** The callback has something to unmap; false after a look that found nothing. */
  readonly found: boolean;
  /** Ghost: under a spinlock, or in a non-blocking callback. */
  readonly atomic: boolean;
  /** Ghost: it slept there. */
  readonly slept: boolean;
}

const NOTIFIER = "include/linux/mmu_notifier.h";

const s = setup({
  types: {
    context: {} as MmOperationContext,
    events: {} as
      | {
          readonly type: "operation.starts";
          readonly kind: MmEvent;
          readonly pages: readonly number[];
          /** The thread that waits until it is done. */
          readonly by?: string;
        }
      | { readonly type: "operation.steps" | "operation.wakes" | "operation.fails" | "operation.refuses" }
      | { readonly type: "vaddr.read"; readonly invalid: boolean }
      | { readonly type: "container.found"; readonly linked: boolean; readonly mapped: boolean }
      | { readonly type: "fence.completed" },
    emitted: {} as OperationEmits,
    input: {} as OperationRules,
  },
  guards: {
    isLast: ({ context }) => context.done === stepsOf(context).length - 1,
    isWait: ({ context }) => context.found && stepsOf(context)[context.done] === "wait",
    isLook: ({ context }) => stepsOf(context)[context.done] === "look",
    spins: ({ context }) => stepsOf(context)[context.done] === "spin",
    unspins: ({ context }) => stepsOf(context)[context.done] === "unspin",
    isCheck: ({ context }) => stepsOf(context)[context.done] === "check-vaddr",
    mayRefuse: ({ context }) =>
      context.rules.refuses && context.kind === "oom" && stepsOf(context)[context.done] === "lock",
  },
});

export const OPERATION_STEPS = ["steps", "wakes", "fails", "refuses"].map((step) => ({ type: `operation.${step}` }));

const stepsOf = ({ rules, kind }: MmOperationContext): readonly OperationStep[] => (kind && rules.steps[kind]) ?? [];

/** The pages that one iommu_unmap() takes, and those whose bits are cleared then. */
const unmapped = ({ rules, pages }: MmOperationContext): readonly number[] => rules.superpage ?? pages;
function cleared({ rules, pages }: MmOperationContext): readonly number[] {
  if (!rules.superpage || rules.onMismatch === "clears-asked") return pages;
  return rules.onMismatch === "leaves" ? [] : rules.superpage;
}

const bitsOf = ({ firstWriteBit }: OperationRules, pages: readonly number[]): readonly number[] =>
  pages.flatMap((page) => (firstWriteBit === null ? [page] : [page, page + firstWriteBit]));

function messages(step: OperationStep, context: MmOperationContext): readonly OperationEmits[] {
  const { rules, pages } = context;
  if (isOfPages(step)) return pages.map((page) => ({ type: OF_PAGES[step], page }));
  const back = (one: "clear-entry" | "invalidate-iotlb" | "clear-bit" | "invalidate-atc", of: readonly number[]) =>
    context.found ? of.flatMap((page) => takingBack(one, page, rules, rules.name)) : [];
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
      return back(step, bitsOf(rules, cleared(context)));
    case "wait":
      return context.found ? [{ type: "command.fences", owner: rules.name }] : [];
    case "look":
      return [{ type: "container.overlaps", pages: bitsOf(rules, pages), by: rules.name }];
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
  enqueue.assign({ kind: null, pages: [], by: null, done: 0, found: true, atomic: false });
  if (by !== null) enqueue.emit({ type: "operation.done", by });
});
const looks = s.enqueueActions(({ context, enqueue }) => {
  for (const message of messages("look", context)) enqueue.emit(message);
});
const unlocks = s.emit(({ context }) => ({ type: "lock.releases", owner: context.rules.name }));
const wakes = s.enqueueActions(({ context: { rules }, enqueue }) => {
  enqueue.emit({ type: "vaddr.awaits", by: rules.name });
  enqueue.emit({ type: "lock.acquires", owner: rules.name });
});
/** Killed in the wait: leaves out the rest of the callback with its unlock (D-04: the lock stays held), or the check only. */
const fails = s.enqueueActions(({ context, enqueue }) => {
  enqueue.emit({ type: "lock.acquires", owner: context.rules.name });
  enqueue.assign({
    done: context.rules.errorKeepsLock ? stepsOf(context).indexOf("unlock") + 1 : context.done + 1,
  });
});
const ends = s.enqueueActions(({ context, enqueue }) => {
  for (const message of messages("end", context)) enqueue.emit(message);
});

export const mmOperation = s
  .extend({ actions: { performs, rests, looks, unlocks, wakes, fails, ends } })
  .createMachine({
    id: "mm-operation",
    description: "an operation of mm on the process, with VFIO's callback in it",
    meta: {
      origin: atWill("mm"),
      lane: "{name}: an operation of mm",
      messages: operationSays,
    },
    context: ({ input }) => ({
      rules: input,
      kind: null,
      pages: [],
      by: null,
      done: 0,
      found: true,
      atomic: false,
      slept: false,
    }),
    initial: "idle",
    states: {
      idle: {
        description: "no operation is in progress",
        on: {
          "operation.starts": {
            description: "begins {kind} of pages [{pages}]",
            meta: { origin: atWill("mm") },
            target: "working",
            actions: assign(({ event: { kind, pages, by = null } }) => ({ kind, pages, by, atomic: kind === "oom" })),
          },
        },
      },
      working: {
        description: "{kind} of pages [{pages}] is in progress",
        on: {
          "operation.steps": [
            {
              description: "takes the next step of {kind}",
              meta: { listed: true },
              guard: "isCheck",
              target: "checking",
              actions: enqueueActions(({ context, enqueue }) =>
                enqueue.emit({ type: "vaddr.reads", by: context.rules.name }),
              ),
            },
            {
              description: "looks what there is to unmap",
              meta: { origin: CALLBACK },
              guard: "isLook",
              target: "looking",
              actions: "looks",
            },
            { guard: "isWait", target: "waiting", actions: "performs" },
            {
              description: "drops the lock of the page table",
              guard: and(["isLast", "unspins"]),
              target: "idle",
              actions: ["performs", "rests"],
            },
            { guard: "isLast", target: "idle", actions: ["performs", "rests"] },
            { description: "takes the lock of the page table", guard: "spins", actions: "performs" },
            { description: "drops the lock of the page table", guard: "unspins", actions: "performs" },
            { actions: "performs" },
          ],
          "operation.refuses": {
            description: "returns -EAGAIN, because the callback must not sleep",
            meta: { origin: CALLBACK },
            guard: "mayRefuse",
            target: "refusing",
          },
        },
      },
      checking: {
        description: "the callback looks for an invalid vaddr",
        meta: { origin: CALLBACK },
        on: {
          "vaddr.read": [
            { guard: ({ event }) => event.invalid, target: "parked", actions: "unlocks" },
            { target: "working", actions: "performs" },
          ],
        },
      },
      looking: {
        description: "the callback looks for mappings that overlap, and their bits",
        meta: { origin: CALLBACK },
        on: {
          "container.found": {
            target: "working",
            actions: assign(({ context, event }) => ({
              done: context.done + 1,
              found: event.linked && event.mapped,
            })),
          },
        },
      },
      parked: {
        description: "the callback sleeps until the process updates its addresses, with iommu->lock dropped",
        meta: { origin: WAIT },
        on: {
          "operation.wakes": {
            description: "wakes up and takes iommu->lock again",
            target: "working",
            actions: "wakes",
          },
          "operation.fails": {
            description: "is killed while it waits for a valid vaddr",
            target: "working",
            actions: "fails",
          },
        },
      },
      waiting: {
        description: "the callback waits until its invalidations are complete",
        meta: { origin: CALLBACK },
        on: { "fence.completed": { target: "working" } },
      },
      refusing: {
        description: "the callback has refused to sleep, and mm tries again later",
        on: {
          "operation.steps": {
            description: "ends the invalidation, and tries again later",
            meta: { origin: linux(NOTIFIER, "mmu_notifier_invalidate_range_end") },
            target: "idle",
            actions: ["ends", "rests"],
          },
        },
      },
    },
  });
