/** A server that cannot be used is one clear error, within a bounded time, and without a password. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorText, UsageError } from "../../errors.ts";
import { addressOf } from "./address.ts";
import { freePort, installed, OwnServer, skipped } from "./own-server.ts";
import { reach } from "./server.ts";

/** What `reach` says; empty: it has found a queue. */
async function told(url: string): Promise<string> {
  try {
    const { client } = await reach(addressOf(url));
    client.disconnect();
    return "";
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    const text = errorText(error as UsageError);
    expect(text.split("\n")).toHaveLength(3);
    expect(text).not.toContain("secret");
    return text;
  }
}

describe("what is no queue", { concurrent: true }, () => {
  const servers: Server[] = [];
  const serve = async (talk: (socket: Socket) => void): Promise<string> => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      talk(socket);
    }).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    return `redis://:secret@127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  /** Answers each command with this text, in the manner of the server. */
  const answering = (text: string) => (socket: Socket) =>
    void socket.on("data", (data: Buffer) => {
      const commands = data.toString().match(/^[*]\d+\r$/gm)?.length ?? 0;
      socket.write(`$${text.length}\r\n${text}\r\n`.repeat(commands));
    });
  afterAll(() => servers.forEach((server) => server.close()));

  test("a port where nothing listens", async () => {
    expect(await told(`redis://:secret@127.0.0.1:${await freePort()}`)).toContain("nothing listens there");
  });

  test("a socket that is not there", async () => {
    expect(await told("unix:///nowhere/redis.sock")).toContain("there is no such socket");
  });

  test("another program", async () => {
    const url = await serve((socket) => socket.write("220 mail.example.org ESMTP\r\n"));
    expect(await told(url)).toContain("what answers there is no Redis");
  });

  test("one that closes the connection", async () => {
    expect(await told(await serve((socket) => socket.end()))).toContain("it closes the connection");
  });

  test("one that says nothing", async () => {
    expect(await told(await serve(() => undefined))).toContain("it gives no answer within 10 s");
  });

  test("one without a version", async () => {
    expect(await told(await serve(answering("PONG")))).toContain("what answers there is no Redis");
  });

  test("one that is too old", async () => {
    const text = await told(await serve(answering("redis_version:6.0.16\r\nloading:0\r\n")));
    expect(text).toContain("it is Redis 6.0.16.\n  Expected Redis 6.2 or newer, or Valkey.");
  });
});

describe.skipIf(installed === undefined)(`a server${skipped}`, { concurrent: true }, () => {
  let server: OwnServer;
  let locked: OwnServer;
  let replica: OwnServer;
  let forgetful: OwnServer;
  beforeAll(async () => {
    server = await OwnServer.start();
    [locked, replica, forgetful] = await Promise.all([
      OwnServer.start("--requirepass", "secret"),
      OwnServer.start("--replicaof", "127.0.0.1", String(server.port)),
      OwnServer.start("--maxmemory-policy", "allkeys-lru"),
    ]);
  });
  afterAll(async () => {
    for (const one of [server, locked, replica, forgetful]) await one?.stop();
  });
  const at = (database: number): string => `${server.url}/${database}`;
  const put = async (database: number, key: string, value: string): Promise<void> => {
    const client = new Redis(at(database));
    await client.set(key, value);
    client.disconnect();
  };

  test("that is good is taken, by its port and by its socket, and again", async () => {
    expect(await told(server.url)).toBe("");
    expect(await told(server.url)).toBe("");
    expect(await told(`unix://${join(server.folder, "socket")}?db=1`)).toBe("");
  });

  test("with a password wants it", async () => {
    expect(await told(locked.url)).toContain("it asks for a password");
    expect(await told(locked.url.replace("//", "//:secretive@"))).toContain("it refuses the name or the password");
    expect(await told(locked.url.replace("//", "//secret:secret@"))).toContain("it refuses the name or the password");
    expect(await told(locked.url.replace("//", "//:secret@"))).toBe("");
  });

  test("without TLS is no server for rediss", async () => {
    expect(await told(server.url.replace("redis:", "rediss:"))).toContain("redis:// for one without.");
  });

  test("that stores nothing, or may forget, is refused", async () => {
    expect(await told(replica.url)).toContain("it is a replica, which stores nothing");
    expect(await told(forgetful.url)).toContain("maxmemory-policy allkeys-lru");
  });

  test("without such a database is refused", async () => {
    expect(await told(at(99))).toContain("it has no database of that number");
  });

  test("whose keys are those of another program is refused, and they stay", async () => {
    await put(2, "faultline:x", "1");
    await put(3, "faultline:owner", "somebody/2");
    expect(await told(at(2))).toContain('its keys "faultline:..." belong to another program.');
    expect(await told(at(3))).toContain('its keys "faultline:..." belong to another program, "somebody/2".');
    const client = new Redis(at(2));
    expect(await client.keys("*")).toEqual(["faultline:x"]);
    client.disconnect();
  });

  test("may have keys of others under other names", async () => {
    await put(4, "other:x", "1");
    expect(await told(at(4))).toBe("");
    expect(await told(at(4))).toBe("");
  });
});
