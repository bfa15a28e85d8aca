import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { interruptedBy } from "./exit.ts";
import { columnsOf } from "./terminal.ts";

test.runIf(existsSync("/dev/full"))(
  "a disk that is full is 4, told in one line, and not 1, a violation",
  () => {
    const full = openSync("/dev/full", "w");
    const program = fileURLToPath(new URL("faultline.mjs", import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [program, "list", "bounds"], {
      stdio: ["ignore", full, "pipe"],
    });
    closeSync(full);
    expect(status).toBe(4);
    expect(stderr.toString()).toMatch(/^faultline: the output cannot be written: ENOSPC.*\n$/);
  },
  30_000,
);

test("COLUMNS says how wide a line is, also where there is no terminal; what is no width is not looked at", () => {
  expect(columnsOf("100", undefined)).toBe(100);
  expect(columnsOf("100", 80)).toBe(100);
  for (const said of [undefined, "", "0", "1e2", "wide", "5", "-100"]) {
    expect(columnsOf(said, 80), said).toBe(80);
    expect(columnsOf(said, undefined), said).toBeUndefined();
  }
});

test("SIGTERM is 143, every other end before the end 130", () => {
  expect(interruptedBy(AbortSignal.abort(143))).toBe(143);
  expect(interruptedBy(AbortSignal.abort())).toBe(130);
});
