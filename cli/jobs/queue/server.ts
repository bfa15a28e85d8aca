/** The server of a queue: reached within a bounded time, or refused with one clear error. */
import { Redis } from "ioredis";
import { masked, short, UsageError } from "../../errors.ts";
import type { Address } from "./address.ts";
import { PREFIX } from "./identity.ts";

/** Milliseconds for a connection, and for all questions before the first job. */
const CONNECT = 5000;
const REACH = 10_000;
/** Milliseconds between two attempts to find a server again that is gone: first, and at most. */
const AGAIN = { first: 500, most: 5000 };

/** With less, BullMQ is not tried by those who make it. */
const OLDEST = { major: 6, minor: 2 };
/** What says that the keys under our prefix are ours. */
const OWNER = { key: `${PREFIX}:owner`, value: "faultline-queue/1" };
/** Looks of SCAN at a thousand keys each before the first use of a server. */
const LOOKS = 1000;

const A_SERVER = "the address of a Redis (6.2 or newer) or Valkey server";

/** What the codes of connections mean. */
const CODES = new Map([
  ["ECONNREFUSED", "nothing listens there"],
  ["ENOTFOUND", "there is no such host"],
  ["EAI_AGAIN", "there is no such host"],
  ["ENOENT", "there is no such socket"],
  ["EACCES", "the socket may not be opened"],
  ["EHOSTUNREACH", "the host cannot be reached"],
  ["ENETUNREACH", "the network cannot be reached"],
  ["ETIMEDOUT", "nobody answers"],
  ["ECONNRESET", "it closes the connection"],
]);

/** What the client says, whatever the cause. */
const CLOSED = /^Connection is closed/;

const PASSWORD = "redis://USER:PASSWORD@HOST, or the password in FAULTLINE_QUEUE_PASSWORD";

const TLS = "rediss:// for a server with TLS, and redis:// for one without";

/** What an error of the connection, or the answer of the server, means: what happened, and what was expected. */
function meaning(error: Error, isTls: boolean): readonly [string, string] {
  const { code = "" } = error as NodeJS.ErrnoException;
  const text = error.message.replace(/[.]$/, "");
  if (text.includes("NOAUTH")) return ["it asks for a password", PASSWORD];
  if (/WRONGPASS|invalid password|AUTH failed/i.test(text)) return ["it refuses the name or the password", PASSWORD];
  if (/Protocol error|parser/i.test(`${error.name} ${text}`)) return ["what answers there is no Redis", A_SERVER];
  if (text.includes("DB index")) return ["it has no database of that number", "a number below 16, for most servers"];
  if (code.startsWith("ERR_SSL") || /\bssl\b|certificate|self-signed/i.test(text))
    return [`TLS fails: ${short(text)}`, TLS];
  const isClosed = CLOSED.test(text) || code === "ECONNRESET" || (isTls && code === "ETIMEDOUT");
  const why = CLOSED.test(text) ? "it closes the connection" : (CODES.get(code) ?? masked(short(text)));
  return [why, isClosed ? `${A_SERVER}; ${TLS}` : A_SERVER];
}

const cannot = ({ shown }: Address, why: string, expected = A_SERVER): UsageError =>
  new UsageError(`the queue ${shown} cannot be used: ${why}.`, expected);

/** How all connections of one command are made. */
export class Connecting {
  /** Whether a connection that is lost is made again. */
  again = false;
  readonly options;

  constructor({ options }: Address) {
    this.options = {
      ...options,
      connectTimeout: CONNECT,
      maxRetriesPerRequest: null,
      lazyConnect: true,
      retryStrategy: (times: number): number | null => (this.again ? Math.min(times * AGAIN.first, AGAIN.most) : null),
    };
  }
}

/** Since when a server that was reached has been gone. */
export class Absence {
  #since: number | undefined;

