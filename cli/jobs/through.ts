/** The engine, with its searches and answers done elsewhere: on threads, or by workers of a queue. */
import type { RunRecord } from "../../checker/run-record.ts";
import { ModelError } from "../../checker/system.ts";
import { UsageError } from "../errors.ts";
import { BrokenOff, type Engine, type Watch } from "../ports.ts";
import type { Mistake, Outcome, Refused, Task } from "./job.ts";

export type Perform = (task: Task, watch: Watch) => Promise<Outcome>;

/** Throws what went wrong in the work, as it would be thrown here. */
function expectDone<T extends Outcome>(outcome: T): Exclude<T, Mistake | Refused> {
  if (outcome.kind === "refused") throw new UsageError(outcome.message, outcome.expected, outcome.nearest);
  if (outcome.kind === "mistake")
    throw outcome.record ? new BrokenOff(outcome.message, outcome.record) : new ModelError(outcome.message);
  return outcome as Exclude<T, Mistake | Refused>;
}

export function through(engine: Engine, perform: Perform): Engine {
  async function recordOf(task: Task, watch: Watch): Promise<RunRecord> {
    const outcome = expectDone(await perform(task, watch));
    if (outcome.kind !== "record") throw new Error(`A ${task.kind} gave ${outcome.kind}.`);
    return outcome.record;
  }

  return {
    ...engine,
    check: (run, limits, watch) => recordOf({ kind: "check", run, limits }, watch),
    random: (run, limits, watch) => recordOf({ kind: "random", run, limits }, watch),
    replicate: async (run, asked, number, watch) => {
      const outcome = expectDone(await perform({ kind: "replication", run, asked, number }, watch));
      if (outcome.kind !== "replication") throw new Error(`A replication gave ${outcome.kind}.`);
      return outcome.replication ?? undefined;
    },
    answers: async (ids, watch) => {
      const outcome = expectDone(await perform({ kind: "answers", ids }, watch));
      if (outcome.kind !== "answers") throw new Error(`Answers gave ${outcome.kind}.`);
      return outcome.answers;
    },
    tryDefects: async (ids, random, watch) => {
      const outcome = expectDone(await perform({ kind: "defects", ids, random }, watch));
      if (outcome.kind !== "defects") throw new Error(`A trial of defects gave ${outcome.kind}.`);
      return outcome.tried;
    },
  };
}
