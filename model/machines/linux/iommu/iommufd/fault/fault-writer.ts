/**
 * A thread of user space that answers groups. Inside write(2) it is a thread of the kernel, which takes response after
 * response from the buffer of the user.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/fault.c: iommufd_fault_fops_write() (iopf-core 3.2). Under the mutex of the
 *         queue, for each record: the code must be known and the cookie outstanding, otherwise the loop ends; the cookie is
 *         erased, and the group is answered and freed. It returns how much was done, or the error if nothing was (B17, B-30:
 *         a wrong return value).
 * Omits   Counts that are no multiple of a record. A copy that fails: it ends the loop as an unknown cookie does.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux612, messages } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";

const FAULT = "drivers/iommu/iommufd/fault.c";
const IOPF = "drivers/iommu/io-pgfault.c";

export interface FaultWriterRules {
  /** Whether it takes the mutex; leaving it out is a deliberate defect. */
  readonly locks: boolean;
  /** What write() returns after a bad response: how many were done before it, or the error alone. */
  readonly reports: "progress" | "error";
}

export type AnswerCode = "success" | "invalid" | "unknown";

export interface FaultWriterContext {
  readonly name: string;
  readonly rules: FaultWriterRules;
  readonly queue: number | null;
  /** Responses still in the buffer. */
  readonly cookies: readonly number[];
  readonly code: AnswerCode;
  readonly done: number;
  readonly group: number | null;
  /** What is returned: a number of responses; 0 stands for an error. */
  readonly told: number;
}

export type FaultWriterEmits =
  | { readonly type: "file.gets" | "file.puts"; readonly queue: number }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly queue: number }
  | { readonly type: "response.takes"; readonly queue: number; readonly by: string; readonly cookie: number }
  | {
      readonly type: "group.responds";
      readonly device: number;
      readonly group: number;
      readonly code: "success" | "invalid";
    }
  | { readonly type: "group.frees"; readonly device: number; readonly group: number }
  | { readonly type: "write.returns"; readonly done: number };

/** Its spontaneous steps inside the kernel. */
export const faultWriterSteps: readonly Message[] = ["locks", "takes", "responds", "frees", "unlocks"].map((step) => ({
  type: `writer.${step}`,
}));

/** What user space may write: any list of cookies, also of cookies that no read returned. */
export const writerBegins = (
  queues: readonly number[],
  lists: readonly (readonly number[])[],
  codes: readonly AnswerCode[],
): readonly Message[] =>
  queues.flatMap((queue) =>
    lists.flatMap((cookies) => codes.map((code) => ({ type: "writer.writes", queue, cookies, code }))),
  );

const s = setup({
  types: {
    context: {} as FaultWriterContext,
    events: {} as
      | {
          readonly type: "writer.writes";
          readonly queue: number;
          readonly cookies: readonly number[];
          readonly code: AnswerCode;
        }
      | { readonly type: "writer.locks" | "writer.takes" | "writer.responds" | "writer.frees" | "writer.unlocks" }
      | { readonly type: "response.taken"; readonly group: number | null },
    emitted: {} as FaultWriterEmits,
    input: {} as { name: string; rules: FaultWriterRules },
  },
  guards: {
    isRefused: ({ context }) => context.code === "unknown",
    isLast: ({ context }) => context.cookies.length === 0,
  },
});

const NONE = { queue: null, cookies: [], code: "success", done: 0, group: null, told: 0 } as const;

const locks = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.locks) enqueue.emit({ type: "lock.acquires", owner: context.name, queue: context.queue! });
});
const ends = s.assign({ told: ({ context }) => context.done });
const fails = s.assign({ told: ({ context }) => (context.rules.reports === "progress" ? context.done : 0) });
const responds = s.emit(({ context }) => ({
  type: "group.responds",
  device: 0,
  group: context.group!,
  code: context.code === "success" ? "success" : "invalid",
}));
const frees = [
  s.emit(({ context }) => ({ type: "group.frees", device: 0, group: context.group! })),
  s.assign({ group: null, done: ({ context }) => context.done + 1 }),
];
const returns = s.enqueueActions(({ context, enqueue }) => {
  const queue = context.queue!;
  if (context.rules.locks) enqueue.emit({ type: "lock.releases", owner: context.name, queue });
  enqueue.emit({ type: "file.puts", queue });
  enqueue.emit({ type: "write.returns", done: context.told });
  enqueue.assign(NONE);
});

export const faultWriter = s.extend({ actions: { locks, ends, fails, responds, returns } }).createMachine({
  id: "fault-writer",
  description: "a thread that answers the groups of a fault queue",
  meta: {
    origin: linux612(FAULT, "iommufd_fault_fops_write"),
    lane: "{name}: a thread that writes responses",
    messages: messages<FaultWriterEmits>({
      "file.gets": "enters write() on the file of queue {queue}",
      "file.puts": "leaves write() on the file of queue {queue}",
      "lock.acquires": "takes the mutex of queue {queue}",
      "lock.releases": "drops the mutex of queue {queue}",
      "response.takes": "erases cookie {cookie} of queue {queue}",
      "group.responds": {
        says: "responds {code} to group {group} of device {device}",
        origin: linux612(IOPF, "iopf_group_response"),
      },
      "group.frees": { says: "frees group {group}", origin: linux612(IOPF, "iopf_free_group") },
      "write.returns": "returns {done} responses to user space",
    }),
  },
  context: ({ input }) => ({ ...input, ...NONE }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("user space") },
      on: {
        "writer.writes": {
          description: "calls write() on queue {queue} with {code} for cookies {cookies}",
          target: "locking",
          actions: [
            assign(({ event: { queue, cookies, code } }) => ({ queue, cookies, code })),
            emit(({ event }) => ({ type: "file.gets", queue: event.queue })),
          ],
        },
      },
    },
    locking: {
      description: "the mutex of the queue is to be taken",
      on: { "writer.locks": { description: "takes the mutex of queue {queue}", target: "taking", actions: "locks" } },
    },
    taking: {
      description: "the next response of the buffer is to be taken",
      on: {
        "writer.takes": [
          {
            description: "ends the loop after the last response",
            guard: "isLast",
            target: "unlocking",
            actions: "ends",
          },
          {
            description: "ends the loop at an unknown code",
            guard: "isRefused",
            target: "unlocking",
            actions: "fails",
          },
          {
            description: "takes the response with cookie {cookies.0}",
            actions: [
              emit(({ context }) => ({
                type: "response.takes",
                queue: context.queue!,
                by: context.name,
                cookie: context.cookies[0]!,
              })),
              assign({ cookies: ({ context }) => context.cookies.slice(1) }),
            ],
          },
        ],
        "response.taken": [
          { guard: ({ event }) => event.group === null, target: "unlocking", actions: "fails" },
          { target: "responding", actions: assign({ group: ({ event }) => event.group }) },
        ],
      },
    },
    responding: {
      description: "the cookie is erased, and group {group} is to be answered",
      on: {
        "writer.responds": {
          description: "responds {code} to group {group}",
          meta: { origin: linux612(IOPF, "iopf_group_response") },
          target: "freeing",
          actions: "responds",
        },
      },
    },
    freeing: {
      description: "group {group} is answered and not yet freed",
      on: {
        "writer.frees": {
          description: "frees group {group}",
          meta: { origin: linux612(IOPF, "iopf_free_group") },
          target: "taking",
          actions: frees,
        },
      },
    },
    unlocking: {
      description: "the mutex of the queue is to be dropped",
      on: {
        "writer.unlocks": {
          description: "drops the mutex and returns to user space",
          target: "idle",
          actions: "returns",
        },
      },
    },
  },
});
