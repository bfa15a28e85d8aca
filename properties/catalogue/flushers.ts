/** FLS: threads that wait for fences of one invalidation queue. */
import { all, always, canAlways, each, leadsTo, sometimes, type Seen } from "../../checker/property.ts";
import type { SharedQueueContext } from "../../model/machines/iommu/shared-queue.ts";
import type { FlushThreadContext } from "../../model/machines/linux/iommu/flush/flush-thread.ts";
import type { FlushersDesign, FlushersSizes } from "../../model/systems/studies/flushers-design.ts";
import { inStudy } from "./parameters.ts";
import { hardwareRule } from "./sources.ts";

type Condition = (host: FlushersDesign, bounds: FlushersSizes) => boolean;
const here = (condition?: Condition) => inStudy<FlushersDesign, FlushersSizes>("flushers", condition);
const several: Condition = (_, { flushers }) => flushers > 1;
const timesOut: Condition = (_, { suspectDevice }) => suspectDevice !== "answers";
const refuses: Condition = (_, { refusesCommand }) => refusesCommand;

const thread = each<FlushThreadContext>("flush-thread");
const threads = all<FlushThreadContext>("flush-thread");
const queue = each<SharedQueueContext>("shared-queue");

const waiting = ({ state }: Seen<FlushThreadContext>): boolean => state === "waiting";

export const fls = [
  always({
    id: "FLS-1",
    name: "success-means-invalidated",
    statement: "A flush that returns success has had each of its invalidations executed.",
    source: hardwareRule("S7, I5"),
    witness: "FLS-2",
    applies: here(),
    reads: { thread },
    holds: ({ thread: { context } }) => !context.early,
  }),
  sometimes({
    id: "FLS-2",
    name: "flush-succeeds",
    statement: "A flush returns success.",
    source: hardwareRule("I5"),
    applies: here((_, { suspectDevice, flushers }) => suspectDevice === "answers" || flushers > 1),
    reads: { threads },
    holds: ({ threads: every }) => every.some(({ context }) => context.result === "success"),
  }),
  sometimes({
    id: "FLS-3",
    name: "two-flushes-wait",
    statement: "Two flushes wait for their fences at once.",
    source: hardwareRule("I5"),
    applies: here(several),
    reads: { threads },
    holds: ({ threads: every }) => every.filter(waiting).length > 1,
  }),
  leadsTo({
    id: "FLS-4",
    name: "flush-returns",
    statement: "Every flush returns.",
    source: hardwareRule("L4"),
    witness: "FLS-2",
    applies: here(),
    reads: { thread },
    when: ({ thread: t }) => t.state !== "idle",
    eventually: ({ thread: t }) => t.state === "idle",
    assumes: ["threads", "hardware"],
  }),
  canAlways({
    id: "FLS-5",
    name: "flushes-can-end",
    statement: "All flushes can always come to their end.",
    source: hardwareRule("L4"),
    witness: "FLS-2",
    applies: here(),
    reads: { threads },
    holds: ({ threads: every }) => every.every(({ state }) => state === "idle"),
  }),
  sometimes({
    id: "FLS-6",
    name: "wait-aborted",
    statement: "A wait is aborted, because an invalidation before it timed out.",
    source: hardwareRule("S7"),
    applies: here(timesOut),
    reads: { queue },
    holds: ({ queue: q }) => q.context.aborted.length > 0,
  }),
  sometimes({
    id: "FLS-7",
    name: "queue-stopped-by-command",
    statement: "The queue is stopped by a command that the IOMMU refuses.",
    source: hardwareRule("S7"),
    applies: here(refuses),
    reads: { queue },
    holds: ({ queue: q }) => q.context.stopped === "refused",
  }),
  sometimes({
    id: "FLS-8",
    name: "bystander-aborted",
    statement: "A flush is aborted although no device of its own timed out.",
    source: hardwareRule("S7"),
    applies: here((host, bounds) => timesOut(host, bounds) && several(host, bounds)),
    reads: { queue },
    holds: ({ queue: { context } }) => context.aborted.some((name) => name !== context.suspect),
  }),
  sometimes({
    id: "FLS-9",
    name: "wait-given-up",
    statement: "A flush gives up waiting while its fence is still in the queue.",
    source: hardwareRule("I5"),
    applies: here(({ waitEnds }) => waitEnds === "may-give-up"),
    reads: { queue, threads },
    holds: ({ queue: { context }, threads: every }) =>
      every.some(
        ({ name, state, context: { result } }) =>
          state === "idle" && result === "failure" && context.commands.some(({ by }) => by === name),
      ),
  }),
  sometimes({
    id: "FLS-10",
    name: "bystander-fails",
    statement: "A flush fails although no invalidation of its own timed out.",
    source: hardwareRule("S7, L4"),
    applies: here(
      (host, bounds) =>
        several(host, bounds) &&
        host.waitEnds === "when-done" &&
        host.afterAbort === "fails-if-removed" &&
        bounds.suspectDevice === "removed",
    ),
    reads: { queue, threads },
    holds: ({ queue: { context }, threads: every }) =>
      every.some(({ name, context: { result } }) => name !== context.suspect && result === "failure"),
  }),
];
