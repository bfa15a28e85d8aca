/**
 * User space that answers the groups of a fault queue, when it likes or never.
 *
 * Models  read(2) and write(2) on the file of the queue as one thread: take a group, answer it, free it (iopf-core 3.2).
 *         Coarser than linux/iommu/iommufd/fault/fault-reader.ts and fault-writer.ts, which have cookies and buffers.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux612, messages } from "../../said.ts";
import type { Message } from "../../../checker/json.ts";
import { autoAnswerSays, takesAny, type TakesNext } from "../linux/iommu/iommufd/fault/auto-answer.ts";

const FAULT = "drivers/iommu/iommufd/fault.c";

type AnsweringUserEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | TakesNext
  | { readonly type: "group.responds"; readonly device: 0; readonly group: number; readonly code: "success" }
  | { readonly type: "group.frees"; readonly device: 0; readonly group: number };

const s = setup({
  types: {
    context: {} as { group: number | null },
    events: {} as
      | { readonly type: "user.answers" | "user.takes" | "user.responds" | "user.frees" }
      | { readonly type: "answer.taken"; readonly group: number | null },
    emitted: {} as AnsweringUserEmits,
  },
});

export const answeringUser = s.createMachine({
  id: "answering-user",
  description: "a program that answers the groups of a fault queue",
  meta: {
    origin: linux612(FAULT, "iommufd_fault_fops_write"),
    lane: "the program that answers faults",
    messages: messages<AnsweringUserEmits>({
      ...autoAnswerSays,
      "answers.takes-next": "takes the next group of queue {queue}",
      "lock.acquires": "takes fault->mutex",
      "lock.releases": "drops fault->mutex",
    }),
  },
  context: { group: null },
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("the program") },
      on: {
        "user.answers": {
          description: "enters the kernel, and takes fault->mutex",
          target: "taking",
          actions: emit({ type: "lock.acquires", owner: "user", lock: "fault-mutex" }),
        },
      },
    },
    taking: {
      description: "holds fault->mutex, and is to take the next group",
      on: {
        "user.takes": { description: "takes the next group", actions: emit(takesAny("user", "oldest")) },
        "answer.taken": [
          {
            guard: ({ event }) => event.group === null,
            target: "idle",
            actions: emit({ type: "lock.releases", owner: "user", lock: "fault-mutex" }),
          },
          { target: "responding", actions: assign({ group: ({ event }) => event.group }) },
        ],
      },
    },
    responding: {
      description: "group {group} is to be answered",
      on: {
        "user.responds": {
          description: "responds Success to group {group}",
          meta: { origin: linux612("drivers/iommu/io-pgfault.c", "iopf_group_response") },
          target: "freeing",
          actions: emit(({ context }) => ({
            type: "group.responds",
            device: 0,
            group: context.group!,
            code: "success",
          })),
        },
      },
    },
    freeing: {
      description: "group {group} is answered and not yet freed",
      on: {
        "user.frees": {
          description: "frees group {group}, and drops fault->mutex",
          meta: { origin: linux612("drivers/iommu/io-pgfault.c", "iopf_free_group") },
          target: "idle",
          actions: [
            emit(({ context }) => ({ type: "group.frees", device: 0, group: context.group! })),
            emit({ type: "lock.releases", owner: "user", lock: "fault-mutex" }),
            assign({ group: null }),
          ],
        },
      },
    },
  },
});

/** Its spontaneous steps inside the kernel. */
export const answeringUserSteps: readonly Message[] = [
  { type: "user.takes" },
  { type: "user.responds" },
  { type: "user.frees" },
];
