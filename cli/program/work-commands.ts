/** The command that works for others: worker. */
import type { Command } from "commander";
import { UsageError } from "../errors.ts";
import { givenAddress } from "../jobs/queue/address.ts";
import { jobsOf } from "../jobs/with-jobs.ts";
import { byteSize, wholeNumber } from "../options.ts";
import { JOBS, QUEUE, type Process } from "./common.ts";

interface WorkerFlags {
  readonly queue?: string;
  readonly jobs?: string;
  readonly maxMemory?: string;
  readonly lostAfter: string;
  readonly drain?: boolean;
}

/** Seconds: a worker has to show that it lives twice in this time, even on a loaded machine. */
const LOST_AFTER = { usual: "30", least: 1, most: 3600 };

export function addWorker(root: Command, { terminal, finish, worker: from, identity }: Process): void {
  root
    .command("worker")
    .description("take jobs from a queue and do them, until told to stop")
    .option(...QUEUE)
    .option(...JOBS)
    .option("--max-memory <size>", "what all its searches may take together (default: half of this machine's)")
    .option("--drain", "end when no job waits or is being done")
    .option("--lost-after <seconds>", "a job of a worker that shows no sign of life is taken again", LOST_AFTER.usual)
    .action(async ({ queue, jobs, maxMemory, lostAfter, drain }: WorkerFlags) => {
      if (queue === undefined) throw new UsageError("worker needs a queue.", "--queue redis://HOST:PORT");
      const address = givenAddress(queue);
      const memory = {
        jobs: jobsOf(jobs, terminal),
        all: maxMemory === undefined ? Math.floor(terminal.installed / 2) : byteSize("--max-memory", maxMemory),
      };
      const seconds = wholeNumber("--lost-after", lostAfter, LOST_AFTER.least, LOST_AFTER.most);
      if (from === undefined || identity === undefined) throw new Error("This process does not know its own sources.");
      const { worker } = await import("../commands/worker.ts");
      const how = { address, identity: identity(), memory, lostAfter: seconds * 1000, drain: drain === true };
      finish(await worker(terminal, how, from));
    });
}
