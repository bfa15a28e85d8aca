/**
 * A worker of an IOPF queue: it resolves the faults of one group in order, until one fails, and answers for the group.
 *
 * Models  Linux 6.1, drivers/iommu/io-pgfault.c: iopf_handle_group(), iopf_complete_group() (iopf-core 1.3). How one
 *         fault is resolved (iopf_handle_single()) is asked of somebody else: process memory, or a VFIO handler.
 *         A second answer to a group is a departure (D5): it takes whatever pending fault has the same index.
 * Omits   the free of each member after it was resolved: the group is the worker's alone.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { Fault, ResponseCode } from "../../../include/iommu.ts";
import type { Group } from "./iopf-queue.ts";

export type WorkerContext = {
  readonly worker: number;
  readonly group: Group | null;
  /** How many members were resolved. */
  readonly resolved: number;
  /** Sticky: the first failure is the answer (I19). */
  readonly code: ResponseCode;
  /** Whether it answers each group once more, and whether it is about to (D5). */
  readonly repeats: boolean;
  readonly repeating: boolean;
};

export type WorkerEvent =
  /** It picks the group at this place of the queue. */
  | { readonly type: "worker.begins"; readonly index: number }
  | ({ readonly type: "work.begun"; readonly worker: number } & Group)
  | { readonly type: "worker.resolves-next" }
  | { readonly type: "member.resolved"; readonly worker: number; readonly code: ResponseCode }
  | { readonly type: "worker.responds" }
  | {
      readonly type: "response.returns";
      readonly device: number;
      readonly by: number | null;
      readonly result: number;
      readonly locked: boolean;
    }
  | { readonly type: "worker.finishes" };

export type WorkerEmits =
  | { readonly type: "work.begins"; readonly index: number; readonly worker: number }
  | { readonly type: "worker.resolves"; readonly worker: number; readonly device: number; readonly member: Fault }
  | {
      readonly type: "page.responds";
      readonly device: number;
      readonly grp: number;
      readonly pasid: number | null;
      readonly code: ResponseCode;
      readonly version: number;
      readonly by: number;
    }
  | { readonly type: "response.leaves"; readonly device: number }
  | { readonly type: "work.done"; readonly worker: number };

export type WorkerInput = { readonly worker: number; readonly repeats?: boolean };

/** What it does on its own, with at most this many groups queued at once. */
export const workerSteps = (groups: number): readonly Message[] => [
  ...Array.from({ length: groups }, (_, index) => ({ type: "worker.begins", index })),
  { type: "worker.resolves-next" },
  { type: "worker.responds" },
  { type: "worker.finishes" },
];

const s = setup({
  types: {
    context: {} as WorkerContext,
    events: {} as WorkerEvent,
    emitted: {} as WorkerEmits,
    input: {} as WorkerInput,
  },
});

const leaves = s.emit(({ context }) => ({ type: "response.leaves", device: context.group!.device }));
const ends = s.enqueueActions(({ context: { worker }, enqueue }) => {
  enqueue.emit({ type: "work.done", worker });
  enqueue.assign({ group: null, code: "success", repeating: false });
});
const lastOf = ({ members }: Group): Fault => members.at(-1)!;

export const iopfWorker = s.createMachine({
  id: "iopf-worker",
  context: ({ input: { worker, repeats } }) => ({
    worker,
    group: null,
    resolved: 0,
    code: "success",
    repeats: repeats ?? false,
    repeating: false,
  }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "worker.begins": {
          actions: emit(({ context: { worker }, event: { index } }) => ({ type: "work.begins", index, worker })),
        },
        "work.begun": {
          target: "resolving",
          actions: assign({ group: ({ event: { device, members } }) => ({ device, members }) }),
        },
      },
    },
    resolving: {
      on: {
        "worker.resolves-next": {
          actions: emit(({ context: { worker, group, resolved } }) => ({
            type: "worker.resolves",
            worker,
            device: group!.device,
            member: group!.members[resolved]!,
          })),
        },
        "member.resolved": [
          {
            guard: ({ context, event }) =>
              event.code !== "success" || context.resolved + 1 === context.group!.members.length,
            target: "responding",
            actions: assign({ resolved: 0, code: ({ event }) => event.code }),
          },
          { actions: assign({ resolved: ({ context }) => context.resolved + 1 }) },
        ],
      },
    },
    responding: {
      on: {
        "worker.responds": {
          actions: emit(({ context: { worker, group, code } }) => {
            const { device, grp, pasid, needsPasid } = lastOf(group!);
            const sent = needsPasid === false ? null : pasid;
            return { type: "page.responds", device, grp, pasid: sent, code, version: 1, by: worker };
          }),
        },
        "response.returns": [{ guard: ({ event }) => event.locked, target: "holding-lock" }, { target: "answered" }],
      },
    },
    /** Still inside iommu_page_response(), with the lock of the fault data held. */
    "holding-lock": {
      on: {
        "worker.finishes": [
          {
            guard: ({ context }) => context.repeats && !context.repeating,
            target: "responding",
            actions: [leaves, assign({ repeating: true })],
          },
          { target: "idle", actions: [leaves, ends] },
        ],
      },
    },
    answered: { on: { "worker.finishes": { target: "idle", actions: ends } } },
  },
});
