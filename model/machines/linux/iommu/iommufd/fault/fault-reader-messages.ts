/** Context, events and messages of the thread that reads a fault queue (fault-reader.ts), and what the messages say. */
import type { Message } from "../../../../../../checker/json.ts";
import { linux612, messages } from "../../../../../said.ts";
import type { Fault } from "../../../include/iommu.ts";

const FAULT = "drivers/iommu/iommufd/fault.c";
const PRIVATE = "drivers/iommu/iommufd/iommufd_private.h";

export interface FaultReaderRules {
  /** What the return value counts: records of whole groups, or each record as it is copied. */
  readonly counts: "groups" | "records";
  /** After a failed copy: read() ends, or fetches the next group, which is the same one. */
  readonly onCopyFailure: "ends" | "retries";
  /** Where in the deliver list a group goes whose copy failed; I24 (reads keep the order). */
  readonly restoresAt: "head" | "tail";
  /** What read() returns if the first group does not fit. */
  readonly tooSmall: "einval" | "zero";
}

/** struct iommu_hwpt_pgfault */
export interface Told {
  readonly cookie: number;
  /** `dev_id`: the device that attached, which is not always that of the fault (D9); null where nobody keeps it. */
  readonly idev: number | null;
  readonly fault: Fault;
}

export interface FaultReaderContext {
  readonly name: string;
  readonly rules: FaultReaderRules;
  readonly queue: number | null;
  /** Records that the buffer holds. */
  readonly room: number;
  /** The group in hand, and how many of its records are copied. */
  readonly cookie: number;
  readonly idev: number | null;
  readonly faults: readonly Fault[];
  readonly copied: number;
  /** The page of the buffer for the next record has been paged in. */
  readonly present: boolean;
  /** Records of groups that are copied whole. */
  readonly whole: readonly Told[];
  /** The return value so far, in records. */
  readonly counted: number;
  /** Why the loop ended, as a negative number of errno.h; 0 without an error. */
  readonly error: number;
  /** The first group did not fit. */
  readonly tooBig: boolean;
  /** poll(2) sleeps until there is a group. */
  readonly sleeps: boolean;
}

export type FaultReaderEmits =
  | { readonly type: "file.gets" | "file.puts" | "deliver.keeps"; readonly queue: number }
  | { readonly type: "deliver.restores"; readonly queue: number; readonly at: "head" | "tail" }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly queue: number }
  | { readonly type: "deliver.looks"; readonly queue: number; readonly by: string }
  | {
      readonly type: "deliver.fetches";
      readonly queue: number;
      readonly by: string;
      readonly room: number;
      readonly memory?: "none";
    }
  | { readonly type: "paging.requests" }
  | { readonly type: "copy.fails" }
  /** `result`: records, or a negative number of errno.h. */
  | { readonly type: "read.returns"; readonly queue: number; readonly result: number; readonly groups: readonly Told[] }
  | { readonly type: "poll.returns"; readonly queue: number; readonly in: boolean; readonly out: boolean };

/** Its spontaneous steps inside the kernel. */
export const faultReaderSteps: readonly Message[] = ["locks", "fetches", "copies", "unlocks"].map((step) => ({
  type: `reader.${step}`,
}));

export type FaultReaderEvent =
  /** With room for so many records, or a buffer of so many bytes. */
  | { readonly type: "reader.reads"; readonly queue: number; readonly room: number }
  | { readonly type: "reader.reads"; readonly queue: number; readonly bytes: number }
  | { readonly type: "reader.polls"; readonly queue: number; readonly sleeps?: boolean }
  | { readonly type: "reader.locks" | "reader.copies" | "reader.unlocks" }
  | { readonly type: "reader.fetches"; /** Default true: there is memory for a node. */ readonly ok?: boolean }
  /** The buffer is not mapped; a page of it has to be paged in. */
  | { readonly type: "reader.fails" | "reader.faults" }
  | { readonly type: "paging.done" }
  | { readonly type: "queue.wakes"; readonly queue: number }
  | { readonly type: "deliver.seen"; readonly empty: boolean }
  | {
      readonly type: "deliver.fetched";
      readonly outcome: "group" | "empty" | "too-big" | "no-memory";
      readonly cookie: number;
      readonly idev: number | null;
      readonly faults: readonly Fault[];
    };

export const readerSays = messages<FaultReaderEmits>({
  "file.gets": "enters read() on the file of queue {queue}",
  "file.puts": "leaves read() on the file of queue {queue}",
  "deliver.keeps": "has copied the whole group",
  "deliver.restores": {
    says: "puts the group back at the {at} of the deliver list",
    origin: linux612(PRIVATE, "iommufd_fault_deliver_restore"),
  },
  "lock.acquires": "takes the mutex of queue {queue}",
  "lock.releases": "drops the mutex of queue {queue}",
  "deliver.looks": {
    says: "checks whether the deliver list is empty",
    origin: linux612(FAULT, "iommufd_fault_fops_poll"),
  },
  "deliver.fetches": {
    says: "fetches the next group, if {room} records fit",
    origin: linux612(PRIVATE, "iommufd_fault_deliver_fetch"),
  },
  "paging.requests": { says: "faults on a page of the buffer", origin: linux612("mm/memory.c", "handle_mm_fault") },
  "copy.fails": "fails to copy to user space",
  "read.returns": "returns {result} to user space",
  "poll.returns": {
    says: "returns, readable: {in}",
    origin: linux612(FAULT, "iommufd_fault_fops_poll"),
  },
});
