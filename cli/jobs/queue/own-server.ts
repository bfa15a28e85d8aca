/** A server for tests: on a free port of the loopback interface, in a folder of its own, and without a copy on disk. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NAMES = ["redis-server", "valkey-server"];

/** The server that is installed; undefined: none, and the tests that need one are skipped. */
export const installed = NAMES.find((name) => spawnSync(name, ["--version"]).status === 0);

/** Behind the name of what is skipped. */
export const skipped = installed === undefined ? ` (SKIPPED: none of ${NAMES.join(", ")} is installed)` : "";
if (installed === undefined)
  process.stderr.write(`Tests of queues are skipped: none of ${NAMES.join(", ")} is installed.\n`);

/** Until another program takes it. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** None outlives the tests. */
const started = new Set<ChildProcess>();
process.once("exit", () => started.forEach((child) => child.kill("SIGKILL")));

export class OwnServer {
  readonly port: number;
  readonly folder = mkdtempSync(join(tmpdir(), "faultline-redis-"));
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
  }

  static async start(...args: readonly string[]): Promise<OwnServer> {
    const server = new OwnServer(await freePort(), args);
    await server.restart();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get socket(): string {
    return join(this.folder, "socket");
  }

  /** Without what it knew. */
  async restart(): Promise<void> {
    await this.kill();
    const place = ["--port", String(this.port), "--bind", "127.0.0.1", "--unixsocket", this.socket];
    const forgetful = ["--save", "", "--appendonly", "no", "--dir", this.folder];
    const child = spawn(installed!, [...place, ...forgetful, ...this.#args], { stdio: ["ignore", "pipe", "ignore"] });
    this.#process = child;
    started.add(child);
    await new Promise<void>((resolve, reject) => {
      child.stdout.on("data", (data: Buffer) => {
        if (/Ready to accept connections/i.test(data.toString())) resolve();
      });
      child.on("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}
