/**
 * Replays all recordings once: docs/conformance.md is what the replays say, and README has its numbers. The tests of the
 * adapters show that a wrong machine would be told apart.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { Json } from "../checker/json.ts";
import { filesWith } from "../model/kernel/symbols.ts";
import { conformancePage, type ConformanceBook } from "../reports/conformance.ts";
import { readRecording } from "../scenarios/recorded/read.ts";
import { scenarios } from "../scenarios/questions/index.ts";
import { surprises, type Surprise } from "../scenarios/recorded/surprises.ts";
import { engine } from "./engine.ts";
import type { ConformanceOfAll } from "./ports.ts";

const text = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const page = text("docs/conformance.md");

describe("docs/conformance.md", () => {
  let all: ConformanceOfAll;
  beforeAll(async () => {
    all = await engine.conformanceOfAll({ signal: new AbortController().signal, onProgress: () => undefined });
  }, 600_000);

  test("every recorded event is what our machines say", () => {
    expect(all.result.differences).toEqual([]);
    expect(all.result.replayed).toBe(all.result.sequences);
  });

  test.each([
    ["linux-6.12-harness", "iommufd", 75, 3851, 6319],
    ["linux-6.12-harness", "iommufd_group", 8, 402, 550],
    ["linux-6.12-booted-iommufd", "xk", 329, 20_639, 26_437],
    ["linux-7.3-booted-iommufd", "veventq", 65, 4012, 4704],
    ["linux-7.3-booted-iommufd", "mixed", 65, 3537, 5219],
    ["linux-7.3-booted-iommufd", "errors", 65, 4600, 4900],
    ["linux-6.1-booted", "x61", 143, 7923, 8895],
  ])("%s: class %s is replayed as a whole, and differs in nothing", (file, name, ...counts) => {
    const row = all.page!.split("\n").find((line) => line.startsWith(`| \`${file}\` | \`${name}\` |`));
    const numbers = row!.split("|").slice(3, 7);
    expect(numbers.map((number) => Number(number.replaceAll(/\s/g, "")))).toEqual([...counts, 0]);
  });

  test("is what the replays say (npx faultline conform --write docs)", () => {
    expect(all.page === page, "npx faultline conform --write docs").toBe(true);
  });
});

test("README and docs/evidence.md have its numbers", () => {
  const [, numbers = ""] = page.split("## The numbers that matter");
  const bold = [...numbers.split("##")[0]!.matchAll(/\*\*(.+?)\*\*/g)].map(([, number]) => number!);
  expect(bold).toHaveLength(4);
  // In prose thousands are set apart by commas.
  const written = bold.map((number) => `**${number.replaceAll(/(?<=\d) (?=\d)/g, ",")}**`);
  for (const number of written) expect(text("README.md")).toContain(number);
  for (const number of written) expect(text("docs/evidence.md")).toContain(number);
});

test("docs/evidence.md has the numbers of the mutants", () => {
  const told = /Of the other (\d+), the recordings notice ([\d.]+) %; the recordings and the tests together 100\.0 %/;
  const [, others, share] = told.exec(text("docs/mutants-conform.md"))!;
  expect(text("docs/evidence.md").replaceAll("\n", " ")).toContain(
    `Of ${others} mutants that are not equivalent, the recordings notice ${share} %, and recordings and tests together all.`,
  );
});

describe("what real kernels do that surprised us", () => {
  const recordings = new Map(
    [...new Set(surprises.map(({ recording }) => recording))].map((name) => {
      const file = fileURLToPath(new URL(`../scenarios/recorded/data/${name}.jsonl.gz`, import.meta.url));
      return [name, readRecording(file)];
    }),
  );
  const isPart = (event: Json | undefined, of: { readonly [field: string]: Json }): boolean =>
    Object.entries(of).every(([field, value]) => (event as { readonly [field: string]: Json })[field] === value);

  /** What the recording has otherwise, or undefined. */
  function objection({ recording, line, operation, events, never }: Surprise): string | undefined {
    const { value } = recordings.get(recording)![line - 1]!;
    const all = (value as { readonly events: readonly { readonly i: number; readonly ev: string }[] }).events;
    const recorded = all.filter(({ i }) => i === operation);
    if (recorded.some(({ ev }) => ev === never)) return `has "${never}"`;
    let from = 0;
    for (const event of events) {
      const at = recorded.findIndex((one, k) => k >= from && isPart(one, event));
      if (at < 0) return `has no ${JSON.stringify(event)} there`;
      from = at + 1;
    }
    return undefined;
  }

  test.each(surprises)("$function(): $what", (surprise) => {
    expect(objection(surprise)).toBe(undefined);
    expect(filesWith(surprise.tree, surprise.function)).not.toEqual([]);
    expect(surprise.recording).toContain(surprise.tree.replace(/\.\d+$/, ""));
    expect(scenarios.some(({ id }) => id === surprise.scenario)).toBe(true);
  });

  test("an event that was not recorded, or in another order, is noticed", () => {
    const [newestFirst] = surprises;
    const { events } = newestFirst!;
    expect(objection({ ...newestFirst!, events: events.toReversed() })).toMatch(/^has no/);
    expect(objection({ ...newestFirst!, never: "response" })).toBe('has "response"');
  });
});

describe("the page", () => {
  const book: ConformanceBook = {
    classes: [
      {
        file: "linux",
        class: "core",
        sequences: 4,
        replayed: 3,
        operations: 30,
        recorded: 50,
        leftOut: 10,
        compared: 38,
        differences: 1,
        ofHarness: { idle: 2 },
        outOfScope: { "hand-written": 1, "wake: an event of the model that the recordings do not have": 5 },
      },
    ],
    files: [
      {
        path: "model/machines/a/b.ts",
        replayed: { rules: 3, taken: 2, never: ["on: x (1 of 2)"] },
        isRefined: false,
        isDemonstrated: false,
      },
      {
        path: "model/machines/a/c.ts",
        replayed: { rules: 3, taken: 0, never: ["x"] },
        isRefined: false,
        isDemonstrated: false,
      },
      { path: "model/machines/a/d.ts", isRefined: true, isDemonstrated: false },
      { path: "model/machines/a/e.ts", isRefined: false, isDemonstrated: true },
    ],
    surprises: [],
  };

  test("says what was left out, and what each file rests on", () => {
    const lines = conformancePage(book).split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "- **20 %** of the recorded Linux events are left out: 10 of 50. The target is below 2 %.",
        "| `linux` | `core` | 3 of 4 | 30 | 38 | 1 | 2 |",
        "| `linux` | hand-written | 1 |",
        "| `linux` | `wake` | 5 |",
        "| `a` | 4 | 1 | 1 | 1 | 1 |",
        "| `a/b.ts` | recordings | 2 of 3 | `on: x (1 of 2)` |",
        "| `a/c.ts` | reading | 0 of 3 | `x` |",
        "- `a`: `d.ts`",
      ]),
    );
  });
});
