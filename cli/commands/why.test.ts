/** `why` with real systems: what it says is what searching shows, and mistakes of the user are one clear error. */
import { describe, expect, test } from "vitest";
import type { RunRecord } from "../../checker/run-record.ts";
import { recordOf, startExhaustive } from "../../checker/explore/exhaustive.ts";
import { build } from "../../properties/build.ts";
import type { WhyRecord } from "../../reports/why.ts";
import { engine } from "../engine.ts";
import { faultline, fresh, stored } from "../fake-run.ts";

const checked = new Map<string, Promise<{ readonly out: string }>>();

/** The counterexample of a claim that a check finds, as a file. */
async function counterexample(command: string, id: string): Promise<string> {
  const check = () => faultline(["check", ...command.split(" "), "--json", "--out", fresh()], engine);
  const found = checked.get(command) ?? check();
  checked.set(command, found);
  const { out } = await found;
  const { runs } = JSON.parse(out) as { runs: readonly RunRecord[] };
  const verdict = runs[0]!.properties.find((one) => one.id === id)!.verdict;
  if (verdict.kind !== "violated") throw new Error(`${id} is not violated by ${command}`);
  return stored(verdict.trace);
}

async function recordFor(args: readonly string[]): Promise<WhyRecord & { readonly exit: number }> {
  const { out, code } = await faultline(["why", ...args, "--json"], engine);
  const record = JSON.parse(out) as WhyRecord & { readonly exit: number };
  expect(record.exit).toBe(code);
  return record;
}

const DEADLOCKED = "type1-unmap --design linux-6.12.117 --bounds small";
const DROPPED = "pri-overflow --bounds small --set ovfLastResponse=none";
const UNPINNED = "unmap-race --bounds small --set releaseOrder=unpin-before-wait --stop-at never";

describe("what a counterexample rests on", () => {
  test.each([
    ["deadlock", DEADLOCKED, "DEADLOCK", []],
    ["lost-fault", DROPPED, "RSP-12", ["--no-knobs"]],
    ["dma-to-unpinned-page", UNPINNED, "SAFE-2", ["--no-knobs"]],
  ])("%s, in sentences of at most 78 columns", async (name, command, id, more) => {
    const { code, out } = await faultline(["why", await counterexample(command, id), ...more], engine);
    expect(code).toBe(0);
    await expect(out).toMatchFileSnapshot(`../why/goldens/${name}.txt`);
    expect(out.split("\n").filter((line) => line.length > 78)).toEqual([]);
  });

  test("a knob value of which it says that the claim holds is one with which a check says so", async () => {
    const { knobs, model } = await recordFor([await counterexample(DEADLOCKED, "DEADLOCK")]);
    const { parameters: _, fingerprint: __, ...request } = model;
    const verdicts = knobs!.trials.map(({ knob, value, outcome }) => {
      const changed = { ...request, set: { [knob]: value } };
      const search = startExhaustive(build(changed));
      while (search.advance(100_000));
      const found = recordOf(search, changed).properties.find(({ id }) => id === "DEADLOCK")!.verdict;
      return [knob, value, outcome.kind, "trace" in found ? found.trace.steps.length : undefined, found.kind];
    });
    const said = knobs!.trials.map(({ knob, value, outcome }) => [
      knob,
      value,
      outcome.kind,
      "steps" in outcome ? outcome.steps : undefined,
      outcome.kind,
    ]);
    expect(said).toEqual(verdicts);
    expect(new Set(said.map(([, , kind]) => kind))).toEqual(new Set(["holds", "violated"]));
  });

  test("a run without an end needs its steps, and what it owes can still come", async () => {
    const args = "mmu-notifier --hardware smmu-stall --design hmm --bounds small --claim LIV-3 --no-knobs";
    const { violation } = await recordFor(args.split(" "));
    const { trace, steps, lastSafe, nearest } = violation!;
    expect(trace.loop).toBeDefined();
    expect(lastSafe).toBe(trace.steps.length);
    expect(nearest).toMatchObject({ end: "reached" });
    const [needed, spared] = [true, false].map((is) => steps.filter(({ shortest }) => (shortest === undefined) === is));
    expect([needed!.length > 0, spared!.length > 0]).toEqual([true, true]);
  });

  test("what a bound cuts off is not decided, and the exit code is 3", async () => {
    const file = await counterexample(DROPPED, "RSP-12");
    const cut = await faultline(["why", file, "--no-knobs", "--max-states", "10"], engine);
    expect(cut.code).toBe(3);
    expect(cut.out).toContain("Not decided: the search was ended by max-states 10, when it had all runs of");
    const short = await recordFor([file, "--no-knobs", "--max-states", "1000"]);
    expect(short.exit).toBe(3);
    expect(short.violation!.known).toBeGreaterThanOrEqual(5);
    expect(short.violation!.lastSafe).toBe("the search did not reach all states");
    const promise = await faultline(["why", "type1-unmap", "--claim=UNM-3", "--no-knobs", "--max-states=5"], engine);
    expect(promise.code).toBe(3);
    expect(promise.out).toContain("and a claim of this kind\nneeds all states.");
  });

  test("and an interrupt leaves what was not searched undecided", async () => {
    const signal = AbortSignal.abort(130);
    const { code, out, err } = await faultline(["why", "type1-unmap", "--claim=UNM-3"], engine, { signal });
    expect(code).toBe(130);
    expect(out).toContain("Not decided: the search was ended by an interrupt");
    expect(out).toContain("No other value of a knob was tried.");
    expect(err).toContain("faultline: interrupted");
  });
});

