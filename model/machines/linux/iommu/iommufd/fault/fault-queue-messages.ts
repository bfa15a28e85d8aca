/** Messages to and from the fault object of iommufd. `by` names the thread that calls. */
import type { Fault } from "../../../include/iommu.ts";
import type { AttachHandle } from "../../io-pgfault/6.12/attach-handles.ts";
import type { TakesNext } from "./auto-answer.ts";
import type { Named } from "./fault-entries.ts";

export type FaultQueueEvent =
  | ({
      readonly type: "deliver.appends";
      readonly handle: AttachHandle;
      readonly faults: readonly Fault[];
      readonly dangling: boolean;
    } & Named)
  | { readonly type: "deliver.looks"; readonly by: string }
  /** The head of the deliver list gets a cookie, if its records fit into `room`, and xa_alloc() has memory. */
  | { readonly type: "deliver.fetches"; readonly by: string; readonly room: number; readonly memory?: "none" }
  | { readonly type: "deliver.restores"; readonly at: "head" | "tail" }
  | { readonly type: "deliver.keeps" }
  | { readonly type: "response.takes"; readonly by: string; readonly cookie: number }
  /** The unread groups of a handle leave the deliver list, for the thread that answers them. */
  | { readonly type: "answers.gathers"; readonly handle: AttachHandle }
  | TakesNext
  | { readonly type: "handle.freed"; readonly handle: AttachHandle }
  | ({ readonly type: "group.freed" } & Named)
  | { readonly type: "queue.claims"; readonly by: string }
  | { readonly type: "queue.refs" | "queue.unrefs" | "queue.destroys" | "queue.creates" }
  | { readonly type: "file.gets" | "file.puts" | "file.closes" | "file.drops" | "file.released" }
  | { readonly type: "object.reads-context" };

export type FaultQueueEmits =
  | { readonly type: "deliver.seen"; readonly by: string; readonly empty: boolean }
  | {
      readonly type: "deliver.fetched";
      readonly by: string;
      readonly outcome: "group" | "empty" | "too-big" | "no-memory";
      readonly cookie: number;
      readonly faults: readonly Fault[];
      /** The device that the attach handle names; null where nobody keeps it. */
      readonly idev: number | null;
    }
  | {
      readonly type: "response.taken" | "answer.taken";
      readonly by: string;
      /** Null: there is none. */
      readonly group: number | null;
      readonly device: number;
    }
  | { readonly type: "queue.claimed"; readonly by: string; readonly result: number }
  | ({ readonly type: "group.forgets" } & Named);
