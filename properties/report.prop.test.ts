/** What somebody sees when a property test fails: shown on sentences that are known to be broken, and not excused here. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { replayPath } from "../scenarios/regression.ts";
import { expectNoViolation, SMALL, seed } from "./proof.ts";
import { PropertyViolation } from "./report.ts";

const NO_EXCUSE = () => ({});

function failureOf(family: string): PropertyViolation {
  try {
    expectNoViolation(family, { ...SMALL, transports: ["pri"] }, { excuse: NO_EXCUSE, together: ["CRD", family] });
  } catch (error) {
    if (error instanceof PropertyViolation) return error;
    throw error;
  }
  throw new Error(`${family} is not violated.`);
}

describe.each(["RSP", "DEADLOCK"])("a failing proof of %s", (family) => {
  const error = failureOf(family);
  const { property, steps, minimality } = error.trace;
  const lines = error.message.split("\n");
  const replay = lines.find((line) => line.includes("npx faultline replay"))!;

  test("tells the sentence, the chart, and how to see it again, in lines of a mail", () => {
    expect(property.id).toMatch(new RegExp(`^${family}(-|$)`));
    expect(error.message).toContain(`${property.id} is violated`);
    expect(error.message).toContain(`FAULTLINE_SEED=${seed()} npx vitest run properties/walks -t ${family}`);
    expect(error.message).toMatch(/seed -?\d+ in run \d+, shrunk \d+ times; path:\n {2}[\d:]+\n/);
    expect(lines.filter((line) => line.length > 78 && !/^ {2}[\d:]+$/.test(line))).toEqual([]);
    expect(["shortest", "one-minimal"]).toContain(minimality);
  });

  test("points to the test that failed", () => {
    const frame = error.stack!.slice(error.stack!.indexOf("\n    at ")).split("\n")[1];
    expect(frame).toContain(
      fileURLToPath(import.meta.url)
        .split("/")
        .at(-1),
    );
  });

  test("keeps a page of it, which opens without anything else", () => {
    const path = replay.trim().split(" ").at(-1)!.replace(/json$/, "html");
    const page = readFileSync(path, "utf8");
    expect(page).toContain(property.id);
    expect(page).toContain("default-src 'none'");
    expect(page.match(/data-step=|class="row/g)!.length).toBeGreaterThanOrEqual(steps.length);
  });

  test("keeps a file that replays to the same verdict", () => {
    const path = replay.trim().split(" ").at(-1)!;
    const { model, ...kept } = JSON.parse(readFileSync(path, "utf8")) as typeof error.trace;
    const { parameters: _, ...request } = model;
    const actions = kept.steps.map(({ action }) => action);
    expect(actions).toHaveLength(steps.length);
    expect(replayPath(request, kept.property, actions, kept.minimality)).toMatchObject({
      kind: "told",
      verdict: "violated",
    });
  });
});
