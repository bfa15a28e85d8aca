/** What jobs gave, kept on the server under the ids of the jobs: for who waits, and for a later submission. */
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Redis } from "ioredis";
import type { Outcome, Task } from "../job.ts";
import { PREFIX } from "./identity.ts";

const SCHEMA = "faultline-result/1";
/** Seconds for which a result is kept: two weeks. */
const KEPT = 14 * 24 * 3600;

const packed = promisify(gzip);
const unpacked = promisify(gunzip);

const keyOf = (id: string): string => `${PREFIX}:result:${id}`;

interface Stored {
  readonly schema?: unknown;
  readonly id?: unknown;
  readonly outcome: Outcome;
}

export class Results {
  readonly #client: Redis;
  readonly #tell: (text: string) => void;

  constructor(client: Redis, tell: (text: string) => void) {
    this.#client = client;
    this.#tell = tell;
  }

  async put(id: string, outcome: Outcome): Promise<void> {
    const stored: Stored = { schema: SCHEMA, id, outcome };
    await this.#client.set(keyOf(id), await packed(JSON.stringify(stored)), "EX", KEPT);
  }

  /** Undefined: there is none. One that is damaged is taken away, so that its job is done again. */
  async get(id: string): Promise<Outcome | undefined> {
    const bytes = await this.#client.getBuffer(keyOf(id));
    if (bytes === null) return undefined;
    try {
      const stored = JSON.parse((await unpacked(bytes)).toString("utf8")) as Stored;
      if (stored.schema === SCHEMA && stored.id === id) return stored.outcome;
    } catch {
      // Damaged: told below.
    }
    this.#tell(`the kept result of ${id} is damaged; the job is done again`);
    await this.remove(id);
    return undefined;
  }

  async remove(id: string): Promise<void> {
    await this.#client.del(keyOf(id));
  }

  /** Those of the ids that have one. */
  async there(ids: readonly string[]): Promise<readonly string[]> {
    if (ids.length === 0) return [];
    const pipeline = this.#client.pipeline();
    for (const id of ids) pipeline.exists(keyOf(id));
    const found = (await pipeline.exec()) ?? [];
    return ids.filter((_, k) => found[k]?.[1] === 1);
  }
}

/**
 * Whether a later submission may use it. A search that ended for want of memory, when no limit was asked for, met that of the
 * machine that did it: another one may have more.
 */
export function isReusable(outcome: Outcome, task: Task): boolean {
  if (outcome.kind !== "record" || task.kind !== "check" || task.limits.maxMemory !== undefined) return true;
  return outcome.record.search.stoppedBy?.startsWith("max-memory") !== true;
}
