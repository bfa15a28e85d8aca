/** `worker`: takes jobs from a queue, until it is told to stop or the queue is empty. */
import { printable, UsageError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import { threads } from "../jobs/pool.ts";
import { identityWords } from "../jobs/queue/identity.ts";
import { take, type Taking } from "../jobs/queue/take.ts";
import type { Terminal } from "../terminal.ts";

/**
 * To be told to stop is how it ends as expected. `from`: where a thread finds `perform`.
 * @throws UsageError when there is no queue, or when it was to be emptied and has only jobs of other models
 */
export async function worker(terminal: Terminal, how: Omit<Taking, "signal" | "tell">, from: string): Promise<number> {
  const { memory, identity, address, drain } = how;
  const tell = (text: string): void => terminal.say(`${printable(text)}\n`);
  const pool = threads(memory.jobs, from);
  try {
    const { done, foreign } = await take(pool.perform, { ...how, tell, signal: terminal.signal });
    const [other] = foreign;
    if (drain && done === 0 && other !== undefined)
      throw new UsageError(
        `all jobs at ${address.shown} are for a worker of ${identityWords(other.of)}; this is ${identityWords(identity)}.`,
        "the same sources and the same version on both sides",
      );
    tell(`${done} ${done === 1 ? "job" : "jobs"} done`);
    return EXIT.asExpected;
  } finally {
    await pool.close();
  }
}
