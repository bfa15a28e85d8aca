/** The command `refine`: what it chooses, what it prints, and its exit codes. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cuts } from "../../model/refinements/cuts.ts";
import { faultline } from "../fake-run.ts";
import type { CutRecord } from "../../reports/refine-text.ts";

describe("refine", () => {
  test("of a cut that refines ends with exit code 0", async () => {
    const { code, out, err } = await faultline(["refine", "shared-fault-queue"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(
      /^CUT +FOCUSED MODEL +VERDICT\nshared-fault-queue +two-consumers +refines \([\d ]+ pairs of states\)\n/,
    );
    expect(out).toContain("1 of 1 comparison: the stand-in can do whatever the detailed machines can.");
  });

  test("of one that does not shows the trace, what the stand-in could do, and exit code 1", async () => {
    const { code, out } = await faultline(["refine", "request-service/two-groups"]);
    expect(code).toBe(1);
    expect(out).toContain(
      [
        "   2  the device requests page 0 of PRGI 1 (last: true)",
        "   3  PRGI 1 gets the response success",
        "  The stand-in cannot do the last message. There it can do:",
        "      PRGI 0 gets the response success",
      ].join("\n"),
    );
  });

  test("with --steps shows every step of the detailed machines", async () => {
    const { out } = await faultline(["refine", "request-service/two-groups", "--steps"]);
    expect(out).toContain(
      "     reporter: reporter.calls-handler\n     worker0: worker.begins\n     = PRGI 1 gets the response success\n",
    );
  });

  test("with --json gives one object", async () => {
    const { code, out } = await faultline(["refine", "unpin-loop/range", "--json"]);
    const record = JSON.parse(out) as { schema: string; cuts: readonly CutRecord[]; exit: number };
    expect(record).toMatchObject({
      schema: "faultline-refine/1",
      cuts: [{ cut: "unpin-loop/range", systems: ["address-ranges"], verdict: "does-not" }],
      exit: code,
    });
    expect(record.cuts[0]!.trace).toHaveLength(3);
  });

  test.each([
    [["two-consumer"], 'there is no compared focused model or cut "two-consumer".', "Nearest: two-consumers."],
    [["unheard-of"], 'there is no compared focused model or cut "unheard-of".', "(faultline refine)"],
    [
      ["type1-unmap"],
      "type1-unmap is a focused model whose cut no detailed machine is compared with (list cuts says",
      "Expected one of the compared ones: ",
    ],
    [["teardown", "teardown"], 'the system "teardown" is given twice.', ""],
    [["two-consumers", "--steps", "--json"], "--steps and --json exclude each other.", "Expected one of them."],
  ])("refuses %j", async (args, message, hint) => {
    const { code, out, err } = await faultline(["refine", ...args]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(`faultline: ${message}`);
    expect(err).toContain(hint);
  });
});

test("docs/evidence.md says how many comparisons refine", () => {
  const evidence = readFileSync(new URL("../../docs/evidence.md", import.meta.url), "utf8");
  const refining = cuts.filter(({ difference }) => difference === undefined);
  expect(evidence).toContain(`\n${refining.length} of ${cuts.length} comparisons: `);
});
