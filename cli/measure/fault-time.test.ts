/** The time of a fault that a chain tells is the one that a simulation finds, also where several are under way. */
import { expect, test } from "vitest";
import type { MeasureRecord } from "../../reports/measure.ts";
import type { SimulatedRecord } from "../../reports/simulated.ts";
import { engine } from "../engine.ts";
import { faultline } from "../fake-run.ts";

async function recordOf<T>(args: string): Promise<T> {
  const { code, out } = await faultline(["measure", ...args.split(" "), "--json"], engine);
  expect(code).toBe(0);
  return JSON.parse(out) as T;
}

const SYSTEM = "stall-flat --hardware smmu-stall --design rfc-v1 --set pages=2";
const LIMITED = "pin-limit --hardware smmu-stall --design rfc-v1 --set reclaim=direct --set pages=2 --set limit=1";
const expected = async (args: string) => (await recordOf<MeasureRecord>(`${args} --method expected`)).points[0]!;

test.each([1, 2])("with %d in flight", async (slots) => {
  const { fault, assumptions } = await expected(`${LIMITED} --set slots=${slots}`);
  expect(assumptions).toContain("The time of a fault goes from its report to the response to its sender.");
  const { points } = await recordOf<SimulatedRecord>(
    `${LIMITED} --set slots=${slots} --method simulate --jobs 1 --replications 6 --events 6000`,
  );
  const found = (what: string) => points[0]!.numbers.find(({ name }) => name === `time of a fault: ${what}`)!;
  for (const [value, what] of [
    [fault!.mean, "mean"],
    [fault!.median, "half of all take less"],
    [fault!.most99, "99 % take less"],
  ] as const) {
    expect(value).toBeGreaterThanOrEqual(found(what).low!);
    expect(value).toBeLessThanOrEqual(found(what).high!);
  }
});

test("a number per fault says that it has what is outside of faults, which bounds leave out", async () => {
  const perFault = `${LIMITED} --set slots=1 --per fault --count accesses`;
  const told =
    "A number per fault is of all steps, also those while there is none; bounds count from its begin to its end.";
  const [chain, bounds] = [await expected(perFault), (await recordOf<MeasureRecord>(perFault)).points[0]!];
  expect(bounds.counts[0]).toMatchObject({ least: 0, most: 0 });
  expect(chain.counts[0]!.perPiece).toBeGreaterThan(1);
  const { points } = await recordOf<SimulatedRecord>(`${perFault} --method simulate --jobs 1 --events 2000`);
  expect([chain, points[0]!].map(({ assumptions }) => assumptions.includes(told))).toEqual([true, true]);
  expect(bounds.assumptions).not.toContain(told);
});

test("faults wait for each other: with two in flight each takes longer", async () => {
  const [one, two] = [await expected(`${LIMITED} --set slots=1`), await expected(`${LIMITED} --set slots=2`)];
  expect(two.fault!.mean as number).toBeGreaterThan(1.1 * (one.fault!.mean as number));
});

test("where no fault comes in the long run there is none", async () => {
  const { fault, assumptions } = await expected(SYSTEM);
  expect(fault).toBeUndefined();
  expect(assumptions.join(" ")).not.toContain("The time of a fault");
});

test("is not told of a sender that reports again before its response", async () => {
  const { fault, assumptions } = await expected("pri-overflow");
  expect(fault).toBeUndefined();
  expect(assumptions).toContain(
    "The time of a fault is not told: a sender reports again before its response. --method simulate tells it.",
  );
}, 60_000);
