/** What the first step has changed in a component that is compared as a whole: the record has it among its changes. */
import { expect, test } from "vitest";
import { abbreviations } from "./abbreviate.ts";
import { comparedAt, comparedAtEnd } from "./compared.ts";
import { unmapAgainstFault } from "./example.ts";
import { setAt } from "./page/step-row.ts";

const before = { state: "standing", context: { floor: 0, wanted: [] } };
const after = { state: "standing", context: { floor: 0, wanted: [2] } };
const trace = {
  ...unmapAgainstFault,
  steps: [
    {
      ...unmapAgainstFault.steps[0]!,
      changes: [{ component: "lift", before, after }],
      holds: false,
      values: { lift: { state: after.state, ...after.context }, doors: 1 },
    },
  ],
};

test("is told, with the step; what it has not changed is not", () => {
  const short = abbreviations(trace);
  expect(comparedAtEnd(trace, short.value)).toEqual([
    { name: "wanted of lift", value: [2], since: 1 },
    { name: "doors", value: 1, since: undefined },
  ]);
  expect(comparedAt(trace, 0, short)).toEqual(["wanted of lift: [] -> [2]"]);
});

test("is in the page as well, set at this step", () => {
  const [first] = setAt(trace.steps);
  expect(first!.get("wanted of lift")).toEqual({ value: [2], since: 0 });
  expect(first!.get("doors")).toEqual({ value: 1, since: undefined });
  expect(first!.has("floor of lift")).toBe(false);
});
