/** `measure --method simulate`: mistakes of the user are one error, the same seed gives the same bytes, and an interrupt keeps what is done. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { SimulatedRecord } from "../../reports/simulated.ts";
import { engine } from "../engine.ts";
import { faultline } from "../fake-run.ts";
import type { Engine } from "../ports.ts";

const simulating = (args: string): readonly string[] => `measure ${args} --method simulate`.split(" ");
const SHORT = "--events 400 --replications 3";

const recordOf = async (args: string, using: Engine = engine): Promise<SimulatedRecord> => {
  const { code, out, err } = await faultline([...simulating(args), "--json"], using);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as SimulatedRecord;
};
const numberIn = ({ points }: SimulatedRecord, name: string) =>
  points[0]!.numbers.find((one) => one.name === name)?.mean;

describe("refuses with exit code 2", () => {
  test.each([
    ["a seed that is no number", "pri-flat --seed x", '--seed cannot be "x".'],
    ["one replication", "pri-flat --replications 1", "a whole number from 2"],
    ["no events", "pri-flat --events 0", '--events cannot be "0".'],
    ["a negative time", "pri-flat --time -5ms", '--time cannot be "-5ms".'],
    ["a time without a unit", "pri-flat --time 5", "such as 500us, 5ms or 2s"],
    ["events and a time", "pri-flat --time 5ms --events 5", "are both the length"],
    ["a warm-up that is none", "pri-flat --warm-up long", "a number of events, or a time with its unit"],
    ["an unknown workload", "pri-flat --workload randm", "Nearest: random."],
    ["a hot set without numbers", "pri-flat --workload hot-set:1", "hot-set:PIECES:SHARE"],
    ["a hot set of everything", "pri-flat --workload hot-set:2:0.9 --set pages=2", "it must be 1 to 1"],
    ["pieces without a workload", "pri-flat --item-pages 2", "--item-pages is about pieces of a workload"],
    ["pieces larger than memory", "stall-flat --workload random --item-pages 3", "must be 1 to 1"],
    ["pieces larger than a group", "pri-flat --workload random --item-pages 2 --set creditsPerDev=1", "room for 1"],
    ["a workload without work items", "lru-limit --workload random", "has no work items of pages"],
    ["a spread that is none", "pri-flat --spread uniform", "exponential, fixed"],
    ["more pages than it is made for", "pri-flat --set pages=70000", "a whole number from 1 to 65536"],
    ["no page", "pri-flat --set pages=0", "a whole number from 1 to 65536"],
    ["a part of a page", "pri-flat --set pages=1.5", "a whole number from 1 to 65536"],
    ["two sizes of one knob", "pri-flat --set pages=64 --set pages=65", "--set gives pages two values."],
    ["a size and a value of one knob", "pri-flat --set pages=64 --set pages=2", "--set gives pages two values."],
    ["a large value of what is no number", "pri-flat --set core=6400", "core"],
    ["a knob that nothing looks at", "stall-flat --sweep pqEntries=64,128", "nothing in stall-flat looks at pqEntries"],
    ["steps without a time, by name", "group-open", "say nothing of"],
    ["what is kept", "pri-flat --write docs", "numbers.md has measurements of its own."],
    ["a drawing", "pri-flat --svg", "--svg is for bounds, expected and questions."],
    ["too few events for any time", "pin-limit --events 1 --warm-up 0 --jobs 1", "over after 1 steps, at 0 ns."],
    ["the same on threads", "pin-limit --events 1 --warm-up 0 --jobs 2", "Nothing was measured"],
  ])("%s", async (_, args, said) => {
    const { code, err, out } = await faultline(
      [...simulating(args), "--replications", "2"].slice(0, args.includes("--replications") ? -2 : undefined),
      engine,
    );
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(said);
  });

  test.each([
    ["a seed of what is exact", "measure stall-flat --seed 3", "--seed has no effect on bounds."],
    ["a workload of bounds", "measure stall-flat --workload random", "--workload has no effect on bounds."],
    ["threads of a chain", "measure stall-flat --method expected --jobs 2", "--jobs has no effect on expected."],
  ])("%s", async (_, args, said) => {
    const { code, err } = await faultline(args.split(" "), engine);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });
});

test("a number comes with its method, its interval and its assumptions, in at most 100 columns", async () => {
  const { code, out } = await faultline(simulating(`pri-flat ${SHORT} --workload random`), engine);
  expect(code).toBe(0);
  expect(out).toContain("Method: simulate: 3 replications from seed 1, each of 400 events");
  expect(out).toContain("interval of 99 %");
  expect(out).toContain("any piece is as likely as every other one");
  expect(out).toContain('The time of "responses delivers *" is assumed');
  expect(out.split("\n").filter((line) => line.length > 100)).toEqual([]);
});

test("comma-separated values have each number with its interval, and how it was made", async () => {
  const args = `stall-flat ${SHORT} --sweep slots=1,2`;
  const { code, out } = await faultline([...simulating(args), "--csv"], engine);
  expect(code).toBe(0);
  const [head, ...rows] = out.trimEnd().split("\n");
  expect(head).toBe(
    "system,method,piece,slots,number,unit,mean,low,high,replications that have it,confidence,seed,replications,length,warm-up",
  );
  const { points } = await recordOf(args);
  expect(rows).toHaveLength(points[0]!.numbers.length + points[1]!.numbers.length);
  const { name, unit, mean, low, high } = points[0]!.numbers[0]!;
  expect(rows[0]).toBe(
    `stall-flat,simulate,access,1,${name},${unit},${mean},${low},${high},3,0.99,1,3,400 events,40 events`,
  );
});

test("sizes go beyond those of a search, and pieces have several pages", async () => {
  const large = "--set pages=64 --set slots=8 --set pqEntries=64 --set creditsPerDev=32 --set groupMax=4";
  const record = await recordOf(`pri-flat ${large} ${SHORT} --workload random --item-pages 2`);
  expect(record.points[0]!.model.set).toMatchObject({ pages: 64, pqEntries: 64 });
  expect(numberIn(record, "pages that faults have mapped: most seen")).toBeGreaterThan(2);
  // A piece of two pages takes two accesses.
  expect(numberIn(record, "time of a piece of work: mean")).toBeGreaterThan(2 * 465);
});

test("a buffer that is one page larger than the limit faults each time, if it is used in order", async () => {
  const limited = `pin-limit --set reclaim=direct --set slots=1 --set pages=6 --set limit=5 --warm-up 1000 ${SHORT}`;
  expect(numberIn(await recordOf(`${limited} --workload sequential`), "faults per access")).toBe(1);
  expect(numberIn(await recordOf(`${limited} --workload random`), "faults per access")).toBeLessThan(0.5);
});

test("what a simulation has too little of is not printed as a number", async () => {
  const few = "pin-limit --set reclaim=direct --set pages=6 --set limit=5 --events 2000 --replications 2";
  const { points } = await recordOf(few);
  const [{ numbers, assumptions }] = points as [(typeof points)[0]];
  expect(numbers.find(({ name }) => name === "time of a fault: 99 % take less")).toMatchObject({
    mean: null,
    missing: "too few",
  });
  expect(assumptions.filter((one) => one.includes("has only"))).toEqual([
    expect.stringMatching(/^A replication has only \d{3} of "time of a piece of work": the 99 % comes out too low\.$/),
    expect.stringMatching(/^A replication has only \d\d of "time of a fault": for 99 % it needs 100, with more/),
  ]);
  expect(numbers.filter(({ low }) => low !== null && low < 0)).toEqual([]);
  const none = await recordOf(`pri-flat ${SHORT} --per evictions`);
  expect(numberIn(none, "faults per evictions")).toBeNull();
  expect(none.points[0]!.numbers[0]).toMatchObject({ mean: 0, low: 0 });
  expect(none.points[0]!.numbers[0]!.high).toBeGreaterThan(0);
  const { out } = await faultline(simulating(`pri-flat ${SHORT} --per evictions`), engine);
  expect(out).toMatch(/faults per evictions +a replication has no evictions/);
});

test("times are told in the unit that suits them", async () => {
  const { points } = await recordOf("stall-flat --time 50us --warm-up 100ns --replications 2");
  expect(points[0]!.how).toMatchObject({ length: "50 us", warmUp: "100 ns" });
});

test("a ring touches the page of its descriptors before each buffer", async () => {
  const record = await recordOf(
    `pri-flat --set pages=6 --set groupMax=2 --set pqEntries=8 --set creditsPerDev=4 ${SHORT} --workload ring`,
  );
  expect(numberIn(record, "pages that faults have mapped: most seen")).toBe(6);
  expect(record.points[0]!.assumptions[0]).toContain("a ring of descriptors");
});

test("fixed times are each their mean: without faults, an access takes 465 ns", async () => {
  const record = await recordOf("stall-flat --set slots=1 --spread fixed --events 60 --warm-up 50 --replications 2");
  expect(numberIn(record, "time of a piece of work: longest seen")).toBeCloseTo(465, 6);
});

test("a knob and a cost without effect are named", async () => {
  const { err } = await faultline(
    simulating(`stall-flat ${SHORT} --hardware smmu-stall --set pqEntries=64 --cost translation=5`),
    engine,
  );
  expect(err).toBe(
    "faultline: nothing in stall-flat looks at pqEntries in some run.\nfaultline: nothing in stall-flat looks at the cost translation in some run.\n",
  );
});

test("after Ctrl-C the replications that are done are kept, and the exit code says so", async () => {
  const control = new AbortController();
  const interrupting: Engine = {
    ...engine,
    replicate: async (request, asked, number, watch) => {
      const done = await engine.replicate(request, asked, number, watch);
      if (number === 1) control.abort(130);
      return done;
    },
  };
  const { code, out } = await faultline(
    [...simulating("stall-flat --sweep slots=1,2 --events 200 --replications 5"), "--json"],
    interrupting,
    { signal: control.signal },
  );
  const { points, left } = JSON.parse(out) as SimulatedRecord;
  expect({ code, left, done: points.map(({ how }) => how.done) }).toEqual({ code: 130, left: 1, done: [2] });
});

test("the same seed gives the same bytes, on one thread and on two, and another seed gives others", () => {
  const program = fileURLToPath(new URL("../faultline.mjs", import.meta.url));
  const of = (args: string): string => {
    const { stdout, status } = spawnSync(process.execPath, [program, ...simulating(`stall-flat ${SHORT} ${args}`)], {
      encoding: "utf8",
    });
    expect(status).toBe(0);
    return stdout;
  };
  const one = of("--jobs 1");
  expect(of("--jobs 2")).toBe(one);
  expect(of("--jobs 1 --seed 2")).not.toBe(one.replace("seed 1", "seed 2"));
}, 60_000);
