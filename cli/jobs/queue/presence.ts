/** Who works at a queue now, and which queues there are: so that both sides can say why a job is not done. */
import type { Redis } from "ioredis";
import { PREFIX, queueName, type Identity } from "./identity.ts";

const WORKERS = `${PREFIX}:workers`;
const QUEUES = `${PREFIX}:queues`;
/** Seconds after its last sign in which a worker is taken to be there. */
const THERE = 30;

/** Seconds by the clock of the server: those of the machines may differ. */
const now = async (client: Redis): Promise<number> => Number((await client.time())[0]);

interface Sign extends Identity {
  /** Different for each worker. */
  readonly id: string;
}

const textOf = ({ id, version, model }: Sign): string => JSON.stringify([id, version, model]);

/** A sign of life; each worker gives one every few seconds. */
export async function sign(client: Redis, worker: Sign): Promise<void> {
  const seconds = await now(client);
  await client.zadd(WORKERS, seconds, textOf(worker));
  await client.zremrangebyscore(WORKERS, "-inf", seconds - THERE);
}

export const leave = async (client: Redis, worker: Sign): Promise<void> =>
  void (await client.zrem(WORKERS, textOf(worker)));

/** The workers that are there, whatever they can do. */
export async function workersAt(client: Redis): Promise<readonly Identity[]> {
  const signs = await client.zrangebyscore(WORKERS, (await now(client)) - THERE, "+inf");
  return signs.map((text) => {
    const [, version = "", model = ""] = JSON.parse(text) as readonly string[];
    return { version, model };
  });
}

/** Says that there is a queue for the jobs of this model. */
export const register = async (client: Redis, identity: Identity): Promise<void> =>
  void (await client.sadd(QUEUES, JSON.stringify([identity.version, identity.model])));

/** Whose jobs there are, or were, besides those of this model. */
export async function othersThan(client: Redis, own: Identity): Promise<readonly Identity[]> {
  const texts = (await client.smembers(QUEUES)).sort();
  return texts
    .map((text) => {
      const [version = "", model = ""] = JSON.parse(text) as readonly string[];
      return { version, model };
    })
    .filter((one) => queueName(one) !== queueName(own));
}
