import { expect, test } from "vitest";
import { refineText, type CutRecord } from "./refine-text.ts";

const cut = { cut: "a", systems: ["s"], standIn: ["simple"], detailed: ["real"], within: "two groups" };
const records: readonly CutRecord[] = [
  { ...cut, verdict: "refines", pairs: 1234 },
  {
    ...cut,
    cut: "b",
    verdict: "does-not",
    trace: ["it asks", "it answers"],
    instead: [],
    steps: [{ step: "real: thinks", shows: [] }],
    difference: "known so",
  },
  { ...cut, cut: "c", verdict: "bound", because: "more than 5 pairs of states" },
  { ...cut, cut: "d", verdict: "vacuous", because: "the detailed machines never show answer" },
  { ...cut, cut: "e", verdict: "not-comparable", within: "they share no message" },
];

test("each verdict has its line, and a failure its trace", () => {
  expect(refineText(records, false)).toBe(`CUT  FOCUSED MODEL  VERDICT
a    s              refines (1 234 pairs of states)
b    s              does not refine: a trace of 2 messages
c    s              incomplete: more than 5 pairs of states
d    s              vacuous: the detailed machines never show answer
e    s              not comparable: they share no message

1 of 4 comparisons: the stand-in can do whatever the detailed machines can.

DOES NOT REFINE b (s)
  Within: two groups
   1  it asks
   2  it answers
  The stand-in cannot do the last message. There it can do: nothing
  Known: known so
`);
  expect(refineText(records, true)).toContain("\n     real: thinks\n");
});
