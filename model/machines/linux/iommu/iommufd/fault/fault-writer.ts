/**
 * A thread of user space that answers groups. Inside write(2) it is a thread of the kernel, which takes response after
 * response from the buffer of the user.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/fault.c: iommufd_fault_fops_write() (iopf-core 3.2). Under the mutex of the
 *         queue, for each record: the code must be known and the cookie outstanding, otherwise the loop ends; the cookie is
 *         erased, and the group is answered and freed. It returns how much was done, or the error if nothing was (B17, B-30:
 *         a wrong return value).
 *         A count that is no multiple of a response gives ESPIPE before anything else. A response is copied from user
 *         space when its turn comes, and the copy may fail.
 * Omits   Signals.
 */
import { assign, emit, not, setup } from "xstate";
import { atWill, linux612, messages } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";
import { EFAULT, EINVAL, ESPIPE, OK } from "../../../include/iommu.ts";

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
  /** Responses still in the buffer: their cookies, and their codes. */
  readonly cookies: readonly number[];
  readonly codes: readonly AnswerCode[];
  readonly done: number;
  /** The group that it has taken to answer it, its device, and the code of the response. */
  readonly group: number | null;
  readonly device: number;
  readonly code: AnswerCode;
  /** What is returned: a number of responses, or a negative number of errno.h. */
  readonly result: number;
}

/** sizeof(struct iommu_hwpt_page_response) */
const RESPONSE = 8;

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
  | { readonly type: "copy.fails" }
  | { readonly type: "write.returns"; readonly queue: number; readonly result: number };

/** Its spontaneous steps inside the kernel. */
export const faultWriterSteps: readonly Message[] = ["locks", "takes", "ends", "responds", "frees", "unlocks"].map(
  (step) => ({
    type: `writer.${step}`,
  }),
);

/** What user space may write: any list of cookies, also of cookies that no read returned, all with one code. */
export const writerBegins = (
  queues: readonly number[],
  lists: readonly (readonly number[])[],
  codes: readonly AnswerCode[],
): readonly Message[] =>
  queues.flatMap((queue) =>
    lists.flatMap((cookies) =>
      codes.map((code) => ({ type: "writer.writes", queue, cookies, codes: cookies.map(() => code) })),
    ),
  );

const s = setup({
  types: {
    context: {} as FaultWriterContext,
    events: {} as
      | {
          readonly type: "writer.writes";
          readonly queue: number;
          readonly cookies: readonly number[];
          readonly codes: readonly AnswerCode[];
          /** The size of the buffer, where it is not that of the responses. */
          readonly bytes?: number;
        }
      /** A copy from user space fails. */
      | { readonly type: "writer.fails" }
      | { readonly type: "writer.locks" | "writer.takes" | "writer.ends" }
      | { readonly type: "writer.responds" | "writer.frees" | "writer.unlocks" }
      | { readonly type: "response.taken"; readonly group: number | null; readonly device: number },
    emitted: {} as FaultWriterEmits,
    input: {} as { name: string; rules: FaultWriterRules },
  },
  guards: {
    isRefused: ({ context }) => context.codes[0] === "unknown",
    isLast: ({ context }) => context.cookies.length === 0,
    isRagged: ({ event }) => event.type === "writer.writes" && (event.bytes ?? 0) % RESPONSE !== 0,
  },
});

const NONE = {
  queue: null,
  cookies: [],
  codes: [],
  done: 0,
  group: null,
  device: 0,
  code: "success",
  result: OK,
} as const;

const locks = s.enqueueActions(({ context, enqueue }) => {
  if (context.rules.locks) enqueue.emit({ type: "lock.acquires", owner: context.name, queue: context.queue! });
});
const ends = s.assign({ result: ({ context }) => context.done });
const fails = (error: number) =>
  s.assign({
    result: ({ context: { rules, done } }) => (rules.reports === "progress" && done > 0 ? done : error),
  });
const responds = s.emit(({ context: { device, group, code } }) => ({
  type: "group.responds",
  device,
  group: group!,
  code: code === "success" ? "success" : "invalid",
}));
const frees = [
  s.emit(({ context: { device, group } }) => ({ type: "group.frees", device, group: group! })),
  s.assign({ group: null, device: 0, done: ({ context }) => context.done + 1 }),
];
const returns = s.enqueueActions(({ context, enqueue }) => {
  const queue = context.queue!;
  if (context.rules.locks) enqueue.emit({ type: "lock.releases", owner: context.name, queue });
  enqueue.emit({ type: "file.puts", queue });
  enqueue.emit({ type: "write.returns", queue, result: context.result });
  enqueue.assign(NONE);
});

export const faultWriter = s.extend({ actions: { locks, ends, responds, returns } }).createMachine({
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
      "copy.fails": "fails to copy from user space",
      "write.returns": "returns {result} to user space",
    }),
  },
  context: ({ input }) => ({ ...input, ...NONE }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("user space") },
      on: {
        "writer.writes": [
          {
            description: "calls write() on queue {queue} with {bytes} bytes, which are no whole responses",
            guard: "isRagged",
            actions: emit(({ event }) => ({ type: "write.returns", queue: event.queue, result: ESPIPE })),
          },
          {
            description: "calls write() on queue {queue} with {codes} for cookies {cookies}",
            target: "locking",
            actions: [
              assign(({ event: { queue, cookies, codes, bytes } }) => {
                const count = bytes === undefined ? cookies.length : bytes / RESPONSE;
                return { queue, cookies: cookies.slice(0, count), codes: codes.slice(0, count) };
              }),
              emit(({ event }) => ({ type: "file.gets", queue: event.queue })),
            ],
          },
        ],
      },
    },
    locking: {
      description: "the mutex of the queue is to be taken",
      on: { "writer.locks": { description: "takes the mutex of queue {queue}", target: "taking", actions: "locks" } },
    },
    taking: {
      description: "the next response of the buffer is to be taken",
      on: {
        "writer.ends": {
          description: "ends the loop after the last response",
          guard: "isLast",
          target: "unlocking",
          actions: "ends",
        },
        "writer.takes": [
          {
            description: "ends the loop at an unknown code",
            guard: "isRefused",
            target: "unlocking",
            actions: fails(EINVAL),
          },
          {
            description: "takes the response with cookie {cookies.0}",
            guard: not("isLast"),
            actions: [
              emit(({ context }) => ({
                type: "response.takes",
                queue: context.queue!,
                by: context.name,
                cookie: context.cookies[0]!,
              })),
              assign(({ context: { cookies, codes } }) => ({
                code: codes[0]!,
                cookies: cookies.slice(1),
                codes: codes.slice(1),
              })),
            ],
          },
        ],
        "writer.fails": {
          description: "fails to copy the next response from user space",
          guard: not("isLast"),
          target: "unlocking",
          actions: [emit({ type: "copy.fails" }), fails(EFAULT)],
        },
        "response.taken": [
          { guard: ({ event }) => event.group === null, target: "unlocking", actions: fails(EINVAL) },
          { target: "responding", actions: assign(({ event: { device, group } }) => ({ device, group })) },
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
