/**
 * Counterexamples that were kept: each path must still be possible, and still show what it was kept for. It runs first,
 * because it costs nothing. A file of another version of the model is stale, which is an error with what to do about it.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fingerprint } from "../checker/fingerprint.ts";
import { REGRESSION_SCHEMA, regressionText, replayPath, type Regression } from "../scenarios/regression.ts";
import { build } from "./build.ts";

const FOLDER = new URL("../scenarios/regressions/", import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
const read = (file: string): Regression => JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as Regression;

const replayed = ({ model, property, actions, minimality, loop }: Regression) =>
  replayPath(model, property, actions, minimality, loop);

/** The same path as one of today's model. */
const renewed = (regression: Regression): Regression => ({
  ...regression,
  model: { ...regression.model, fingerprint: fingerprint(build(regression.model)) },
});

/** What the file shows today: a verdict, or a sentence that says why it has none and what to do. */
function shown(file: string): string {
  const regression = read(file);
  const result = replayed(regression);
  switch (result.kind) {
    case "told":
      return result.verdict;
    case "unclaimed":
      return `its property is not claimed; claimed: ${result.names.join(", ")}`;
    case "impossible":
      return `step ${result.step}: ${result.because}; possible: ${result.possible.join("; ")}`;
    case "stale": {
      const now = renewed(regression);
      const today = replayed(now);
      if (today.kind !== "told" || today.verdict !== regression.expect)
        return `stale, and its path shows it no more (${result.because}): find it again with "npx faultline check", then "npx faultline save"`;
      if (process.env["FAULTLINE_RENEW"] !== "1")
        return `stale, but its path still shows it (${result.because}): FAULTLINE_RENEW=1 npx vitest run properties/0-regressions`;
      writeFileSync(new URL(file, FOLDER), regressionText(now));
      return today.verdict;
    }
    default:
      return result satisfies never;
  }
}

describe("saved regressions", () => {
  test("there are some", () => {
    expect(files.length).toBeGreaterThanOrEqual(2);
  });

  test.each(files)("%s is a regression of a property, with its path", (file) => {
    const { schema, actions, property } = read(file);
    expect(schema).toBe(REGRESSION_SCHEMA);
    expect(file).toMatch(new RegExp(`^${property.id}-[0-9a-f]{8}[.]json$`));
    expect(actions.length).toBeGreaterThan(0);
  });

  test.each(files)("%s still shows what it was kept for", (file) => {
    expect(shown(file)).toBe(read(file).expect);
  });

  test("a file of another model is stale, and says which", () => {
    const regression = read(files[0]!);
    const other = { ...regression, model: { ...regression.model, fingerprint: "0" } };
    expect(replayed(other)).toMatchObject({ kind: "stale", because: expect.stringContaining("was written for 0") });
  });

  test("a path with a step that cannot happen says which, and what could", () => {
    const regression = renewed(read(files[0]!));
    const actions = [...regression.actions.slice(0, 2), { kind: "deliver", channel: "commands" } as const];
    expect(replayed({ ...regression, actions })).toMatchObject({
      kind: "impossible",
      step: 3,
      possible: expect.arrayContaining([expect.any(String)]),
    });
  });
});
