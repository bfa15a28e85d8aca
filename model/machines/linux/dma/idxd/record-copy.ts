/**
 * The workqueue of one work queue, which copies records to the memory of the process that has the queue open.
 *
 * Models  idxd in Linux 6.12 and 7.3: idxd_evl_fault_work() and idxd_copy_cr(), which finds the process by its PASID and copies the
 *         status after everything else. A page may never come: copy_to_user() waits for whoever has it.
 * Omits   wq->uc_lock, which a copy holds, records of batches, a copy that fails.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux612, messages } from "../../../../said.ts";
import { HANGS } from "../../../device/hanging-queue.ts";
import type { Sent } from "../../../device/shared-engine.ts";

/** "status-alone": the status is copied although the rest was not. */
export type CopyOrder = "status-last" | "status-first" | "status-alone";

export interface RecordCopyContext {
  readonly queue: number;
  readonly order: CopyOrder;
  /** Works that are not done, the oldest first: of the first, whether it is under way. */
  readonly works: readonly Sent[];
  /** Into whose memory the first one is copied; null: not begun. */
  readonly into: number | null;
}

export type RecordCopyEmits =
  | { readonly type: "process.is-looked-up"; readonly queue: number }
  | {
      readonly type: "record.is-copied";
      readonly queue: number;
      readonly part: "rest" | "status";
      readonly of: number;
      readonly into: number;
    }
  | { readonly type: "copies.are-drained"; readonly queue: number };

const s = setup({
  types: {
    context: {} as RecordCopyContext,
    events: {} as
      | ({ readonly type: "copy.is-queued" } & Sent)
      | { readonly type: "copy.begins" | "copy.steps" | "page.comes" }
      | { readonly type: "process.is-found"; readonly life: number | null }
      | { readonly type: "copies.are-awaited" },
    emitted: {} as RecordCopyEmits,
    input: {} as { readonly queue: number; readonly order: CopyOrder },
  },
});

const CDEV = "drivers/dma/idxd/cdev.c";
const inCopy = linux612(CDEV, "idxd_copy_cr");
const copies = (isFirst: boolean) =>
  s.enqueueActions(({ context: { queue, works, into, order }, enqueue }) => {
    if (isFirst && order === "status-alone") return;
    const isStatus = isFirst === (order === "status-first");
    const part = isStatus ? "status" : "rest";
    enqueue.emit({ type: "record.is-copied", queue, part, of: works[0]!.life, into: into! });
  });
const done = s.assign({ works: ({ context }) => context.works.slice(1), into: null });

export const recordCopy = s.createMachine({
  id: "record-copy",
  description: "the workqueue that copies records for one work queue",
  meta: {
    origin: linux612("drivers/dma/idxd/irq.c", "idxd_evl_fault_work"),
    lane: "the workqueue of work queue {queue}",
    messages: messages<RecordCopyEmits>({
      "process.is-looked-up": { says: "looks up the process by its PASID", origin: inCopy },
      "record.is-copied": { says: "copies the {part} of a record", origin: inCopy },
      "copies.are-drained": "has done all copies of queue {queue}",
    }),
  },
  context: ({ input }) => ({ ...input, works: [], into: null }),
  initial: "idle",
  states: {
    idle: {
      description: "copies nothing",
      on: {
        "copy.begins": {
          description: "begins the next copy",
          guard: ({ context: { works } }) => works.length > 0,
          actions: emit(({ context: { queue } }) => ({ type: "process.is-looked-up", queue })),
        },
        "process.is-found": [
          { guard: ({ event }) => event.life === null, actions: done },
          { target: "copying", actions: assign({ into: ({ event }) => event.life }) },
        ],
      },
    },
    copying: {
      description: "is in copy_to_user() of the first part",
      on: {
        "copy.steps": {
          description: "has copied the first part",
          guard: ({ context: { queue } }) => queue !== HANGS,
          target: "ending",
          actions: copies(true),
        },
        "page.comes": {
          description: "gets the page, and has copied the first part",
          meta: { origin: atWill("whoever has the page") },
          target: "ending",
          actions: copies(true),
        },
      },
    },
    ending: {
      description: "is about to copy the second part",
      on: { "copy.steps": { description: "copies the second part", target: "idle", actions: [copies(false), done] } },
    },
  },
  on: {
    "copy.is-queued": {
      actions: assign({ works: ({ context, event: { queue, life } }) => [...context.works, { queue, life }] }),
    },
    "copies.are-awaited": {
      guard: ({ context: { works } }) => works.length === 0,
      actions: emit(({ context: { queue } }) => ({ type: "copies.are-drained", queue })),
    },
  },
});
