import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { OutputError } from "./errors.ts";
import { fresh } from "./fake-run.ts";
import { writeAll, writeNew, writeWhole } from "./write.ts";

describe("writing files whole", () => {
  test("a file that cannot be written leaves all others as they were, and nothing beside them", async () => {
    const directory = fresh();
    await writeAll(directory, new Map([["a", "old a"]]));
    mkdirSync(join(directory, "b"));
    const files = new Map([
      ["a", "new a"],
      ["b", "b is a directory"],
      ["c", "c"],
    ]);
    await expect(writeAll(directory, files)).rejects.toThrow(OutputError);
    expect(readdirSync(directory).sort()).toEqual(["a", "b"]);
    expect(readFileSync(join(directory, "a"), "utf8")).toBe("old a");
  });

  test("a link stays a link, a device is written itself", async () => {
    const directory = fresh();
    mkdirSync(directory);
    writeFileSync(join(directory, "real"), "old");
    symlinkSync("real", join(directory, "link"));
    symlinkSync("/dev/null", join(directory, "null"));
    await writeAll(
      directory,
      new Map([
        ["link", "new"],
        ["null", "gone"],
      ]),
    );
    expect(readFileSync(join(directory, "real"), "utf8")).toBe("new");
    expect(readFileSync(join(directory, "null"), "utf8")).toBe("");
  });

  test.runIf(existsSync("/dev/full"))("a device that is full is told", async () => {
    await expect(writeWhole("/dev/full", "text")).rejects.toThrow(/"\/dev\/full" cannot be written: ENOSPC/);
  });

  test("a file that is there is not replaced as a new one", async () => {
    const path = join(fresh(), "a.json");
    expect(await writeNew(path, "1")).toBe("written");
    expect(await writeNew(path, "1")).toBe("same");
    await expect(writeNew(path, "2")).rejects.toThrow(/never overwritten/);
    const pipe = fresh();
    execFileSync("mkfifo", [pipe]);
    await expect(writeNew(pipe, "1")).rejects.toThrow(`"${pipe}" cannot be written: it is no regular file.`);
    expect(readdirSync(join(path, ".."))).toEqual(["a.json"]);
  });

  test("a file that is write-protected is replaced only by root, whom nothing stops", async () => {
    const directory = fresh();
    await writeAll(directory, new Map([["a", "old"]]));
    chmodSync(join(directory, "a"), 0o400);
    const again = writeAll(directory, new Map([["a", "new"]])).then(
      () => "replaced",
      ({ name }: Error) => name,
    );
    expect(await again).toBe(process.getuid?.() === 0 ? "replaced" : "OutputError");
  });

  test("a process that is killed while it writes leaves the old content or the new", async () => {
    const directory = fresh();
    const library = new URL("write.ts", import.meta.url).href;
    const loader = new URL("typescript.mjs", import.meta.url).href;
    const content = (n: number) => JSON.stringify({ n, rest: "x".repeat(4_000_000) });
    const program = `
      const { writeAll } = await import(${JSON.stringify(library)});
      const content = ${content.toString()};
      for (let n = 0; ; n++) {
        await writeAll(${JSON.stringify(directory)}, new Map([["other.json", content(n)], ["run.json", content(n)]]));
        process.stdout.write(".");
      }`;
    for (const milliseconds of [0, 3, 7, 12]) {
      const child = spawn(process.execPath, ["--import", loader, "--input-type=module", "-e", program]);
      await once(child.stdout, "data");
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      child.kill("SIGKILL");
      await once(child, "exit");
      const [other, run] = ["other.json", "run.json"].map(
        (name) => (JSON.parse(readFileSync(join(directory, name), "utf8")) as { n: number }).n,
      );
      // The last file is never ahead of the others.
      expect([run, run! + 1, 0]).toContain(other);
    }
  }, 30_000);
});
