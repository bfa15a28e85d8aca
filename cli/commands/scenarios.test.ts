/** Every question is answered as expected, and the pages of answers say what the model says. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { answersText } from "../../reports/answers.ts";
import { findingsPages, WRITTEN } from "../../reports/findings.ts";
import { Answering, type Answer } from "../../scenarios/answer.ts";
import { scenarios, subjects } from "../../scenarios/questions/index.ts";
import { study } from "../../scenarios/questions/request.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { engine } from "../engine.ts";
import { faultline, fresh } from "../fake-run.ts";
import { pagesOf } from "./scenarios.ts";

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

  /** "D-06", "B26", "K9": an id of the lists in docs/sources.md without the words that follow it. */
  const BARE = /(?<![\w-])(?:[BDI]-\d\d|[BDHIKLNPS]\d{1,2}b?)(?![\w-])(?! \(|: )/g;

  test("follow each id of a list with what it says", () => {
    const bare = scenarios.flatMap(({ id, askedBy, question, given, when, answer }) =>
      // The second stage of the SMMU is a word of a kernel's subject.
      ([askedBy, question, given, when, answer].join("\n").replace("behaviour for S2", "").match(BARE) ?? []).map(
        (code) => `${id}: ${code}`,
      ),
    );
    expect(bare).toEqual([]);
    expect("RFC v2 (D-06), B26".match(BARE)).toEqual(["D-06", "B26"]);
    expect("D-06 (a deadlock), B26: a leak, M2, 6.12".match(BARE)).toBeNull();
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

  const docs = fileURLToPath(new URL("../../docs/", import.meta.url));
  const there = (path: string): string => (existsSync(docs + path) ? readFileSync(docs + path, "utf8") : "");
  let written: ReadonlyMap<string, string> | undefined;
  const pages = (): ReadonlyMap<string, string> => (written ??= pagesOf(engine, scenarios.map(answerOf)));

  test.each(["thread.md", "shipped.md", "findings/README.md", ...subjects.map(({ id }) => `findings/${id}.md`)])(
    "docs/%s says what the model says (npm run findings)",
    (path) => expect(there(path)).toBe(pages().get(path)),
  );

  test("docs/findings has no page besides", () => {
    expect(readdirSync(`${docs}findings`).filter((name) => !pages().has(`findings/${name}`))).toEqual([]);
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
    expect(answersText([answer]).replace(/\s+/g, " ")).toContain(`BUT EXPECTED: ${opposite}`);
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
  /** The page of a subject that has this answer only. */
  const pageOf = (answer: Answer): string =>
    findingsPages([answer], { ...engine.book, subjects: [{ id: "one", title: "One", scenarios: [answer] }] }).get(
      "one.md",
    )!;

  test("a long chart is drawn on the page and for one question, and named by its command among others", () => {
    const answer = told("look-ups-per-fault");
    const last = /is (?:seen|violated|witnessed)[^\n]* after step \d+/;
    const long = { ...answer, chart: told("answer-per-request").chart! };
    expect(pageOf(long)).toContain("<details>");
    expect(pageOf(long)).toMatch(last);
    expect(answersText([long])).toMatch(last);
    expect(answersText([long, long])).not.toMatch(last);
    expect(answersText([long, long])).toContain("npx faultline scenarios look-ups-per-fault");
  });

  test("no property is named without what it claims, and no row without what it says", () => {
    const answer = told("look-ups-per-fault");
    for (const text of [answersText([answer], engine.book.rows), pageOf(answer)]) {
      const flat = text.replaceAll(/\s+/g, " ");
      for (const { compared } of answer.runs) for (const { statement } of compared) expect(flat).toContain(statement);
      expect(flat).toContain("The look-ups for each fault are excessive.");
    }
  });

  test("figures are a table with their source, in the mail and on the page", () => {
    const answer = told("cold-start");
    const { rows, source } = answer.figures!;
    expect(rows.every((row) => row.length === answer.figures!.columns.length)).toBe(true);
    for (const text of [answersText([answer]), pageOf(answer)])
      for (const cell of rows.flat()) expect(text).toContain(cell);
    expect(pageOf(answer)).toContain(source);
    expect(
      answersText([answer])
        .split("\n")
        .filter((line) => line.length > 78 && !line.includes("npx")),
    ).toEqual([]);
  });

  test("look-ups and locks are counted, and named once each", () => {
    const text = answersText([told("look-ups-per-fault")]);
    expect(text).toMatch(/4 look-ups: the device's handler, the group tree, vfio_find_dma\(\),\s+the pending fault/);
    expect(pageOf(told("look-ups-per-fault"))).toContain("fault_param->lock (2)");
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

  test("2: names together with a choice, or with a folder of pages", async () => {
    for (const more of [["--all"], ["--message", "M2"], ["--findings", "docs"]]) {
      const { code, out, err } = await faultline(["scenarios", id, ...more], engine);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toContain("Expected");
    }
  });

  test("--all answers what was chosen, each once", async () => {
    const { code, out } = await faultline(["scenarios", "--subject", "look-ups", "--all"], engine);
    expect(code).toBe(0);
    expect(out).toContain("1 question answered, all as expected.");
  });

  test("130: an interrupt ends it before the next question", async () => {
    const control = new AbortController();
    const answers: typeof engine.answers = async (ids, watch) => {
      const answered = await engine.answers(ids, watch);
      control.abort();
      return answered;
    };
    const two = { ...engine, scenarios: [engine.scenarios.at(0)!, engine.scenarios.at(-1)!], answers };
    const { code, err } = await faultline(["scenarios", "--all"], two, { signal: control.signal });
    expect(code).toBe(130);
    expect(err).toContain("1 of 2 questions were not searched");
  });
});

describe("the pages of answers", () => {
  const answers: typeof engine.answers = async (ids) =>
    ids.map((id) => answerOf(scenarios.find((one) => one.id === id)!));
  const quick = { ...engine, answers };
  const folderWith = (files: { readonly [name: string]: string }): string => {
    const folder = fresh();
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return folder;
  };

  test("are written whole, a stale one goes, and what somebody else wrote stays", async () => {
    const folder = folderWith({ "findings/gone.md": `# Gone\n\n${WRITTEN}\n`, "findings/notes.md": "# Mine\n" });
    expect((await faultline(["scenarios", "--findings", folder], quick)).code).toBe(0);
    expect(readdirSync(join(folder, "findings")).sort()).toEqual(
      ["README.md", "notes.md", ...subjects.map(({ id }) => `${id}.md`)].sort(),
    );
    expect((await faultline(["scenarios", "--compare", folder], quick)).code).toBe(0);
  });

  test("1: one that says something else, is missing, or is stale is named", async () => {
    const folder = folderWith({});
    mkdirSync(folder);
    expect((await faultline(["scenarios", "--findings", folder], quick)).code).toBe(0);
    writeFileSync(join(folder, "thread.md"), "# Something else\n");
    writeFileSync(join(folder, "findings/gone.md"), WRITTEN);
    const { code, err } = await faultline(["scenarios", "--compare", folder], quick);
    expect(code).toBe(1);
    expect(err).toContain(`2 pages are out of date: ${folder}/thread.md, ${folder}/findings/gone.md`);
    expect(err).toContain("npm run findings");
  });

  test.each(["--findings", "--compare"])(
    "2: %s of no folder is refused before any question is asked",
    async (option) => {
      for (const path of ["no/such", "package.json"]) {
        const { code, err } = await faultline(["scenarios", option, path], engine);
        expect(code).toBe(2);
        expect(err).toContain(path);
      }
    },
  );
});
