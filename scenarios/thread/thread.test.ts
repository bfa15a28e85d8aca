/** The RFC thread: every row is answered by a scenario that cites it, or says why none does; who asked is who wrote. */
import { describe, expect, test } from "vitest";
import { scenarios } from "../questions/index.ts";
import type { Scenario } from "../scenario.ts";
import { elsewhere, messages, rows, thread, type Row } from "./index.ts";

const messageIds = messages.map(({ id }) => id);
const citing = (row: number): readonly string[] =>
  scenarios.filter((one) => one.rows.includes(row)).map(({ id }) => id);

/** What is wrong with the rows, one line each. */
function mistakes(some: readonly Row[]): readonly string[] {
  return some.flatMap(({ row, messages: of, said, answer, answeredBy, because }) => [
    ...(answeredBy.length === 0 && because === undefined ? [`row ${row}: neither answered nor said why not`] : []),
    ...(answeredBy.length > 0 && because !== undefined ? [`row ${row}: answered, and said why not`] : []),
    ...(answeredBy.length === 0 && citing(row).length > 0 ? [`row ${row}: ${citing(row).join(", ")} cite it`] : []),
    ...answeredBy.filter((id) => !citing(row).includes(id)).map((id) => `row ${row}: ${id} does not cite it`),
    ...of.filter((id) => !messageIds.includes(id)).map((id) => `row ${row}: no message ${id}`),
    ...[said, answer ?? "One."]
      .filter((text) => !/^[A-Za-z_]+[^\n]*[.?]$/.test(text))
      .map((text) => `row ${row}: "${text}"`),
  ]);
}

/** Scenarios whose "(M2)" is beside another author or date than those of M2. */
function misattributed(some: readonly Pick<Scenario, "id" | "askedBy">[]): readonly string[] {
  return some.flatMap(({ id, askedBy }) =>
    [...askedBy.matchAll(/\b(M\d+)\b/g)].flatMap(([, name]) => {
      const message = messages.find((one) => one.id === name);
      if (message === undefined) return [`${id}: no message ${name}`];
      const isCover = name === "M1" && askedBy.includes("cover letter");
      return isCover || (askedBy.includes(message.from) && askedBy.includes(message.date)) ? [] : [`${id}: ${askedBy}`];
    }),
  );
}

describe("the RFC thread", () => {
  test("has 19 messages, in order, each with an id of its own", () => {
    expect(messageIds).toEqual(Array.from({ length: 19 }, (_, k) => `M${k + 1}`));
    expect(messages.map(({ date }) => date)).toEqual(messages.map(({ date }) => date).toSorted());
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(19);
    expect(messages.filter(({ messageId }) => !/^\S+@\S+$/.test(messageId) || /[<>]/.test(messageId))).toEqual([]);
    expect(thread.author).toBe(messages[0]!.from);
  });

  test("has 75 rows, each answered by a scenario that cites it, or with a reason", () => {
    expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: 75 }, (_, k) => k + 1));
    expect(mistakes(rows)).toEqual([]);
  });

  test("is cited by scenarios under the name and the date of the author", () => {
    expect(misattributed(scenarios)).toEqual([]);
    expect(scenarios.filter(({ askedBy }) => /\bM\d/.test(askedBy)).length).toBeGreaterThanOrEqual(48);
  });

  test("is asked in by every question that a row names as asked there", () => {
    const named = new Set(rows.flatMap(({ answeredBy }) => answeredBy));
    const direct = scenarios.filter(({ askedBy }) => /\bM\d/.test(askedBy)).map(({ id }) => id);
    expect(direct.filter((id) => !named.has(id))).toEqual([]);
  });

  test("leaves words that people search for with one sentence, a place, and scenarios that exist", () => {
    const ids = scenarios.map(({ id }) => id);
    expect(elsewhere.flatMap(({ see = [] }) => see).filter((id) => !ids.includes(id))).toEqual([]);
    expect(elsewhere.filter(({ sentence }) => !/^[A-Z].*\.$/.test(sentence))).toEqual([]);
    const words = elsewhere.flatMap((one) => one.words);
    expect(new Set(words).size).toBe(words.length);
    for (const word of ["huge page", "latency", "bandwidth", "boot time", "silent guest", "PASID"])
      expect(words).toContain(word);
  });
});

describe("the comparison finds", () => {
  const [first] = rows;
  test.each([
    ["a row without an answer or a reason", { ...first!, answeredBy: [] }, "neither answered"],
    ["a scenario that does not cite the row", { ...first!, answeredBy: ["silent-user"] }, "silent-user does not cite"],
    ["a message that is none", { ...first!, messages: ["M20"] }, "no message M20"],
    ["a reason beside an answer", { ...first!, because: "no." }, "answered, and said why not"],
    ["an answer that is no sentence", { ...first!, answer: "no" }, '"no"'],
  ])("%s", (_, wrong, said) => expect(mistakes([wrong]).join("; ")).toContain(said));

  test("an author who is another", () => {
    expect(misattributed([{ id: "a-b", askedBy: "Kevin Tian, 2021-01-29 (M2)" }])).toHaveLength(1);
    expect(misattributed([{ id: "a-b", askedBy: "Kevin Tian, 2021-02-01 (M40)" }])).toEqual(["a-b: no message M40"]);
  });
});
