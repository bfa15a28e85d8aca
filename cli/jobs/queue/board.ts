/** The queue as a submission sees it: jobs to add and to look at, events, and results. */
import { Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import type { Address } from "./address.ts";
import { PREFIX, queueName, taskWords, type Identity, type JobData } from "./identity.ts";
import { register } from "./presence.ts";
import { Results } from "./results.ts";
import { Absence, reach, type Connecting } from "./server.ts";

/** Seconds for which a job is kept that failed. */
const KEPT = 14 * 24 * 3600;
/** Milliseconds for taking leave of a server. */
const LEAVE = 2000;

export class Board {
  readonly shown: string;
  readonly client: Redis;
  readonly results: Results;
  readonly events: QueueEvents;
  readonly #queue: Queue<JobData>;
  readonly #connecting: Connecting;
  readonly absence: Absence;

  private constructor(
    shown: string,
    client: Redis,
    connecting: Connecting,
    identity: Identity,
    results: Results,
    since: string,
  ) {
    this.shown = shown;
    this.client = client;
    this.results = results;
    this.#connecting = connecting;
    const how = { prefix: PREFIX, connection: connecting.options, skipVersionCheck: true };
    this.#queue = new Queue(queueName(identity), how);
    this.events = new QueueEvents(queueName(identity), { ...how, lastEventId: since });
    this.#queue.on("error", this.ignore);
    this.events.on("error", this.ignore);
    this.absence = new Absence(client);
  }

  static async at(address: Address, identity: Identity, tell: (text: string) => void): Promise<Board> {
    const { client, connecting } = await reach(address);
    // Ids of events begin with the time of the server. What happens from now on is told, however late it is asked for.
    const [seconds, microseconds] = await client.time();
    const since = `${Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)}-0`;
    const board = new Board(address.shown, client, connecting, identity, new Results(client, tell), since);
    try {
      await register(client, identity);
      await Promise.all([board.#queue.waitUntilReady(), board.events.waitUntilReady()]);
      return board;
    } catch (error) {
      await board.close();
      throw error;
    }
  }

  /** For errors of a connection: it is made again, and how long it has been gone is counted. */
  readonly ignore = (_error: unknown): void => undefined;

  /** One that is there already is not added again; one that has failed begins anew. */
  async add(id: string, data: JobData): Promise<void> {
    const job = await this.#queue.getJob(id);
    if (await job?.isFailed()) await job?.remove();
    const keeping = { removeOnComplete: true, removeOnFail: { age: KEPT } };
    await this.#queue.add(taskWords(data.task), data, { jobId: id, ...keeping });
  }

  /** `failed`: why. Undefined: there is no such job. */
  async stateOf(id: string): Promise<{ readonly failed?: string } | undefined> {
    const job = await this.#queue.getJob(id);
    if (job === undefined) return undefined;
    return (await job.isFailed()) ? { failed: job.failedReason } : {};
  }

  async close(): Promise<void> {
    this.#connecting.again = false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, LEAVE)));
    const left = Promise.allSettled([this.events.close(), this.#queue.close()]);
    await Promise.race([left, late]);
    clearTimeout(timer);
    this.client.disconnect();
  }
}
