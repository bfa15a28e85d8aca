/** The knobs of the focused model `iommufd`: what each choice of its designs means. */
import { hostKnobs } from "../../hosts/host.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import type { DetachOrder, ReplaceOrder } from "../../machines/linux/iommu/iommufd/fault/control-orders.ts";
import type { CloseOrder } from "../../machines/linux/iommu/iommufd/fault/fd-closer.ts";
import type { IommufdDesign } from "./iommufd-design.ts";

const flag = { kind: "flag" } as const;

export const iommufdKnobs: KnobTable<IommufdDesign> = {
  limit: hostKnobs.limit,
  reclaim: hostKnobs.reclaim,
  faultUser: {
    id: "iopf-core 3.2",
    values: choice({
      anybody: "User space reads and writes as it likes.",
      "demand-pinner": "A VMM maps and pins each page that is asked for, then responds.",
    }),
    sentence: "Who reads the faults and writes the responses.",
  },
  pinnerAnswers: {
    id: "I19",
    values: choice({
      "when-mapped": "The VMM responds after the page is mapped.",
      "at-once": "The VMM responds before the page is mapped (deliberate defect).",
    }),
    sentence: "When a VMM that pins on demand responds.",
  },
  pinnerReleases: {
    id: "I-03",
    values: choice({
      "unmap-first": "The page is unmapped, then unpinned.",
      "unpin-first": "The page is unpinned while it is still mapped (deliberate defect).",
    }),
    sentence: "How a VMM that pins on demand takes a page back.",
  },
  deliverOwner: {
    id: "B6",
    values: choice({
      handler: "Only the fault queue has the group: iommufd_fault_iopf_handler() calls iopf_group_dequeue().",
      "core-too": "The core's pending list has the group as well, and may free it (6.12.0).",
    }),
    sentence: "Who owns a group that waits for user space.",
  },
  deliverLock: {
    id: "B12",
    values: choice({
      spinlock: "A spinlock of its own protects the deliver list.",
      mutex: "The mutex that a read holds while it copies protects the deliver list (6.12.0).",
    }),
    sentence: "What protects the deliver list.",
  },
  wakesPoller: {
    id: "iopf-core 3.2",
    values: flag,
    sentence: "Whether a new group wakes a thread that sleeps in poll(2).",
  },
  readCounts: {
    id: "B14",
    values: choice({
      groups: "iommufd_fault_fops_read() counts records of groups that it copied whole.",
      records:
        "iommufd_fault_fops_read() counts each record that it copied, even of a group that it puts back (6.12.0).",
    }),
    sentence: "What the return value of a read counts.",
  },
  onCopyFailure: {
    id: "B15",
    values: choice({
      ends: "The read ends and returns what it has, or -EFAULT.",
      retries: "The read fetches the same group again (6.12.0).",
    }),
    sentence: "What a read does when copy_to_user() fails.",
  },
  restoresAt: {
    id: "I24",
    values: choice({
      head: "The group goes back to the head of the deliver list, so that the order stays.",
      tail: "The group goes to the tail of the deliver list (deliberate defect).",
    }),
    sentence: "Where a read puts a group back whose copy failed.",
  },
  shortBuffer: {
    id: "B16",
    values: choice({
      einval: "The read returns -EINVAL.",
      zero: "The read returns 0, which user space takes for the end of the file (6.12.0).",
    }),
    sentence: "What a read returns when the first group does not fit into its buffer.",
  },
  writerLocks: {
    id: "iopf-core 3.2",
    values: flag,
    sentence: "Whether iommufd_fault_fops_write() takes the mutex of the fault queue.",
  },
  writeReports: {
    id: "B17",
    values: choice({
      progress: "The write returns how many bytes of responses it took.",
      error: "The write returns the error, so that user space does not learn which responses were sent (6.12.0).",
    }),
    sentence: "What a write returns when a later response of it is bad.",
  },
  hwptDetach: {
    id: "B7",
    values: choice({
      standard:
        "Block the device, drain, erase the handle, answer what is left, remove the device from its queue, free.",
      "no-drain": "The detach does not wait for a report in progress (a use after free).",
      "remove-in-driver": "The driver disables page faults as it leaves the domain, after it drained (since 6.16).",
      "remove-before-drain": "The driver disables page faults before it drains (a use after free).",
      "linux-7.3":
        "The driver disables page faults before it blocks the device, and its drain then does nothing (VT-d of 7.3.4).",
      "free-before-answer": "The attach handle is freed while groups still name it (deliberate defect).",
      "no-answer": "Groups that user space has not answered get no response (deliberate defect).",
    } satisfies { readonly [name in DetachOrder]: string }),
    sentence: "The steps by which a device is detached from its page table.",
  },
  hwptReplace: {
    id: "B27",
    values: choice({
      standard: "Block the device, drain, store the new handle, switch the domain, answer groups of the old one, free.",
      "switch-then-store":
        "The domain is switched before the handle is stored, so that a fault finds the old handle (6.12).",
      "store-then-switch":
        "The handle is stored first, so that faults of the old domain count for the new one (deliberate defect).",
      "no-drain": "Requests of the old domain stay in the queue.",
    } satisfies { readonly [name in ReplaceOrder]: string }),
    sentence: "The steps by which a page table is replaced.",
  },
  replaceAnswers: {
    id: "B13",
    values: choice({
      "old-queue": "The fault queue of the old page table is searched.",
      "new-queue": "The fault queue of the new page table is searched, so that old groups stay unanswered (6.12.0).",
    }),
    sentence: "Which fault queue a replace searches for groups of the old page table.",
  },
  destroyAnswers: {
    id: "B19",
    values: choice({
      all: "Groups that wait for a read and groups that wait for a response are answered.",
      delivered: "Only groups that were read are answered (deliberate defect).",
    }),
    sentence: "Which groups iommufd_fault_destroy() answers.",
  },
  fdCloseOrder: {
    id: "B22",
    values: choice({
      "read-then-drop": "iommufd_fault_fops_release() reads the object, then drops its reference.",
      "drop-then-read": "iommufd_fault_fops_release() drops its reference, then reads the object (6.12.0).",
    } satisfies { readonly [name in CloseOrder]: string }),
    sentence: "The order in the release of the file.",
  },
  parentFaults: {
    id: "B24",
    values: choice({
      refused: "A nesting parent with a fault queue is refused.",
      allowed: "A nesting parent may have a fault queue.",
    }),
    sentence: "Whether a nesting parent may have a fault queue.",
  },
};
