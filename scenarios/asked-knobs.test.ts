/** What properties/gaps says that a question asks, one does. */
import { expect, test } from "vitest";
import { asked } from "../properties/gaps/knob-values.ts";
import { scenarios } from "./questions/index.ts";

test("each value of a knob that a question is said to have is in one of its runs", () => {
  const set = new Set(
    scenarios.flatMap(({ runs }) =>
      runs.flatMap(({ request }) =>
        Object.entries(request.set).map(([knob, value]) => `${knob}=${JSON.stringify(value)}`),
      ),
    ),
  );
  const listed = Object.entries(asked.values).flatMap(([knob, values]) =>
    values.map((value) => `${knob}=${JSON.stringify(value)}`),
  );
  expect(listed.length).toBeGreaterThan(20);
  expect(listed.filter((text) => !set.has(text))).toEqual([]);
});
