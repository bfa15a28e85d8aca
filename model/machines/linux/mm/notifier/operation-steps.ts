/**
 * The order of steps when the memory management takes a page from a process, by operation and by the callback of VFIO. The
 * steps are data, so that a step left out or two steps swapped are changes of a list.
 *
 * Models  VFIO facts 1.3 (N1 to N8: the callback), 4.3, D-14 (a second mm is not watched), D-18 (a callback under a spinlock
 *         sleeps). `.invalidate_range` is called between the clear and the free (Linux 6.1.192):
 *         - A copy: under the spinlock of the page table, in ptep_clear_flush_notify().
 *         - fork(2), and a migration: in __mmu_notifier_invalidate_range_end(), without the spinlock. try_to_migrate_one() puts
 *           a migration entry in place and does not call it.
 *         - zap_pte_range(): under the spinlock where it forces a flush (a dirty page of a file, or a full batch). Otherwise
 *           tlb_flush_mmu_tlbonly() calls it, without the spinlock.
 *         `.invalidate_range_start` before the clear, where it may sleep except for the OOM reaper. At exit the kernel calls
 *         `.release` once and then drops its notifiers.
 * Omits   a second call of `.invalidate_range` for the same pages in the end of the range: it finds nothing to clear.
 */
import type { TakingBackStep } from "../../iommu/drivers/taking-back.ts";
import type { MmEvent } from "./address-space.ts";

export type Callback = "invalidate-range" | "start-end";

export type CallbackLooks = "never" | "under-lock" | "unlocks-after";

export type OperationStep =
  | TakingBackStep
  | "begin"
  | "end"
  | "spin"
  | "unspin"
  | "lock"
  | "check-vaddr"
  | "look"
  | "unlock"
  | "clear-cpu"
  | "install"
  | "free"
  | "unmap-range"
  | "share"
  | "unshare"
  | "move"
  | "settle"
  | "die";

/** The steps of each operation; an operation without a list does not happen. */
export type OperationSteps = { readonly [kind in MmEvent]?: readonly OperationStep[] };

export interface Listening {
  readonly callback: Callback;
  /** Whether VFIO has a notifier on this process; D-14 (a second mm is not watched). */
  readonly watched: boolean;
  /** Whether the callback runs when the process exits. */
  readonly hearsExit: boolean;
  /** N3 (wait for a valid vaddr): whether the callback waits until no address is withheld. */
  readonly checksVaddr: boolean;
  /** N4 (mappings that overlap), N5 (runs of set bits): when the callback looks, where DMA_UNMAP may run beside it. */
  readonly looks: CallbackLooks;
  /** Whether zap_pte_range() flushes before it drops the spinlock. */
  readonly forcesFlush: boolean;
}

const TAKES_BACK = ["clear-entry", "invalidate-iotlb", "wait", "clear-bit"] as const;
const AFTER_LOCK = {
  never: [...TAKES_BACK, "unlock"],
  "under-lock": ["look", ...TAKES_BACK, "unlock"],
  "unlocks-after": ["look", "unlock", ...TAKES_BACK],
} as const satisfies { readonly [looks in CallbackLooks]: readonly OperationStep[] };

const callbackOf = ({ watched, checksVaddr, looks }: Listening): readonly OperationStep[] =>
  watched ? ["lock", ...(checksVaddr ? (["check-vaddr"] as const) : []), ...AFTER_LOCK[looks]] : [];

/** `.invalidate_range`: called for `during`. The OOM reaper takes anonymous memory, for which no flush is forced. */
const afterTheClear = (listening: Listening): OperationSteps => {
  const during = callbackOf(listening);
  const flush = listening.forcesFlush ? ([...during, "unspin"] as const) : (["unspin", ...during] as const);
  return {
    discard: ["spin", "clear-cpu", "unshare", ...flush, "free"],
    oom: ["spin", "clear-cpu", "unshare", "unspin", ...during, "free"],
    free: ["unmap-range", "spin", "clear-cpu", ...flush, "free"],
    share: ["spin", "share", "unspin", ...during],
    copy: ["move", "spin", "clear-cpu", ...during, "install", "unshare", "settle", "unspin", "free"],
    migrate: ["move", "spin", "clear-cpu", "unspin", ...during, "install", "settle", "free"],
    exit: ["die", ...(listening.hearsExit ? during : []), "clear-cpu", "free"],
  };
};

/** `.invalidate_range_start` and `_end`, with the sequence count between them. */
const betweenStartAndEnd = (listening: Listening): OperationSteps => {
  const before: readonly OperationStep[] = ["begin", ...callbackOf(listening)];
  return {
    discard: [...before, "clear-cpu", "unshare", "free", "end"],
    oom: [...before, "clear-cpu", "unshare", "free", "end"],
    free: ["unmap-range", ...before, "clear-cpu", "free", "end"],
    share: [...before, "share", "end"],
    copy: [...before, "move", "clear-cpu", "install", "unshare", "settle", "free", "end"],
    migrate: [...before, "move", "clear-cpu", "install", "settle", "free", "end"],
    exit: ["die", ...(listening.hearsExit ? before : (["begin"] as const)), "clear-cpu", "free", "end"],
  };
};

export const operationSteps = (listening: Listening): OperationSteps =>
  listening.callback === "start-end" ? betweenStartAndEnd(listening) : afterTheClear(listening);

const CALLBACK_WITH_CACHES = [
  "lock",
  "clear-entry",
  "invalidate-iotlb",
  "wait",
  "invalidate-atc",
  "wait",
  "clear-bit",
  "unlock",
] as const;

/**
 * The reclaim of one page with the ATCs of devices, by design. D-18 (a callback that must not sleep) is left out here, and
 * no spinlock is taken.
 */
export const RECLAIMS = {
  /** RFC v2 and v3: `.invalidate_range`, called after the entry was cleared and before the frame is freed. */
  "invalidate-range": ["clear-cpu", ...CALLBACK_WITH_CACHES, "free"],
  /** `.invalidate_range_start` alone: a handler may map the old frame between the callback and the clear. */
  "range-start-only": [...CALLBACK_WITH_CACHES, "clear-cpu", "free"],
  /** KVM, HMM, ODP: a sequence count around it, which handlers compare before they map. */
  "sequence-retry": ["begin", ...CALLBACK_WITH_CACHES, "clear-cpu", "free", "end"],
} as const satisfies { readonly [design: string]: readonly OperationStep[] };

export type NotifierDesign = keyof typeof RECLAIMS;
