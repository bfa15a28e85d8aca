import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { interruptedBy } from "./exit.ts";

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

test("SIGTERM is 143, every other end before the end 130", () => {
  expect(interruptedBy(AbortSignal.abort(143))).toBe(143);
  expect(interruptedBy(AbortSignal.abort())).toBe(130);
});
