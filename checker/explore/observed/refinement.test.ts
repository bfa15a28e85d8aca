import { describe, expect, test } from "vitest";
import { refines, walk, type Side } from "./refinement.ts";

/** A textbook automaton: for each state, what it shows ("" is silent, "a b" two messages in one step) and where it goes. */
type Drawn = { readonly [state: string]: readonly (readonly [shows: string, to: string])[] };

const mark = (name: string) => ({ name, fields: {} });
const drawn = (automaton: Drawn, initial = Object.keys(automaton)[0]!): Side<string> => ({
  initial,
  key: (state) => state,
  steps: (state) =>
    automaton[state]!.map(([shows, to]) => ({
      to,
      marks: shows.split(" ").filter(Boolean).map(mark),
      what: `${state} to ${to}`,
    })),
});
const LIMITS = { pairs: 1000, simple: 1000 };
const compare = (detailed: Drawn, simple: Drawn) => refines(drawn(detailed), drawn(simple), LIMITS);
const names = (marks: readonly { readonly name: string }[]) => marks.map(({ name }) => name).join(" ");

/** Lynch and Tuttle's vending machines: one chooses when it is paid, the other when it is asked. */
const EARLY: Drawn = {
  0: [
    ["coin", "tea"],
    ["coin", "coffee"],
  ],
  tea: [["tea", "0"]],
  coffee: [["coffee", "0"]],
};
const LATE: Drawn = {
  0: [["coin", "1"]],
  1: [
    ["tea", "0"],
    ["coffee", "0"],
  ],
};
/** A buffer for one message, for two, and for two in which the second place is reached by a silent step. */
const ONE: Drawn = { 0: [["in", "1"]], 1: [["out", "0"]] };
const TWO: Drawn = {
  0: [["in", "1"]],
  1: [
    ["in", "2"],
    ["out", "0"],
  ],
  2: [["out", "1"]],
};
const PASSED_ON: Drawn = {
  "0-0": [["in", "1-0"]],
  "1-0": [["", "0-1"]],
  "0-1": [
    ["in", "1-1"],
    ["out", "0-0"],
  ],
  "1-1": [["out", "1-0"]],
};

describe("whether one system can do only what another can", () => {
  test("takes every state in which the simple system may be, so the moment of a choice does not count", () => {
    expect(compare(EARLY, LATE)).toEqual({ kind: "refines", pairs: 3, simple: 2, shown: ["coffee", "coin", "tea"] });
    expect(compare(LATE, EARLY).kind).toBe("refines");
  });

  test("finds the shortest trace that only the detailed system can do, and what the simple one could do instead", () => {
    expect(compare(ONE, TWO).kind).toBe("refines");
    const found = compare(TWO, ONE);
    expect(found).toEqual({
      kind: "does-not",
      trace: [mark("in"), mark("in")],
      steps: [
        { what: "0 to 1", marks: [mark("in")] },
        { what: "1 to 2", marks: [mark("in")] },
      ],
      instead: [mark("out")],
    });
  });

  test("closes over silent steps of either side: two buffers of one in a row are a buffer of two", () => {
    expect(compare(PASSED_ON, TWO).kind).toBe("refines");
    expect(compare(TWO, PASSED_ON).kind).toBe("refines");
    const found = compare(PASSED_ON, ONE);
    expect(found.kind === "does-not" && names(found.trace)).toBe("in in");
    expect(found.kind === "does-not" && found.steps.map(({ what }) => what)).toEqual([
      "0-0 to 1-0",
      "1-0 to 0-1",
      "0-1 to 1-1",
    ]);
  });

  test("a shortest trace is the one with the fewest messages, however many silent steps it takes", () => {
    const found = compare(
      {
        0: [
          ["", "1"],
          ["a b c", "0"],
        ],
        1: [["", "2"]],
        2: [["a", "3"]],
        3: [["c", "0"]],
      },
      { 0: [["a", "1"]], 1: [["b", "0"]] },
    );
    expect(found.kind === "does-not" && names(found.trace)).toBe("a c");
    expect(found.kind === "does-not" && names(found.instead)).toBe("b");
  });

  test("several messages of one step are a trace like those of several steps", () => {
    expect(compare({ 0: [["in out", "0"]] }, ONE).kind).toBe("refines");
    expect(compare(ONE, { 0: [["in out", "0"]] }).kind).toBe("refines");
    const found = compare({ 0: [["in out out", "0"]] }, TWO);
    expect(found.kind === "does-not" && names(found.trace)).toBe("in out out");
  });

  test("fields are part of a message", () => {
    const shows = (value: number): Side<number> => ({
      initial: 0,
      key: String,
      steps: () => [{ to: 0, marks: [{ name: "in", fields: { value } }], what: null }],
    });
    expect(refines(shows(1), shows(1), LIMITS).kind).toBe("refines");
    expect(refines(shows(1), shows(2), LIMITS)).toMatchObject({
      kind: "does-not",
      instead: [{ fields: { value: 2 } }],
    });
  });

  test("chatter without end ends at a bound, on either side, and silent circles are no chatter", () => {
    const chatter = (shows: readonly string[]): Side<number> => ({
      initial: 0,
      key: String,
      steps: (state) => [{ to: state + 1, marks: shows.map(mark), what: state }],
    });
    expect(refines(chatter([]), drawn(ONE), LIMITS)).toEqual({
      kind: "bound",
      because: "the detailed system has more than 1000 states",
    });
    expect(refines(drawn(ONE), chatter([]), LIMITS)).toEqual({
      kind: "bound",
      because: "the simple system has more than 1000 states",
    });
    expect(refines(chatter(["in"]), drawn({ 0: [["in", "0"]] }), LIMITS).kind).toBe("bound");
    expect(
      compare(
        {
          0: [
            ["", "0"],
            ["in", "1"],
          ],
          1: [
            ["", "1"],
            ["out", "0"],
          ],
        },
        ONE,
      ).kind,
    ).toBe("refines");
  });
});

describe("walking a trace in a stand-in", () => {
  test("says how much of it the stand-in can do", () => {
    expect(walk(drawn(PASSED_ON), ["in", "in", "in"].map(mark), LIMITS)).toEqual({
      kind: "walked",
      accepted: 2,
      next: [mark("out")],
    });
    expect(walk(drawn(ONE), ["in", "out"].map(mark), LIMITS)).toMatchObject({ accepted: 2 });
  });
});
