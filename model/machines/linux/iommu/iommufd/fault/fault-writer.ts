/**
 * A thread of user space that answers groups: inside write(2) it is a thread of the kernel, which takes response after
 * response from the buffer of the user.
 *
 * Models  Linux drivers/iommu/iommufd/fault.c: iommufd_fault_fops_write() (iopf-core 3.2): under the mutex of the queue,
 *         for each record: the code must be known and the cookie outstanding, else it ends; the cookie is erased, the
 *         group answered and freed. It returns how much was done, or the error where nothing was (B17, B-30).
 * Omits   counts that are no multiple of a record, copies that fail (they end it as an unknown cookie does).
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";

export interface FaultWriterRules {
  /** Whether it takes the mutex (leaving it out is a departure). */
  readonly locks: boolean;
  /** What the user hears when a response is bad: how many were done before it, or the error alone. */
  readonly reports: "progress" | "error";
}

export type AnswerCode = "success" | "invalid" | "unknown";

export interface FaultWriterContext {
  readonly name: string;
  readonly rules: FaultWriterRules;
  readonly queue: number | null;
  /** Responses still to be looked at. */
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

/** What it does on its own inside the kernel. */
export const faultWriterSteps: readonly Message[] = ["locks", "takes", "responds", "frees", "unlocks"].map((step) => ({
  type: `writer.${step}`,
}));

/** What user space may write: any list of cookies, whether it was told them or not. */
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
  context: ({ input }) => ({ ...input, ...NONE }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "writer.writes": {
          target: "locking",
          actions: [
            assign(({ event: { queue, cookies, code } }) => ({ queue, cookies, code })),
            emit(({ event }) => ({ type: "file.gets", queue: event.queue })),
          ],
        },
      },
    },
    locking: { on: { "writer.locks": { target: "taking", actions: "locks" } } },
    taking: {
      on: {
        "writer.takes": [
          { guard: "isLast", target: "unlocking", actions: "ends" },
          { guard: "isRefused", target: "unlocking", actions: "fails" },
          {
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
    responding: { on: { "writer.responds": { target: "freeing", actions: "responds" } } },
    freeing: { on: { "writer.frees": { target: "taking", actions: frees } } },
    unlocking: { on: { "writer.unlocks": { target: "idle", actions: "returns" } } },
  },
});
