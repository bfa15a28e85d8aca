/** The twin in Promela reaches as many states as the machines, by as many steps, and is as deep. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startExhaustive } from "../../checker/explore/exhaustive.ts";
import { defineSystem } from "../../checker/system.ts";
import { partsOf, type Request } from "../../properties/build.ts";
import { countedBySpin, missing, numberIn, verifierOf } from "../spin.ts";
import { MODEL, nameOf, SMALLEST_TWINS, TWIN_ARGUMENTS, TWIN_FLAGS } from "./runs.ts";
import { settingsOf } from "./settings.ts";

const absent = missing(["spin", "gcc"]);
const whole = absent.length === 0 ? "" : ` (SKIPPED: ${absent.join(" and ")} not installed)`;
const smallest = SMALLEST_TWINS[0]!;
const AFTER_A_CHANGE = "if a machine or a wiring has changed, change bench/twins/pri-overflow.pml too, from reading it";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "faultline-twin-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function counted(settings: readonly string[]) {
  const verifier = verifierOf(MODEL, settings, TWIN_FLAGS, directory);
  const stdout = execFileSync(verifier, TWIN_ARGUMENTS, { cwd: directory, encoding: "utf8" });
  const { states, transitions } = countedBySpin(stdout);
  return { states, transitions, depth: numberIn(stdout, /depth reached (\d+)/) };
}

function countedByUs(request: Request) {
  const search = startExhaustive(defineSystem({ ...partsOf(request), properties: [] }), { symmetry: false });
  while (search.advance(1 << 20));
  expect(search.complete).toBe(true);
  return { states: search.store.count, transitions: search.transitions, depth: search.depth };
}

describe.skipIf(absent.length > 0)(`the twin of pri-overflow in Promela${whole}`, () => {
  test.each(SMALLEST_TWINS.map((request) => [nameOf(request), request] as const))(
    "counts as we do: %s",
    (_, request) => {
      expect(counted(settingsOf(request)), AFTER_A_CHANGE).toEqual(countedByUs(request));
    },
  );

  test("would notice one rule that differs", () => {
    const other = settingsOf(smallest).map((setting) => setting.replace("HEAD_BATCH=1", "HEAD_BATCH=0"));
    expect(other).not.toEqual(settingsOf(smallest));
    expect(counted(other).states).not.toBe(countedByUs(smallest).states);
  });
});

test("a knob value that the twin has no rule for is refused", () => {
  expect(() => settingsOf({ ...smallest, set: { limit: 1 } })).toThrow(
    new TypeError("The twin of pri-overflow has no rule for limit=1. It has rules for 0."),
  );
});
