/** Every question is answered as expected, and the page of findings says what the model says. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { answersText, findingsPage } from "../../reports/answers.ts";
import { Answering, type Answer } from "../../scenarios/answer.ts";
import { scenarios } from "../../scenarios/questions/index.ts";
import { study } from "../../scenarios/questions/request.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { engine } from "../engine.ts";
import { faultline } from "../fake-run.ts";

const answering = new Answering(scenarios);
const answers = new Map<string, Answer>();

const answerOf = (scenario: Scenario): Answer => {
  const answer = answers.get(scenario.id) ?? answering.answer(scenario);
  answers.set(scenario.id, answer);
  return answer;
};

describe("the questions", () => {
  test("have names of their own, end with a question mark, and cite rows that exist", () => {
    expect(new Set(scenarios.map(({ id }) => id)).size).toBe(scenarios.length);
    expect(scenarios.filter(({ id }) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(id)).map(({ id }) => id)).toEqual([]);
    expect(scenarios.filter(({ question }) => !/^\S[^\n]*\?$/.test(question)).map(({ id }) => id)).toEqual([]);
    expect(scenarios.flatMap(({ rows }) => rows).filter((row) => row < 1 || row > 75)).toEqual([]);
    expect(scenarios.filter(({ runs }) => runs.every(({ expect: all }) => Object.keys(all).length === 0))).toEqual([]);
  });

  test.each(scenarios)("$id is answered as expected", (scenario) => {
    const { runs, asExpected } = answerOf(scenario);
    const differing = runs.flatMap(({ label, compared }) =>
      compared
        .filter((one) => !one.asExpected)
        .map(
          ({ property, expected, found }) => `${label}: ${property} ${found?.kind ?? "not claimed"}, not ${expected}`,
        ),
    );
    expect(differing).toEqual([]);
    expect(asExpected).toBe(true);
  });

  test("docs/findings.md says what the model says (npm run findings)", () => {
    const page = readFileSync(fileURLToPath(new URL("../../docs/findings.md", import.meta.url)), "utf8");
    expect(page).toBe(findingsPage(scenarios.map(answerOf)));
  });
});

describe("an answer that the model does not give", () => {
  const { chart: _, ...plain } = scenarios[0]!;
  const wrong: Scenario = { ...plain, id: "a-wrong-answer" };
  const [first] = scenarios[0]!.runs;
  const [[property, verdict] = []] = Object.entries(first!.expect);
  const opposite = verdict === "violated" ? "holds" : "violated";

  test("is told as not expected", () => {
    const scenario = { ...wrong, runs: [{ ...first!, expect: { [property!]: opposite } as const }] };
    const answer = new Answering([scenario]).answer(scenario);
    expect(answer.asExpected).toBe(false);
    expect(answersText([answer])).toContain(`BUT EXPECTED: ${opposite}`);
  });

  test("nor is a claim that the system does not make", () => {
    const scenario = { ...wrong, runs: [{ ...first!, expect: { "STL-1": "holds" as const } }] };
    const answer = new Answering([scenario]).answer(scenario);
    expect(answer.asExpected).toBe(false);
    expect(answersText([answer])).toContain("not claimed of this system");
  });

  test("cannot hide behind a system that cannot be built", () => {
    const scenario = { ...wrong, runs: [{ ...first!, request: study("pri-flat", "rfc-v1-on-groups") }] };
    expect(() => new Answering([scenario]).answer(scenario)).toThrow(/any/);
  });
});

describe("what is told with an answer", () => {
  const told = (id: string): Answer => answerOf(scenarios.find((scenario) => scenario.id === id)!);

  test("figures are a table with their source, in the mail and on the page", () => {
    const answer = told("cold-start");
    const { rows, source } = answer.figures!;
    expect(rows.every((row) => row.length === answer.figures!.columns.length)).toBe(true);
    for (const text of [answersText([answer]), findingsPage([answer])])
      for (const cell of rows.flat()) expect(text).toContain(cell);
    expect(findingsPage([answer])).toContain(source);
    expect(
      answersText([answer])
        .split("\n")
        .filter((line) => line.length > 78 && !line.includes("npx")),
    ).toEqual([]);
  });

  test("look-ups and locks are counted, and named once each", () => {
    const text = answersText([told("look-ups-per-fault")]);
    expect(text).toMatch(/4 look-ups: the device's handler, the group tree, vfio_find_dma\(\),\s+the pending fault/);
    expect(findingsPage([told("look-ups-per-fault")])).toContain("fault_param->lock (2)");
  });

  test("a count on the way to what is not witnessed is told as not expected", () => {
    const scenario = scenarios.find(({ id }) => id === "look-ups-per-fault")!;
    const wrong = { ...scenario, id: "a-wrong-count", countsTo: scenario.runs.map(() => "STL-4") };
    expect(new Answering([wrong]).answer(wrong).asExpected).toBe(false);
  });
});

describe("faultline scenarios", () => {
  const { id } = scenarios[0]!;

  test("answers one question in lines that a mail can carry", async () => {
    const { code, out } = await faultline(["scenarios", id], engine);
    expect(code).toBe(0);
    expect(out).toContain("1 question answered, all as expected.");
    expect(out.split("\n").filter((line) => line.length > 78 && !line.includes("npx faultline"))).toEqual([]);
  });

  test("2: an unknown name, with the nearest ones", async () => {
    const { code, err } = await faultline(["scenarios", `${id}x`], engine);
    expect(code).toBe(2);
    expect(err).toContain(id);
  });

  const one = { ...engine, scenarios: engine.scenarios.slice(0, 1) };

  test("2: a page that cannot be read", async () => {
    const { code, err } = await faultline(["scenarios", "--compare", "no/such.md"], one);
    expect(code).toBe(2);
    expect(err).toContain("no/such.md");
  });

  test("130: an interrupt ends it before the next question", async () => {
    const control = new AbortController();
    const answer: typeof engine.answer = async (name, together) => {
      setImmediate(() => control.abort());
      return engine.answer(name, together);
    };
    const two = { ...engine, scenarios: engine.scenarios.slice(0, 2), answer };
    const { code, err } = await faultline(["scenarios"], two, { signal: control.signal });
    expect(code).toBe(130);
    expect(err).toContain("1 of 2 questions were not asked");
  });

  test("1: a page that says something else", async () => {
    const { code, err } = await faultline(["scenarios", "--compare", "package.json"], one);
    expect(code).toBe(1);
    expect(err).toContain("npm run findings");
  });
});
