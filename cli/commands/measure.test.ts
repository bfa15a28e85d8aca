/** `measure`: mistakes of the user are one error, and an interrupt keeps what is done. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FoundRecord } from "../../reports/found.ts";
import type { MeasureRecord } from "../../reports/measure.ts";
import { DRAWINGS, figuresOf, numbersPage } from "../../reports/numbers.ts";
import { figureSvg } from "../../reports/plots/svg.ts";
import { numberQuestions } from "../../scenarios/numbers.ts";
import { engine } from "../engine.ts";
import { fakeEngine, fakeTerminal } from "../fake-engine.ts";
import { faultline, fresh } from "../fake-run.ts";
import type { Engine } from "../ports.ts";
import { commandOf, FOUND, measuredQuestions } from "./numbers.ts";

const quick: Engine = { ...engine, measure: fakeEngine.measure, found: fakeEngine.found };

const written = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

describe("refuses with exit code 2", () => {
  test.each([
    ["a count that nothing is", "rfc --count lokcs", 'there is no count "lokcs".\n  Nearest: locks.'],
    ["a count that nothing in the system emits", "rfc --count walks", "nothing in rfc counts as walks."],
    ["an unknown piece of work", "stall-flat --per falt", "Nearest: fault"],
    ["an unknown method", "stall-flat --method boudns", "Nearest: bounds."],
    ["a method that is none", "stall-flat --method simulat", "one of bounds, expected, simulate"],
    ["a negative time", "stall-flat --method expected --cost access=-4", 'the cost of access cannot be "-4".'],
    ["no time", "stall-flat --method expected --cost access=0", "a number of ns above 0"],
    ["a time that is no digits", "stall-flat --method expected --cost access=1e3", "in digits, such as 250"],
    ["choices beside the page", "--write docs --set pages=2", "numbers.md has measurements of its own."],
    ["an unknown time", "stall-flat --method expected --cost acess=4", "Nearest: access."],
    ["times where none is used", "stall-flat --cost access=4", "--cost has no effect on bounds"],
    ["a knob that nothing looks at", "stall-flat --sweep pqEntries=1,2", "nothing in stall-flat looks at pqEntries"],
    ["a value that the knob cannot have", "stall-flat --sweep pages=0,1", "pages"],
    ["the same value twice", "stall-flat --sweep pages=1,1", 'the value of pages "1" is given twice.'],
    ["a knob that is also set", "stall-flat --set pages=1 --sweep pages=1,2", "--set and --sweep both"],
    ["steps without a time, by name", "mm-events --method expected", '"mm-process: process.calls"'],
    ["too many states", "stall-flat --max-states 5", "more than 5 states"],
    ["no system", "--method bounds", "measure needs a system."],
    ["an unknown question", "--question worknig-set", 'there is no question "worknig-set".\n  Nearest: working-set.'],
    ["choices beside a question", "pin-limit --question load", "a question has sizes and times of its own."],
    ["two forms at once", "stall-flat --csv --svg", "--csv and --svg exclude each other."],
    ["a question beside the page", "--write docs --question load", "numbers.md has measurements of its own."],
    ["a drawing of two values", "stall-flat --sweep pages=1,2 --count locks --svg", "there is nothing to draw."],
  ])("%s", async (_, args, said) => {
    const { code, err, out } = await faultline(["measure", ...args.split(" ")], engine);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(said);
  });
});

test("a number is printed with its method, its sizes and its assumptions, in at most 78 columns", async () => {
  const { code, out } = await faultline(["measure", "stall-flat", "--count", "locks"], engine);
  expect(code).toBe(0);
  expect(out).toContain("Method: bounds: least and most over all runs, exact.");
  expect(out).toContain("31 states");
  expect(out).toContain("Every run counts");
  expect(out).toContain("Of locks are not counted");
  expect(out.split("\n").filter((line) => line.length > 78)).toEqual([]);
});

test("a cost that no step takes is named", async () => {
  const args = "measure stall-flat --hardware smmu-stall --method expected --cost translation=5 --cost access=5";
  const { code, err } = await faultline(args.split(" "), engine);
  expect({ code, err }).toEqual({
    code: 0,
    err: "faultline: nothing in stall-flat looks at the cost translation in some run.\n",
  });
});

test("an assumption of some points comes with their choices", async () => {
  const { out } = await faultline("measure stall-flat --sweep slots=1,2 --count locks".split(" "), engine);
  expect(out).toContain("- With slots 2: A piece can begin while another");
  expect(out).toContain("- Every run counts");
});

test("after Ctrl-C the points that were measured are kept, and the exit code says so", async () => {
  const control = new AbortController();
  const interrupting: Engine = {
    ...quick,
    measure: async (...of) => {
      control.abort(130);
      return quick.measure(...of);
    },
  };
  const args = ["measure", "stall-flat", "--sweep", "pages=1,2,3", "--json"];
  const { code, out } = await faultline(args, interrupting, { signal: control.signal });
  const { points, left } = JSON.parse(out) as MeasureRecord;
  expect({ code, measured: points.length, left }).toEqual({ code: 130, measured: 1, left: 2 });
});

test.each([
  ["text", "stall-flat: nothing was measured.\nInterrupted: 3 points not measured.\n", ""],
  [
    "--csv",
    expect.stringMatching(/^system,method,piece,[^\n]*\n$/),
    "faultline: interrupted: 3 points not measured.\n",
  ],
  ["--svg", "", "faultline: interrupted: 3 points not measured.\n"],
])("after Ctrl-C before the first point all are said to be missing: %s", async (form, out, err) => {
  const args = ["measure", "stall-flat", "--sweep", "pages=1,2,3", ...(form === "text" ? [] : [form])];
  expect(await faultline(args, quick, { signal: AbortSignal.abort(130) })).toMatchObject({ code: 130, out, err });
});

describe("values and drawings", () => {
  const SWEPT = "measure pin-limit --hardware smmu-stall --design rfc-v1 --set reclaim=none --sweep limit=1,2,3".split(
    " ",
  );
  const asked = async (...args: string[]) => (await faultline([...SWEPT, "--count", "locks", ...args], engine)).out;

  test("of a sweep are in the order of its values, with a row for each", async () => {
    const [head, ...rows] = (await asked("--csv")).trimEnd().split("\n");
    expect(head).toContain("system,method,piece,limit,count,least,most");
    expect(rows.map((row) => row.split(",")[3])).toEqual(["1", "2", "3"]);
    expect(await asked()).toContain("  a  locks, at most\n");
    expect(await asked("--svg")).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  test("of what is expected have the time of a fault in each form, and no throughput is rounded to nothing", async () => {
    const expected = ["--set", "reclaim=direct", "--set", "slots=1", "--set", "pages=2", "--method", "expected"];
    const slow = ["--cost", "access=1000000000000"];
    const of = async (...args: string[]) =>
      (
        await faultline(
          ["measure", "pin-limit", ...SWEPT.slice(2, 6), ...expected, ...slow, "--count", "faults", ...args],
          engine,
        )
      ).out;
    const { points } = JSON.parse(await of("--json")) as MeasureRecord;
    const { mean, median, most99 } = points[0]!.fault!;
    const [head, row] = (await of("--csv")).trimEnd().split("\n");
    expect(head!.split(",").slice(-3)).toEqual(["fault mean (ns)", "fault 50 % (ns)", "fault 99 % (ns)"]);
    expect(row!.split(",").slice(-3)).toEqual([mean, median, most99].map(String));
    expect(await of()).toMatch(/per second +fault \(mean\)[^\n]*\n0\.5 +0\.001 /);
  });

  test.each([
    ["text", "A figure\n\n  faults\n"],
    ["--json", '"schema":"faultline-found/1"'],
    ["--csv", "series,limit,faults,low,high\none,1,0.5,,\n"],
    ["--svg", "<title>A figure</title>"],
  ])("of a question: %s", async (form, said) => {
    const { code, out } = await faultline(["measure", "--question", "load", ...(form === "text" ? [] : [form])], quick);
    expect({ code, has: out.includes(said) }).toEqual({ code: 0, has: true });
  });

  test("of a question that is interrupted are none", async () => {
    const { code, out } = await faultline(["measure", "--question", "load"], engine, {
      signal: AbortSignal.abort(130),
    });
    expect({ code, out }).toEqual({ code: 130, out: "" });
  });
});

describe("docs/numbers.md", () => {
  test("says what is measured (npm run findings)", async () => {
    const measured = await measuredQuestions(engine, fakeTerminal().terminal);
    const found = JSON.parse(written(FOUND)) as readonly FoundRecord[];
    expect(numbersPage(measured!, found)).toBe(written("numbers.md"));
    for (const figure of figuresOf(measured!, found))
      expect(figureSvg(figure)).toBe(written(`${DRAWINGS}/${figure.name}.svg`));
  });

  test("has command lines that this tool takes", async () => {
    for (const question of numberQuestions)
      expect((await faultline(commandOf(question).split(" ").slice(2), quick)).code).toBe(0);
  });

  test("is not written after Ctrl-C", async () => {
    const out = fresh();
    mkdirSync(out);
    const { code } = await faultline(["measure", "--write", out], quick, { signal: AbortSignal.abort(130) });
    expect(code).toBe(130);
    expect(existsSync(join(out, "numbers.md"))).toBe(false);
  });

  test("after Ctrl-C keeps the answers before it, and says which of the others are earlier ones", async () => {
    const out = fresh();
    mkdirSync(out);
    const answering = (answer: string, last?: string, control?: AbortController): Engine => ({
      ...quick,
      found: async (name, watch) => {
        if (name === last) control?.abort(130);
        return name === last ? undefined : { ...(await quick.found(name, watch))!, answer };
      },
    });
    const written = () => JSON.parse(readFileSync(join(out, FOUND), "utf8")) as readonly FoundRecord[];
    const interrupted = async (answer: string, last: string) => {
      const control = new AbortController();
      const engineOfIt = answering(answer, last, control);
      return faultline(["measure", "--write", out], engineOfIt, { signal: control.signal });
    };
    const first = await interrupted("Old.", "policies");
    expect({ code: first.code, answers: written().map(({ answer }) => answer) }).toEqual({
      code: 130,
      answers: Array.from({ length: 8 }, () => "Old."),
    });
    expect(first.err).toContain("have no answer, and the page leaves them out: policies, density.");
    const second = await interrupted("New.", "working-set");
    expect(second.code).toBe(130);
    expect(second.err).toContain(
      "keep their earlier answer: working-set, levels, load, growth, overflow, replacement.",
    );
    expect(written().map(({ answer }) => answer)).toEqual(["New.", "New.", ...Array.from({ length: 6 }, () => "Old.")]);
    expect(readFileSync(join(out, "numbers.md"), "utf8")).toContain("New.");
  });
});

test("each policy has expected numbers, and a virtual IOMMU is slower than pinning", async () => {
  const perSecond = async (design: string) => {
    const { code, out } = await faultline(
      `measure policies --design ${design} --bounds small --method expected --json`.split(" "),
      engine,
    );
    expect(code).toBe(0);
    return (JSON.parse(out) as { points: readonly { perSecond: number }[] }).points[0]!.perSecond;
  };
  const pinned = await perSecond("pin-all");
  expect(await perSecond("viommu")).toBeLessThan(pinned / 10);
  expect(await perSecond("snoop")).toBeLessThan(pinned);
});