  /** `onGone` is called once each time. */
  constructor(client: Redis, onGone?: () => void) {
    client.on("close", () => {
      if (this.#since === undefined) onGone?.();
      this.#since ??= performance.now();
    });
    client.on("ready", () => (this.#since = undefined));
  }

  /** 0: it is there. */
  get milliseconds(): number {
    return this.#since === undefined ? 0 : performance.now() - this.#since;
  }
}

/** Milliseconds without the server after which nobody waits for it any more. */
export const PATIENCE = 60_000;

/** The value of a line of INFO. */
const field = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];

function expectFit(address: Address, info: string): void {
  const version = field(info, "redis_version");
  if (version === undefined) throw cannot(address, "what answers there is no Redis");
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor))
    throw cannot(address, `it is Redis ${short(version)}`, `Redis ${OLDEST.major}.${OLDEST.minor} or newer, or Valkey`);
  if (field(info, "role") === "slave") throw cannot(address, "it is a replica, which stores nothing", "the primary");
  const policy = field(info, "maxmemory_policy") ?? "noeviction";
  if (policy !== "noeviction")
    throw cannot(
      address,
      `it may drop jobs when its memory is full (maxmemory-policy ${short(policy)})`,
      "maxmemory-policy noeviction",
    );
}

async function hasKeys(client: Redis): Promise<boolean> {
  let cursor = "0";
  for (let look = 0; look < LOOKS; look++) {
    const [next, keys] = await client.scan(cursor, "MATCH", `${PREFIX}:*`, "COUNT", 1000);
    if (keys.some((key) => key !== OWNER.key)) return true;
    if (next === "0") return false;
    cursor = next;
  }
  return false;
}

const isOfType = (error: unknown): boolean => error instanceof Error && error.message.startsWith("WRONGTYPE");

/** Keys of another program under our prefix would be overwritten, or break the queue. */
async function expectOurs(client: Redis, address: Address): Promise<void> {
  const owner = async (): Promise<string | null> => {
    try {
      return await client.get(OWNER.key);
    } catch (error) {
      if (isOfType(error)) return "";
      throw error;
    }
  };
  let found = await owner();
  if (found === null) {
    // Another submission may write the first keys just now: it writes the owner before.
    const isForeign = (await hasKeys(client)) && (await owner()) === null;
    if (!isForeign) await client.set(OWNER.key, OWNER.value, "NX");
    found = isForeign ? "" : await owner();
  }
  if (found === OWNER.value) return;
  throw cannot(
    address,
    `its keys "${PREFIX}:..." belong to another program${found === "" || found === null ? "" : `, "${short(found)}"`}`,
    "a database without such keys: redis://HOST:PORT/1",
  );
}

/**
 * A connection to the server, which was looked at: that it is one, new enough, and not in use by somebody else.
 * @throws UsageError within ten seconds otherwise
 */
export async function reach(address: Address): Promise<{ readonly client: Redis; readonly connecting: Connecting }> {
  const connecting = new Connecting(address);
  const client = new Redis(connecting.options);
  let last: Error | undefined;
  client.on("error", (error: Error) => (last = error));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = cannot(address, `it gives no answer within ${REACH / 1000} s`);
    timer = setTimeout(() => reject(error), REACH);
  });
  const looked = async (): Promise<void> => {
    await client.connect();
    // A database that it does not have is no error for the client: it would go on with another one.
    if (last !== undefined) throw last;
    expectFit(address, await client.info());
    await expectOurs(client, address);
  };
  try {
    await Promise.race([looked(), late]);
    connecting.again = true;
    return { client, connecting };
  } catch (error) {
    client.disconnect();
    if (error instanceof UsageError) throw error;
    const isClosed = error instanceof Error && CLOSED.test(error.message);
    const cause = isClosed && last !== undefined ? last : (error as Error);
    throw cannot(address, ...meaning(cause, address.options.tls !== undefined));
  } finally {
    clearTimeout(timer);
  }
}
