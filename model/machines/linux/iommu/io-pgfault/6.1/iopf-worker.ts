/**
 * A worker of the IOPF workqueue in Linux 6.1: it handles the faults of one group in order, until one fails, and responds
 * to the group.
 *
 * Models  Linux 6.1, drivers/iommu/io-pgfault.c: iopf_handle_group(), iopf_complete_group() (iopf-core 1.3). Another
 *         machine handles a single fault in place of iopf_handle_single(): the memory of a process, or a VFIO handler.
 *         With `repeats` the worker responds to each group twice, a deliberate defect: D5 (the second response takes any
 *         pending fault with the same index).
 * Omits   the kfree() of each fault after it was handled: no other thread can reach the group.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { linux61, messages } from "../../../../../said.ts";
import type { Fault, ResponseCode } from "../../../include/iommu.ts";
import type { Group } from "./iopf-queue-messages.ts";

export type WorkerContext = {
  readonly worker: number;
  readonly group: Group | null;
  /** Number of members that were handled. */
  readonly resolved: number;
  /** Sticky: the first failure is the code of the response. I19 (Success only if every page of the group is mapped). */
  readonly code: ResponseCode;
  /** D5 (second response): whether the worker responds twice, and whether the second response is next. */
  readonly repeats: boolean;
  readonly repeating: boolean;
};

export type WorkerEvent =
  /** Takes the group with this index of the queue. */
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

/** Its own steps, for at most this many queued groups. */
export const workerSteps = (groups: number): readonly Message[] => [
  ...Array.from({ length: groups }, (_, index) => ({ type: "worker.begins", index })),
  { type: "worker.resolves-next" },
  { type: "worker.responds" },
  { type: "worker.finishes" },
];

const IOPF = "drivers/iommu/io-pgfault.c";
const inComplete = linux61(IOPF, "iopf_complete_group");
const inResponse = linux61("drivers/iommu/iommu.c", "iommu_page_response");

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
  description: "a worker of the IOPF workqueue",
  meta: {
    origin: linux61(IOPF, "iopf_handle_group"),
    lane: "worker {worker} of the IOPF workqueue",
    messages: messages<WorkerEmits>({
      "work.begins": {
        says: "takes a group off the workqueue",
        origin: linux61("kernel/workqueue.c", "process_one_work"),
      },
      "worker.resolves": {
        says: "handles the fault on page {member.page} of device {device}",
        origin: linux61(IOPF, "iopf_handle_single"),
      },
      "page.responds": {
        says: "calls iommu_page_response() with {code} for PRGI {grp} of device {device}",
        origin: inComplete,
      },
      "response.leaves": { says: "drops fault_param->lock of device {device}", origin: inResponse },
      "work.done": { says: "returns from the work of the group", origin: linux61(IOPF, "iopf_handle_group") },
    }),
  },
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
      description: "handles no group",
      on: {
        "worker.begins": {
          description: "takes a queued group",
          meta: { origin: linux61("kernel/workqueue.c", "process_one_work") },
          actions: emit(({ context: { worker }, event: { index } }) => ({ type: "work.begins", index, worker })),
        },
        "work.begun": {
          target: "resolving",
          actions: assign({ group: ({ event: { device, members } }) => ({ device, members }) }),
        },
      },
    },
    resolving: {
      description: "handles the faults of its group",
      on: {
        "worker.resolves-next": {
          description: "handles the next fault of the group",
          meta: { origin: linux61(IOPF, "iopf_handle_single") },
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
      description: "is about to respond to the group",
      on: {
        "worker.responds": {
          description: "responds {code} to the group",
          meta: { origin: inComplete },
          actions: emit(({ context: { worker, group, code } }) => {
            const { device, grp, pasid, needsPasid } = lastOf(group!);
            const sent = needsPasid === false ? null : pasid;
            return { type: "page.responds", device, grp, pasid: sent, code, version: 1, by: worker };
          }),
        },
        "response.returns": [{ guard: ({ event }) => event.locked, target: "holding-lock" }, { target: "answered" }],
      },
    },
    "holding-lock": {
      description: "is still inside iommu_page_response() and holds fault_param->lock",
      on: {
        "worker.finishes": [
          {
            description: "returns from iommu_page_response(), which drops fault_param->lock",
            guard: ({ context }) => context.repeats && !context.repeating,
            target: "responding",
            actions: [leaves, assign({ repeating: true })],
          },
          {
            description: "returns from iommu_page_response(), which drops fault_param->lock, and frees the group",
            target: "idle",
            actions: [leaves, ends],
          },
        ],
      },
    },
    answered: {
      description: "has called iommu_page_response(), which took no lock",
      on: { "worker.finishes": { description: "frees the group", target: "idle", actions: ends } },
    },
  },
});
