/**
 * A worker that serves one page request group for VFIO: lets its pages be resolved, then responds once and frees the
 * group.
 *
 * Models  what the VFIO handler has to do with a group of Linux 6.12's IOPF core (iopf-core 1.4; VFIO facts F12): the
 *         work function of the group, which owns it from the call on.
 * Omits   nothing of it; resolving is a machine of its own.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { linux612, messages, proposal } from "../../../../said.ts";
import type { Fault, ResponseCode } from "../../include/iommu.ts";

export type FaultWorkerEvent =
  | { readonly type: "worker.begins"; readonly device: number; readonly group: number }
  | { readonly type: "work.given"; readonly device: number; readonly group: number; readonly members: readonly Fault[] }
  | { readonly type: "resolver.done"; readonly code: "success" | "invalid" }
  | { readonly type: "worker.responds" | "worker.frees" };

export type FaultWorkerEmits =
  | { readonly type: "work.takes"; readonly by: string; readonly device: number; readonly group: number }
  | { readonly type: "resolver.starts"; readonly by: string; readonly pages: readonly number[] }
  | { readonly type: "response.sent"; readonly by: string }
  | { readonly type: "group.responds"; readonly device: number; readonly group: number; readonly code: ResponseCode }
  | { readonly type: "group.frees"; readonly device: number; readonly group: number }
  | { readonly type: "work.done"; readonly device: number; readonly group: number };

/** What a worker does on its own; it may take any queued group (the workqueue is unordered). */
export const faultWorkerSteps = (groups: readonly { device: number; group: number }[]): readonly Message[] => [
  ...groups.map(({ device, group }) => ({ type: "worker.begins", device, group })),
  { type: "worker.responds" },
  { type: "worker.frees" },
];

export interface FaultWorkerContext {
  readonly name: string;
  readonly device: number | null;
  readonly group: number | null;
  readonly pages: readonly number[];
  readonly code: "success" | "invalid";
}

const IOPF = "drivers/iommu/io-pgfault.c";

const s = setup({
  types: {
    context: {} as FaultWorkerContext,
    events: {} as FaultWorkerEvent,
    emitted: {} as FaultWorkerEmits,
    input: {} as { name: string },
  },
});

export const faultWorker = s.createMachine({
  id: "fault-worker",
  description: "the work function of one page request group",
  meta: {
    origin: proposal("a VFIO handler for groups of the IOPF core"),
    lane: "a worker of the IOPF workqueue",
    messages: messages<FaultWorkerEmits>({
      "work.takes": "takes group {group} of device {device} off the workqueue",
      "resolver.starts": "has page(s) {pages} mapped",
      "group.responds": {
        says: "responds {code} to group {group} of device {device}",
        origin: linux612(IOPF, "iopf_group_response"),
      },
      "response.sent": "has responded",
      "group.frees": { says: "frees group {group}", origin: linux612(IOPF, "iopf_free_group") },
      "work.done": "is done with group {group}",
    }),
  },
  context: ({ input }) => ({ name: input.name, device: null, group: null, pages: [], code: "success" }),
  initial: "idle",
  states: {
    idle: {
      description: "no group is being served",
      on: {
        "worker.begins": {
          description: "begins to serve group {group} of device {device}",
          actions: emit(({ context, event: { device, group } }) => ({
            type: "work.takes",
            by: context.name,
            device,
            group,
          })),
        },
        "work.given": {
          target: "resolving",
          actions: [
            assign(({ event: { device, group, members } }) => ({
              device,
              group,
              pages: members.map((member) => member.page),
            })),
            emit(({ context }) => ({ type: "resolver.starts", by: context.name, pages: context.pages })),
          ],
        },
      },
    },
    resolving: {
      description: "the pages of group {group} are being mapped",
      on: { "resolver.done": { target: "responding", actions: assign({ code: ({ event }) => event.code }) } },
    },
    responding: {
      description: "the pages are served, and the response is still to be sent",
      on: {
        "worker.responds": {
          description: "responds {code} to group {group}",
          meta: { origin: linux612(IOPF, "iopf_group_response") },
          target: "freeing",
          actions: [
            emit(({ context: { device, group, code } }) => ({
              type: "group.responds",
              device: device!,
              group: group!,
              code,
            })),
            emit(({ context }) => ({ type: "response.sent", by: context.name })),
          ],
        },
      },
    },
    freeing: {
      description: "the group is answered and not yet freed",
      on: {
        "worker.frees": {
          description: "frees group {group}",
          meta: { origin: linux612(IOPF, "iopf_free_group") },
          target: "idle",
          actions: [
            emit(({ context: { device, group } }) => ({ type: "group.frees", device: device!, group: group! })),
            emit(({ context: { device, group } }) => ({ type: "work.done", device: device!, group: group! })),
            assign({ device: null, group: null, pages: [], code: "success" }),
          ],
        },
      },
    },
  },
});
