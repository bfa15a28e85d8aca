/** The memory that a worker gives to a job. */
import type { Task } from "../job.ts";

/** What one machine has for the searches that it makes at once. */
export interface Memory {
  /** Bytes of all of them together, when nobody has said it. */
  readonly all: number;
  readonly jobs: number;
}

/** A limit that came with the job is one of its tables; without it, they have their share of the machine. */
export function within(task: Task, { all, jobs }: Memory): Task {
  if (task.kind !== "check") return task;
  const { maxMemory = Math.floor(all / jobs) } = task.limits;
  const maxProcess = task.limits.maxMemory === undefined ? all : maxMemory * jobs;
  return { ...task, limits: { ...task.limits, maxMemory, maxProcess } };
}
