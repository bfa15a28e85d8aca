/** Messages to and from the fault object of iommufd. `by` names the thread that calls. */
import type { AttachHandle } from "../../io-pgfault/6.12/attach-handles.ts";

export type FaultQueueEvent =
  | {
      readonly type: "deliver.appends";
      readonly group: number;
      readonly hwpt: number;
      readonly pages: readonly number[];
      readonly dangling: boolean;
    }
  | { readonly type: "deliver.looks"; readonly by: string }
  /** The head of the deliver list gets a cookie, if its records fit into `room`. */
  | { readonly type: "deliver.fetches"; readonly by: string; readonly room: number }
  | { readonly type: "deliver.restores"; readonly at: "head" | "tail" }
  | { readonly type: "deliver.keeps" }
  | { readonly type: "response.takes"; readonly by: string; readonly cookie: number }
  /** `hwpt` null: of any; `only` "delivered": groups with a cookie are skipped, B19 (destroy answered unread groups only). */
  | {
      readonly type: "answers.takes-next";
      readonly by: string;
      readonly hwpt: number | null;
      readonly only: "all" | "delivered";
    }
  | { readonly type: "handle.freed"; readonly handle: AttachHandle }
  | { readonly type: "group.freed"; readonly device: number; readonly group: number }
  | { readonly type: "queue.refs" | "queue.unrefs" | "queue.claims" | "queue.destroys" | "queue.creates" }
  | { readonly type: "file.gets" | "file.puts" | "file.closes" | "file.drops" | "file.released" }
  | { readonly type: "object.reads-context" };

export type FaultQueueEmits =
  | { readonly type: "deliver.seen"; readonly by: string; readonly empty: boolean }
  | {
      readonly type: "deliver.fetched";
      readonly by: string;
      readonly outcome: "group" | "empty" | "too-big";
      readonly cookie: number;
      readonly pages: readonly number[];
    }
  | { readonly type: "response.taken" | "answer.taken"; readonly by: string; readonly group: number | null }
  | { readonly type: "group.forgets"; readonly device: number; readonly group: number };