describe("what a claim rests on that is not violated", () => {
  test("the fields that decide it, its situation, and the knobs that break it", async () => {
    const { claim, knobs, exit } = await recordFor(["stalls", "--claim", "STM-1", "--bounds", "small"]);
    expect(claim!.verdict.kind).toBe("holds");
    expect(claim!.witness!.verdict.kind).toBe("witnessed");
    const { states } = (await recordFor(["stalls", "--claim", "STM-1", "--bounds", "small", "--no-knobs"])).search;
    expect(claim!.decided.reduce((sum, one) => sum + one.states, 0)).toBe(states * claim!.instances);
    expect(knobs!.trials.length).toBeGreaterThan(5);
    expect(exit).toBe(knobs!.trials.some(({ outcome }) => outcome.kind === "undecided") ? 3 : 0);
  });

  test("by its name too; and a claim that the system does not make is not claimed", async () => {
    const lost = await recordFor(["pri-overflow", "--claim", "no-lost-fault", "--bounds", "small", "--no-knobs"]);
    expect(lost.property.id).toBe("RSP-12");
    expect(lost.claim!.verdict).toEqual({ kind: "holds" });
    const { out, code } = await faultline(["why", "pri-overflow", "--claim=LIV-3", "--no-knobs"], engine);
    expect(code).toBe(0);
    expect(out).toContain('LIV-3 is not claimed here: no component has the role "stall-slot".');
  });

  test("a situation that occurs is explained as a violation is", async () => {
    const { out } = await faultline(["why", "pri-overflow", "--claim=RSP-5", "--bounds=small", "--no-knobs"], engine);
    expect(out).toContain("bounds small; 22 steps,\n  no shorter path exists");
    expect(out).toContain("Every run that shows RSP-5 takes");
  });
});

describe("mistakes", () => {
  test.each([
    [["type1-unmap"], /"type1-unmap" is a system: which of its claims is meant\?\n {2}Expected --claim ID/],
    [["type1-unmap", "--claim", "UMN-3"], /there is no property "UMN-3"\.\n {2}Nearest: .*UNM-3/],
    [
      ["type1-unmapp", "--claim", "UNM-3"],
      /there is no system "type1-unmapp", and no such file\.\n {2}Nearest: type1-un/,
    ],
    [["gone.json"], /there is no file "gone\.json"/],
    [["scenarios/regressions/GRP-3-807dde38.json", "--claim", "GRP-3"], /--claim chooses a claim of a run/],
    [["scenarios/regressions/GRP-3-807dde38.json", "--bounds", "small"], /--bounds chooses a run of a system/],
    [["type1-unmap", "--claim", "UNM-3", "--max-states", "0"], /--max-states cannot be "0"/],
    [["type1-unmap", "--claim", "UNM-3", "--set", "devicelistlock=outside"], /devicelistlock/],
  ])("%j", async (args, message) => {
    const { code, out, err } = await faultline(["why", ...args], engine);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
  });

  test("a record of runs needs a claim that one of them judges", async () => {
    const { out } = await faultline(["check", ...DEADLOCKED.split(" "), "--json", "--out", fresh()], engine);
    const { runs } = JSON.parse(out) as { runs: readonly RunRecord[] };
    const file = stored(runs[0]);
    expect((await faultline(["why", file], engine)).err).toMatch(/has the verdicts of \d+ claims: which is meant\?/);
    expect((await faultline(["why", file, "--claim", "PIN-1"], engine)).err).toContain("judges PIN-1.");
    const { violation, property } = await recordFor([file, "--claim", "UNM-3", "--no-knobs"]);
    expect(property.id).toBe("UNM-3");
    expect(violation!.steps.map(({ shortest }) => shortest === undefined)).toEqual([true, false, false, false, true]);
  });

  test("a path that violates nothing is none to explain", async () => {
    const { trace } = (await recordFor([await counterexample(DROPPED, "RSP-12"), "--no-knobs"])).violation!;
    const short = stored({ ...trace, steps: trace.steps.slice(0, 3) });
    const { code, err } = await faultline(["why", short], engine);
    expect(code).toBe(2);
    expect(err).toContain("shows no violation to explain");
    expect(err).toContain("Expected a path that violates its property.");
  });
});
