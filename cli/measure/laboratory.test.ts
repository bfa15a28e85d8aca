/** What questions ask of simulations: against the exact chain of a small system, and against each other at several sizes. */
import { describe, expect, test } from "vitest";
import { has } from "../../checker/measure/simulate/student.ts";
import { costs } from "../../model/costs/costs.ts";
import type { MeasureRecord } from "../../reports/measure.ts";
import { limited, preMapping } from "../../scenarios/numbers/setup.ts";
import { engine } from "../engine.ts";
import { faultline } from "../fake-run.ts";
import type { Watch } from "../ports.ts";
import { Interrupted, Laboratory } from "./laboratory.ts";

const watch: Watch = { signal: new AbortController().signal, onProgress: () => undefined };
const lab = new Laboratory(watch);
const random = { pick: "random", itemPages: 1 } as const;

/** All pages once, one after the other. */
async function pass(pages: number, premap: number) {
  const workload = { pick: "random", itemPages: pages } as const;
  const load = { configuration: preMapping({ pages }, premap), workload, times: "fixed" } as const;
  const record = await lab.simulate({ load, counts: ["faults"], accesses: pages, replications: 2 });
  return { ns: record.ns.mean, faults: Math.round(record.counted[0]!.perWork!.mean * pages) };
}

describe("a cold pass over a buffer", () => {
  test.each([
    [16, 1],
    [16, 4],
    [18, 4],
    [64, 8],
    [512, 512],
  ])("of %i pages has a fault for each %i", async (pages, premap) => {
    expect((await pass(pages, premap)).faults).toBe(Math.ceil(pages / premap));
  });

  test("takes a time that grows with the pages, so that a part of a message tells the whole", async () => {
    const [small, large] = [await pass(64, 32), await pass(320, 32)];
    expect(large.ns).toBeCloseTo(5 * small.ns, 6);
    expect(large.faults).toBe(5 * small.faults);
  });
});

test("a limit has the faults that the chain of all states has", async () => {
  const load = { configuration: limited({ pages: 4 }, 2), workload: random, times: "exponential" } as const;
  const record = await lab.simulate({ load, counts: ["faults"], warmUp: 200_000, accesses: 4_000 });
  const args =
    "measure pin-limit --method expected --hardware smmu-stall --design rfc-v1 --set reclaim=direct --set slots=1 --set pages=4 --set limit=2 --count faults --json";
  const { out } = await faultline(args.split(" "), engine);
  const [point] = (JSON.parse(out) as MeasureRecord).points;
  expect(has(record.counted[0]!.perWork!, point!.counts[0]!.perPiece!)).toBe(true);
  expect(has(record.work.perNs, point!.perSecond! / 1e9)).toBe(true);
  // What is not the same system is noticed.
  const other = { ...load, configuration: limited({ pages: 4 }, 3) };
  const wrong = await lab.simulate({ load: other, counts: ["faults"], warmUp: 200_000, accesses: 4_000 });
  expect(has(wrong.counted[0]!.perWork!, point!.counts[0]!.perPiece!)).toBe(false);
});

test("a timeline has the accesses that a simulation of the same time has, and a cold guest is slower at first", async () => {
  const load = { configuration: preMapping({ pages: 32 }, 1), workload: random, times: "exponential" } as const;
  const { perNs } = await lab.timeline({ load, until: [50_000, 2_000_000, 4_000_000] });
  expect(perNs[0]!.mean).toBeLessThan(0.2 / costs.access.ns);
  expect(has(perNs[2]!, 1 / costs.access.ns)).toBe(true);
});

test("a cost in the place of another one is used", async () => {
  const load = { configuration: preMapping({ pages: 8 }, 1), workload: random, times: "fixed" } as const;
  const run = { load: { ...load, workload: { pick: "random", itemPages: 8 } as const }, accesses: 8, replications: 2 };
  const [own, other] = [await lab.simulate(run), await new Laboratory(watch, { report: 7000 }).simulate(run)];
  expect(other.ns.mean - own.ns.mean).toBeCloseTo(8 * (7000 - costs.report.ns), 6);
});

test("an interrupt ends a question", async () => {
  const stopped = new Laboratory({ ...watch, signal: AbortSignal.abort(130) });
  const load = { configuration: preMapping({ pages: 8 }, 1), workload: random, times: "fixed" } as const;
  await expect(stopped.simulate({ load, accesses: 10 })).rejects.toThrow(Interrupted);
});
