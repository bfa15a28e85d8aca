/** The messages of a thread that invalidates (invalidation-thread.ts), and what they say. */
import { atWill, linux, linuxAt, messages } from "../../../../../said.ts";
import type { Happening, ThreadRules, ThreadStep } from "./thread-steps.ts";

export interface ThreadInput {
  readonly name: string;
  readonly rules: ThreadRules;
}

export interface InvalidationThreadContext extends ThreadInput {
  readonly happening: Happening | null;
  /** What it takes from the process, and what it tells of it. */
  readonly pages: readonly number[];
  readonly told: readonly number[];
  readonly left: readonly ThreadStep[];
  /** Where it is on the list. */
  readonly after: string | null;
  /** Whether it calls the starts, the ends, or the ends after a refusal. */
  readonly phase: "start" | "end" | "undo";
  readonly refused: boolean;
}

type OfListener = { readonly listener: string };

type By = { readonly by: string };

export type ThreadEmits =
  | (OfListener & { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string })
  | (OfListener & { readonly type: "listener.enters" | "listener.counts-up" | "listener.counts-down" })
  | (OfListener & By & { readonly type: "listener.looks" })
  | (OfListener & { readonly type: "listener.unmaps"; readonly pages: readonly number[] })
  | (OfListener & { readonly type: "sequence.sets" })
  | (By & { readonly type: "tree.begins"; readonly pages: readonly number[] })
  | (By & { readonly type: "tree.ends" | "tree.settles" | "invalidation.over" | "srcu.reads" | "srcu.unlocks" })
  | (By & { readonly type: "list.walks"; readonly after: string | null })
  | (By & { readonly type: "page.clears" | "page.frees"; readonly page: number });

const NOTIFIER = "mm/mmu_notifier.c";
const HEADER = "include/linux/mmu_notifier.h";
const KVM = "virt/kvm/kvm_main.c";
const MUTEX = "kernel/locking/mutex.c";
/** The callback that is modelled step by step. */
const CALLBACK = linuxAt("6.12.14", "drivers/infiniband/hw/mlx5/odp.c", "mlx5_ib_invalidate_range");

export const threadSays = messages<ThreadEmits>({
  "lock.acquires": { says: "takes the lock of {listener}, in its callback", origin: linux(MUTEX, "mutex_lock") },
  "lock.releases": { says: "drops the lock of {listener}", origin: linux(MUTEX, "mutex_unlock") },
  "listener.enters": {
    says: "calls {listener}",
    origin: linux(HEADER, "mmu_notifier_invalidate_range_start"),
  },
  "listener.looks": { says: "looks whether {listener} still has its handle", origin: CALLBACK },
  "listener.unmaps": { says: "unmaps what {listener} has of pages [{pages}]", origin: CALLBACK },
  "listener.counts-up": {
    says: "counts an invalidation of {listener}",
    origin: linux(KVM, "kvm_mmu_notifier_invalidate_range_start"),
  },
  "listener.counts-down": {
    says: "takes an invalidation of {listener} off its count",
    origin: linux(KVM, "kvm_mmu_notifier_invalidate_range_end"),
  },
  "sequence.sets": {
    says: "gives {listener} the current sequence number",
    origin: linux(HEADER, "mmu_interval_set_seq"),
  },
  "tree.begins": {
    says: "begins an invalidation of pages [{pages}]",
    origin: linux(NOTIFIER, "mn_itree_inv_start_range"),
  },
  "tree.ends": { says: "ends the invalidation of the interval tree", origin: linux(NOTIFIER, "mn_itree_inv_end") },
  "tree.settles": {
    says: "changes the tree as was deferred, and drops its spinlock",
    origin: linux(NOTIFIER, "mn_itree_inv_end"),
  },
  "invalidation.over": { says: "is done", origin: atWill("mm") },
  "srcu.reads": {
    says: "begins a read section of SRCU",
    origin: linux(NOTIFIER, "mn_hlist_invalidate_range_start"),
  },
  "srcu.unlocks": {
    says: "ends its read section of SRCU",
    origin: linux(NOTIFIER, "mn_hlist_invalidate_range_start"),
  },
  "list.walks": {
    says: "goes on in the list of notifiers",
    origin: linux(NOTIFIER, "mn_hlist_invalidate_range_start"),
  },
  "page.clears": { says: "clears the CPU's entry of page {page}", origin: atWill("mm") },
  "page.frees": { says: "frees the frame of page {page}", origin: atWill("mm") },
});

/** The messages of one step. */
export function messagesOf(step: ThreadStep, context: InvalidationThreadContext): readonly ThreadEmits[] {
  const { name: by, rules, pages, told, after } = context;
  switch (step.do) {
    case "lock":
      return [
        { type: "lock.acquires", listener: step.listener, owner: by },
        { type: "listener.enters", listener: step.listener },
      ];
    case "unlock":
      return [
        { type: "lock.releases", listener: step.listener, owner: by },
        { type: "listener.enters", listener: step.listener },
      ];
    case "refuse":
      return [{ type: "listener.enters", listener: step.listener }];
    case "sequence":
      return rules.kinds[step.listener] === "list"
        ? [{ type: "listener.counts-up", listener: step.listener }]
        : [{ type: "sequence.sets", listener: step.listener }];
    case "look":
      return [{ type: "listener.looks", listener: step.listener, by }];
    case "unmap":
      return [{ type: "listener.unmaps", listener: step.listener, pages: told }];
    case "count-down":
      return [{ type: "listener.counts-down", listener: step.listener }];
    case "tree-begins":
      return [{ type: "tree.begins", by, pages: told }];
    case "tree-ends":
      return [{ type: "tree.ends", by }];
    case "tree-settles":
      return [{ type: "tree.settles", by }];
    case "srcu-lock":
      return [{ type: "srcu.reads", by }];
    case "srcu-unlock":
      return [{ type: "srcu.unlocks", by }];
    case "walk":
      return [{ type: "list.walks", by, after }];
    case "clear":
      return pages.map((page) => ({ type: "page.clears", page, by }));
    case "free":
      return pages.map((page) => ({ type: "page.frees", page, by }));
    case "over":
      return [{ type: "invalidation.over", by }];
    default:
      return step satisfies never;
  }
}
