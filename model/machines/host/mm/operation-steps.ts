/**
 * In which order things happen when the memory management takes a page from a process, by what happens and by how VFIO
 * listens. Its steps are data, as in invalidator.ts, which does the one case of reclaim in the page fault systems.
 *
 * Models  VFIO facts 1.3 (N1-N8), 4.3, D-14, D-18: `.invalidate_range` is called between the clear and the free, under the
 *         spinlock of the page table; `.invalidate_range_start` before the clear, where it may sleep unless it is told not
 *         to (the OOM reaper). At exit the kernel calls `.release` once and then forgets its listeners.
 */
import type { TakingBackStep } from "../../vfio/taking-back.ts";
import type { MmEvent } from "./address-space.ts";

export type Callback = "invalidate-range" | "start-end";

export type OperationStep =
  | TakingBackStep
  | "begin"
  | "end"
  | "spin"
  | "unspin"
  | "lock"
  | "check-vaddr"
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

export interface Listening {
  readonly callback: Callback;
  /** Whether VFIO listens to this process at all (D-14). */
  readonly watched: boolean;
  /** Whether it hears that the process exits. */
  readonly hearsExit: boolean;
  /** N3: whether the callback waits until no address is withheld. */
  readonly checksVaddr: boolean;
}

const callbackOf = ({ watched, checksVaddr }: Listening): readonly OperationStep[] =>
  watched
    ? [
        "lock",
        ...(checksVaddr ? (["check-vaddr"] as const) : []),
        "clear-entry",
        "invalidate-iotlb",
        "wait",
        "clear-bit",
        "unlock",
      ]
    : [];

/** `.invalidate_range`: called for `during`, under the spinlock. */
const underSpinlock = (listening: Listening): { readonly [kind in MmEvent]: readonly OperationStep[] } => {
  const during = callbackOf(listening);
  const discard = ["spin", "clear-cpu", "unshare", ...during, "unspin", "free"] as const;
  return {
    discard,
    oom: discard,
    free: ["unmap-range", "spin", "clear-cpu", ...during, "unspin", "free"],
    share: ["spin", "share", ...during, "unspin"],
    copy: ["move", "spin", "clear-cpu", ...during, "install", "unshare", "settle", "unspin", "free"],
    migrate: ["move", "spin", "clear-cpu", ...during, "unspin", "install", "settle", "free"],
    exit: ["die", ...(listening.hearsExit ? during : []), "clear-cpu", "free"],
  };
};

/** `.invalidate_range_start` and `_end`, with the sequence count between them. */
const betweenStartAndEnd = (listening: Listening): { readonly [kind in MmEvent]: readonly OperationStep[] } => {
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

export const operationSteps = (listening: Listening): { readonly [kind in MmEvent]: readonly OperationStep[] } =>
  listening.callback === "start-end" ? betweenStartAndEnd(listening) : underSpinlock(listening);
