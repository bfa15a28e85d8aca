/** What a job is, and whose: equal jobs have equal ids, wherever and whenever they are submitted. */
import { createHash } from "node:crypto";
import type { Task } from "../job.ts";

/** Of a submission and of a worker. Only where both are equal are the results those of the embedded run, byte for byte. */
export interface Identity {
  /** Of the tool: "0.1.0". */
  readonly version: string;
  /** The hash of the sources, in which the model is. */
  readonly model: string;
}

/** All keys of the server that are ours begin with it. */
export const PREFIX = "faultline";

/** Jobs of another model wait in another queue: no worker takes what it must not do. */
export const queueName = ({ version, model }: Identity): string => `${version}-${model}`;

export const identityWords = ({ version, model }: Identity): string => `faultline ${version}, sources ${model}`;

/** A job as it lies in the queue: plain data. */
export interface JobData extends Identity {
  readonly task: Task;
}

/** "check-1f0c...": the same for the same work, the same model and the same tool. */
export function idOf({ version, model, task }: JobData): string {
  const hash = createHash("sha256").update(JSON.stringify({ version, model, task }));
  return `${task.kind}-${hash.digest("hex").slice(0, 32)}`;
}

/** "check pri-flat vtd rfc-v1 small". */
export const taskWords = (task: Task): string =>
  task.kind === "answers" || task.kind === "defects"
    ? `${task.kind} ${task.ids.join(" ")}`
    : [task.kind, task.run.system, task.run.hardware, task.run.host, task.run.bounds].join(" ");
