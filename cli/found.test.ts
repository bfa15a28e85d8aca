/** With the real systems: what is told while a search runs, and what becomes of it when it is interrupted. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { engine } from "./engine.ts";
import { faultline, fresh } from "./fake-run.ts";
import { Found } from "./found.ts";
import type { Violation } from "./ports.ts";

interface Outcome {
  readonly runs: readonly {
    readonly search: { readonly complete: boolean; readonly depth: number; readonly stoppedBy?: string };
    readonly properties: readonly { readonly id: string; readonly kind: string; readonly verdict: Verdict }[];
  }[];
}
type Verdict = { readonly kind: string; readonly because?: string; readonly bound?: string; readonly trace?: Trace };
type Trace = { readonly steps: readonly unknown[]; readonly minimality: string };

const BROKEN = ["pri-overflow", "--bounds", "small", "--set", "clearPolicy=immediate"];

async function checked(...more: readonly string[]) {
  const { code, out, err } = await faultline(["check", ...BROKEN, ...more, "--json", "--out", fresh()], engine);
  const [run] = (JSON.parse(out) as Outcome).runs;
  return { code, err, run: run! };
}

describe("A design that is broken", () => {
  const violated = ({ run }: Awaited<ReturnType<typeof checked>>) =>
    run.properties.filter(({ verdict }) => verdict.kind === "violated").map(({ id }) => id);

  test("stops at the first violation, which has a shortest path; the rest is left open, with the reason", async () => {
    const first = await checked();
    const whole = await checked("--stop-at", "never");
    const depthOf = ({ run }: typeof whole, id: string): number =>
      run.properties.find((property) => property.id === id)!.verdict.trace!.steps.length;
    const [id = ""] = violated(first);
    const least = Math.min(...violated(whole).map((one) => depthOf(whole, one)));
    expect(first.code).toBe(1);
    expect(first.run.search).toMatchObject({
      complete: false,
      stoppedBy: "stopped at the first violation",
      depth: least,
    });
    // All that breaks at this depth is told, and nothing that breaks later.
    expect(violated(first)).toEqual(violated(whole).filter((one) => depthOf(whole, one) === least));
    expect(depthOf(first, id)).toBe(least);
    const others = first.run.properties.filter(({ verdict }) => verdict.kind !== "violated");
    const open = others.filter(({ kind }) => kind === "leadsTo" || kind === "canAlways");
    expect(open.length).toBeGreaterThan(0);
    for (const { verdict } of open)
      expect(verdict).toEqual({ kind: "unknown", because: "stopped at the first violation" });
    expect(others.filter(({ verdict }) => ["holds", "never-witnessed"].includes(verdict.kind))).toEqual([]);
    expect(first.err).toMatch(new RegExp(`^VIOLATED ${id} \\([a-z0-9-]+\\) at depth ${least} after `));
  });

  test("tells all with never, and with each those that no other comes before", async () => {
    const whole = await checked("--stop-at", "never");
    const each = await checked("--stop-at", "each");
    expect(whole.run.search.complete).toBe(true);
    expect(violated(whole).length).toBeGreaterThan(violated(await checked()).length);
    expect(each.run.search).toMatchObject({ complete: false, stoppedBy: "nothing was searched behind violations" });
    for (const id of violated(each)) expect(violated(whole)).toContain(id);
    for (const id of violated(whole)) expect(whole.err).toContain(id);
  });

  test("finds the same without symmetry", async () => {
    const [reduced, whole] = [await checked(), await checked("--no-symmetry")];
    expect(violated(reduced)).toEqual(violated(whole));
    expect(reduced.run.search.depth).toBe(whole.run.search.depth);
  });
});

test("what was found before Ctrl-C is told with its chart, and kept: 130", async () => {
  const interrupt = new AbortController();
  let told = "";
  const err = (text: string): void => {
    told += text;
    if (text.startsWith("VIOLATED")) interrupt.abort(130);
  };
  const out = fresh();
  const args = ["check", "unmap-race", "--set", "releaseOrder=unpin-before-wait", "--stop-at", "never", "--out", out];
  const { code, out: text } = await faultline(args, engine, { err, signal: interrupt.signal });
  expect(code).toBe(130);
  const [, id = ""] =
    /^VIOLATED ([A-Z]+-\d+) \([a-z0-9-]+\) at depth \d+ after .*; searching on \(Ctrl-C keeps it\)\.\n/.exec(told) ??
    [];
  expect(told).toContain("faultline: interrupted.\n");
  expect(text).toContain("\nIncomplete (interrupted): ");
  expect(id).not.toBe("");
  expect(text).toMatch(new RegExp(`${id} \\([a-z0-9-]+\\) is violated after step `));
  expect(readdirSync(join(out, "counterexamples")).some((name) => name.startsWith(`${id}-`))).toBe(true);
});

test("what the suite expects of its own runs is not told while they run", async () => {
  const ofSuite = await faultline(["check", "unmap-race", "--bounds", "small", "--out", fresh()], engine);
  expect(ofSuite).toMatchObject({ code: 0, err: "" });
  expect(ofSuite.out).toMatch(/^1 property is KNOWN to fail: RSP-9\.\nComplete: /);
});

test.each([
  [true, ["PIN-1", "PRQ-1 known"]],
  [false, ["PIN-1"]],
])("each violation is counted and told once; known ones are told: %s", (tellsKnown, expected) => {
  const told: string[] = [];
  const tell = ({ id, isKnown }: Violation): void => void told.push(isKnown === true ? `${id} known` : id);
  const found = new Found((id) => id === "PRQ-1", tellsKnown, tell);
  const violation = { statement: "", where: "at depth 1", search: "goes on" } as const;
  for (const id of ["PIN-1", "PRQ-1", "PIN-1", "PRQ-1"]) found.add(id, () => violation);
  expect(told).toEqual(expected);
  expect(found).toMatchObject({ violations: 1, known: 1 });
});

test("a random search tells what it finds, too", async () => {
  const args = ["random", "pri-overflow", "--bounds", "small", "--set", "ovfLastResponse=none", "--runs", "200"];
  const { code, err } = await faultline([...args, "--out", fresh()], engine);
  expect(code).toBe(1);
  expect(err).toMatch(/^VIOLATED [A-Z]+-\d+ \([a-z0-9-]+\) in \d+ steps after .*\n {2}[A-Z]+-\d+: \S/);
});
