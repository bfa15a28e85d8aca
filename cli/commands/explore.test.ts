/** `explore`: what is served, to whom, and what the address says. The page itself is looked at in cli/explorer. */
import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { engine } from "../engine.ts";
import { EXIT } from "../exit.ts";
import { linkIn, type Link } from "../explorer/link.ts";
import { fakeTerminal } from "../fake-engine.ts";
import { stored } from "../fake-run.ts";
import { run } from "../program.ts";

const FILES = new Map([
  ["index.html", Buffer.from("<!doctype html>page")],
  ["worker.js", Buffer.from("onmessage = 1;")],
]);

/** The command until it is stopped: its address, and how it ends. */
async function exploring(...args: readonly string[]) {
  const stop = new AbortController();
  let tell: (text: string) => void = () => undefined;
  const told = new Promise<string>((resolve) => (tell = resolve));
  const { terminal, written } = fakeTerminal({ signal: stop.signal, out: (text) => tell(text) });
  const started = { version: "", explorer: () => Promise.resolve(FILES) };
  const ended = run(["explore", ...args], () => Promise.resolve(engine), terminal, started);
  const text = await Promise.race([told, ended.then((code) => `ended with ${code}: ${written.err}`)]);
  const [, address = "", hash = ""] = /at (http:\/\/127\.0\.0\.1:\d+\/)(\S*)/.exec(text) ?? [];
  const end = (): Promise<number> => {
    stop.abort(EXIT.interrupted);
    return ended;
  };
  return { text, address, hash, end };
}

/** As a client that writes whatever path and host it likes. */
function asked(address: string, path: string, { host = new URL(address).host, method = "GET" } = {}) {
  const { port, hostname } = new URL(address);
  return new Promise<readonly [status: number | undefined, body: string]>((resolve, reject) => {
    const sent = request({ host: hostname, port, path, method, headers: { host } }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve([response.statusCode, body]));
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** A server that nobody ends waits for ever: no test of these needs more than a second on a busy machine. */
const WAITS = { timeout: 60_000 };

describe("explore", WAITS, () => {
  test("serves the built files, and no other", async () => {
    const { address, end } = await exploring();
    expect(await asked(address, "/")).toEqual([200, "<!doctype html>page"]);
    expect(await asked(address, "/worker.js?system=stalls")).toEqual([200, "onmessage = 1;"]);
    for (const path of ["/package.json", "/../package.json", "/%2e%2e/package.json", "//etc/passwd", "/worker.js/"])
      expect([path, await asked(address, path)]).toEqual([path, [404, ""]]);
    expect(await asked(address, "/", { method: "POST" })).toEqual([405, ""]);
    expect(await end()).toBe(EXIT.asExpected);
  });

  test("answers only who asks for this machine by its own name", async () => {
    const { address, end } = await exploring();
    const { port } = new URL(address);
    expect((await asked(address, "/", { host: `localhost:${port}` }))[0]).toBe(200);
    expect(await asked(address, "/", { host: `evil.example:${port}` })).toEqual([403, ""]);
    await end();
  });

  test("a port that is taken is named", async () => {
    const { address, end } = await exploring();
    const { port } = new URL(address);
    const second = await exploring("--port", port);
    expect(second.text).toContain(`ended with 2: faultline: port ${port} cannot be used: `);
    await end();
  });
});

const linkOf = (hash: string): Link => {
  const read = linkIn(hash.slice(1));
  if (!read) throw new Error(`"${hash}" is no link.`);
  return read;
};

describe("the address", WAITS, () => {
  test("names a system with its choices", async () => {
    const { hash, end } = await exploring("type1-unmap", "--design", "linux-6.12", "--bounds", "small");
    await end();
    const options = { design: "linux-6.12.117", bounds: "small", set: [] };
    expect(linkOf(hash)).toMatchObject({ system: "type1-unmap", options, path: { steps: [] } });
  });

  test("has the path of a file", async () => {
    const { hash, end } = await exploring("scenarios/regressions/GRP-3-807dde38.json");
    await end();
    const { path, at, fingerprint } = linkOf(hash);
    expect(path.watch).toBe("GRP-3");
    expect(path.steps).toHaveLength(at);
    expect(at).toBeGreaterThan(5);
    expect(fingerprint).toMatch(/^[0-9a-f]{13}$/);
  });

  test.each([
    [["unmap-rase"], 'there is no system "unmap-rase"', "Nearest: unmap-race"],
    [["stalls", "--set", "swapPth=x"], "swapPath", ""],
    [["stalls", "--hardware", "vtd"], "stalls cannot be built with hardware vtd", ""],
    [["--bounds", "small"], "explore needs a system for these options", "Expected explore SYSTEM"],
    [["./nothing.json"], 'there is no file "./nothing.json"', ""],
    [
      ["./package.json"],
      "package.json",
      "a counterexample (faultline-trace/1) or a regression (faultline-regression/1)",
    ],
    [["--port", "65536"], '--port cannot be "65536"', "from 0 to 65535"],
  ] as const)("%j is refused", async (args, message, more) => {
    const { text } = await exploring(...args);
    expect(text).toContain("ended with 2: ");
    expect(text).toContain(message);
    expect(text).toContain(more);
  });

  test("a file of another model is refused, and one with options besides", async () => {
    expect((await exploring(stored())).text).toMatch(/ended with 2: .*is about a system that is not known here/);
    const { text } = await exploring("scenarios/regressions/GRP-3-807dde38.json", "--bounds", "deep");
    expect(text).toContain("a file without other options");
  });
});
