/** The messages of the driver behind a listener (listener-owner.ts), and what they say. */
import { atWill, linux, linuxAt, messages } from "../../../../../said.ts";
import type { CloseOrder, FaultOrder, OwnerStep } from "./owner-steps.ts";
import type { RemovalReads } from "./subscriptions-messages.ts";
import type { Kind } from "./thread-steps.ts";

export interface OwnerRules {
  readonly faultOrder: FaultOrder;
  readonly closeOrder: CloseOrder;
  readonly removalReads: RemovalReads;
}

export interface OwnerInput {
  readonly name: string;
  readonly listener: string;
  readonly kind: Kind;
  readonly rules: OwnerRules;
}

export interface ListenerOwnerContext extends OwnerInput {
  readonly left: readonly OwnerStep[];
  readonly page: number | null;
}

type OfListener = { readonly listener: string };
type OfPage = OfListener & { readonly page: number };

type By = { readonly by: string };

export type OwnerEmits =
  | (OfListener & { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string })
  | (OfListener & { readonly type: "handle.creates" | "handle.revokes" })
  | (OfPage & { readonly type: "handle.faults" | "handle.maps" | "page.gets" | "page.forgets" })
  | (OfListener & { readonly type: "listener.allocated" | "listener.freed" | "listener.forgets-handle" })
  | (OfListener & { readonly type: "listener.samples" | "tree.inserts" | "list.adds" | "list.deletes" })
  | (OfListener & By & { readonly type: "listener.compares" | "tree.removes" })
  | (OfListener & By & { readonly type: "sequence.samples" | "sequence.compares" })
  | (By & { readonly type: "sequence.awaits" | "srcu.synchronizes" | "srcu.awaits" })
  | (By & { readonly type: "removal.awaits"; readonly reads: RemovalReads });

const NOTIFIER = "mm/mmu_notifier.c";
const MUTEX = "kernel/locking/mutex.c";
const KVM = "virt/kvm/kvm_main.c";
const MLX5 = "drivers/infiniband/hw/mlx5/mr.c";
const DRIVER = atWill("a driver");
const REMOVE = linux(NOTIFIER, "mmu_interval_notifier_remove");
const UNREGISTER = linux(NOTIFIER, "mmu_notifier_unregister");

export const ownerSays = messages<OwnerEmits>({
  "lock.acquires": { says: "takes its lock", origin: linux(MUTEX, "mutex_lock") },
  "lock.releases": { says: "drops its lock", origin: linux(MUTEX, "mutex_unlock") },
  "handle.creates": { says: "creates the handle of {listener}", origin: DRIVER },
  "handle.revokes": {
    says: "revokes the handle of {listener}",
    origin: linuxAt("6.12.14", MLX5, "mlx5_revoke_mr"),
  },
  "handle.faults": { says: "reports a fault on page {page}", origin: atWill("a device") },
  "handle.maps": { says: "maps page {page} for its device", origin: DRIVER },
  "page.gets": {
    says: "gets page {page} from the process, without a pin",
    origin: linux("mm/hmm.c", "hmm_range_fault"),
  },
  "page.forgets": { says: "drops what it has got, to start over", origin: DRIVER },
  "listener.allocated": { says: "allocates its structure", origin: DRIVER },
  "listener.freed": { says: "frees its structure", origin: DRIVER },
  "listener.forgets-handle": {
    says: "lets the callback know that the handle is gone",
    origin: linuxAt("6.12.14", MLX5, "mlx5_revoke_mr"),
  },
  "listener.samples": {
    says: "reads the sequence number, with no invalidation counted",
    origin: linux(KVM, "hva_to_pfn"),
  },
  "listener.compares": { says: "compares the sequence number", origin: linux(KVM, "hva_to_pfn") },
  "tree.inserts": {
    says: "puts {listener} into the interval tree, or defers that",
    origin: linux(NOTIFIER, "__mmu_interval_notifier_insert"),
  },
  "tree.removes": { says: "takes {listener} off the interval tree, or defers that", origin: REMOVE },
  "list.adds": {
    says: "adds {listener} to the list of notifiers, with all locks of the process",
    origin: linux(NOTIFIER, "__mmu_notifier_register"),
  },
  "list.deletes": { says: "takes {listener} off the list of notifiers", origin: UNREGISTER },
  "sequence.samples": {
    says: "reads the sequence number of {listener}",
    origin: linux(NOTIFIER, "mmu_interval_read_begin"),
  },
  "sequence.compares": {
    says: "compares the sequence number of {listener}",
    origin: linux("include/linux/mmu_notifier.h", "mmu_interval_read_retry"),
  },
  "sequence.awaits": {
    says: "waits until the sequence count is another one",
    origin: linux(NOTIFIER, "mmu_interval_read_begin"),
  },
  "removal.awaits": {
    says: "waits until the invalidation that has deferred its removal is over",
    origin: linux(NOTIFIER, "mmu_interval_seq_released"),
  },
  "srcu.synchronizes": { says: "calls synchronize_srcu()", origin: UNREGISTER },
  "srcu.awaits": { says: "waits for the read sections of SRCU that had begun", origin: UNREGISTER },
});

/** The messages of one step. */
export function messagesOf(step: OwnerStep, context: ListenerOwnerContext): readonly OwnerEmits[] {
  const { name: by, listener, kind, rules, page } = context;
  const tree = kind === "tree";
  switch (step) {
    case "allocate":
      return [
        { type: "listener.allocated", listener },
        { type: "handle.creates", listener },
      ];
    case "insert":
      return [{ type: tree ? "tree.inserts" : "list.adds", listener }];
    case "sample":
      return tree ? [{ type: "sequence.samples", listener, by }] : [{ type: "listener.samples", listener }];
    case "await":
      return [{ type: "sequence.awaits", by }];
    case "get":
      return [{ type: "page.gets", listener, page: page! }];
    case "lock":
      return [{ type: "lock.acquires", listener, owner: by }];
    case "compare":
      return [{ type: tree ? "sequence.compares" : "listener.compares", listener, by }];
    case "map":
      return [{ type: "handle.maps", listener, page: page! }];
    case "unlock":
      return [{ type: "lock.releases", listener, owner: by }];
    case "revoke":
      return [{ type: "handle.revokes", listener }];
    case "forget":
      return [{ type: "listener.forgets-handle", listener }];
    case "remove":
      return tree
        ? [{ type: "tree.removes", listener, by }]
        : [
            { type: "list.deletes", listener },
            { type: "srcu.synchronizes", by },
          ];
    case "wait":
      return tree ? [{ type: "removal.awaits", by, reads: rules.removalReads }] : [{ type: "srcu.awaits", by }];
    case "free":
      return [{ type: "listener.freed", listener }];
    default:
      return step satisfies never;
  }
}
