/** Questions that simulate: what was written is what they say, and which costs a conclusion rests on is found. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { costs } from "../../model/costs/costs.ts";
import type { FoundRecord } from "../../reports/found.ts";
import type { SimulatedQuestion } from "../../scenarios/numbers/lab.ts";
import { simulatedQuestions } from "../../scenarios/numbers/questions.ts";
import { rampUp } from "../../scenarios/numbers/ramp-up.ts";
import { preMapping } from "../../scenarios/numbers/setup.ts";
import type { Watch } from "../ports.ts";
import { Laboratory } from "./laboratory.ts";
import { foundOf } from "./questions.ts";

const watch: Watch = { signal: new AbortController().signal, onProgress: () => undefined };
const found = JSON.parse(
  readFileSync(new URL("../../docs/numbers/found.json", import.meta.url), "utf8"),
) as readonly FoundRecord[];

describe("docs/numbers/found.json (npm run findings)", () => {
  test("has every question as it is asked and answered now", () => {
    const asked = simulatedQuestions.map(({ name, title, question, answer, about, varied, assumptions }) => ({
      name,
      title,
      question,
      answer,
      about,
      varied,
      assumptions,
    }));
    expect(found).toMatchObject(asked);
    expect(found.length).toBe(asked.length);
  });

  test("has no conclusion that its own numbers deny", () => {
    const all = found.flatMap(({ conclusions }) => conclusions);
    expect(all.filter(({ holds }) => !holds)).toEqual([]);
    expect(all.length).toBeGreaterThan(15);
  });

  test("is what a simulation finds again, to the last digit", async () => {
    const { table, figure } = await rampUp.find(new Laboratory(watch));
    const written = found.find(({ name }) => name === rampUp.name)!;
    expect({ table, figure }).toEqual({ table: written.table, figure: written.figure });
  });
});

/** Eight pages, each touched once: it takes so long that one of the conclusions rests on one of the costs. */
const example: SimulatedQuestion = {
  ...rampUp,
  name: "example",
  varied: ["report", "core"],
  find: async (lab) => {
    const workload = { pick: "random", itemPages: 8 } as const;
    const load = { configuration: preMapping({ pages: 8 }, 1), workload, times: "fixed" } as const;
    const { ns } = await lab.simulate({ load, accesses: 8, replications: 2 });
    return {
      table: { head: [], rows: [] },
      figure: { ...found[0]!.figure, series: [] },
      conclusions: [
        { sentence: "It takes less than 12 times the report.", holds: ns.mean < 8 * 12 * costs.report.ns },
        { sentence: "It takes more than 1.4 times the report at first.", holds: ns.mean > 8 * 1.4 * costs.report.ns },
      ],
    };
  },
};

test("a cost that a conclusion rests on is named, and no other", async () => {
  const record = await foundOf(example, watch);
  expect(record!.conclusions.map(({ holds, changes }) => ({ holds, changes }))).toEqual([
    { holds: true, changes: [] },
    { holds: true, changes: ["report halved"] },
  ]);
});

test("a conclusion that shorter runs deny with the same costs is told to rest on their length", async () => {
  const find: SimulatedQuestion["find"] = async (lab) => {
    const { conclusions, ...rest } = await example.find(lab);
    return { ...rest, conclusions: conclusions.map((one, k) => ({ ...one, holds: k === 1 || !lab.isRough })) };
  };
  const record = await foundOf({ ...example, find }, watch);
  expect(record!.conclusions.map(({ changes }) => changes)).toEqual([["shorter runs and nothing changed"], []]);
});

test("an interrupt while costs are varied keeps the numbers, and names the costs that are left", async () => {
  const stop = new AbortController();
  let asked = 0;
  const find: SimulatedQuestion["find"] = async (lab) => {
    // The numbers, the rough ones, and one cost halved and doubled.
    if (++asked === 5) stop.abort(130);
    return example.find(lab);
  };
  const record = await foundOf({ ...example, find }, { ...watch, signal: stop.signal });
  expect(record!.varied).toEqual(["report"]);
  expect(record!.conclusions.map(({ changes }) => changes)).toEqual([[], ["report halved"]]);
  expect(record!.notes.at(-1)).toBe("Interrupted before these assumed costs were varied: core.");
});

test("an interrupt before the numbers leaves no answer", async () => {
  expect(await foundOf(example, { ...watch, signal: AbortSignal.abort(130) })).toBeUndefined();
});
