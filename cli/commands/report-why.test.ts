/** `report --why`: the page of a counterexample with what it needs. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { engine } from "../engine.ts";
import { brokenRun, engineThatFinds } from "../fake-engine.ts";
import { faultline, fresh } from "../fake-run.ts";

const out = fresh();

test("the steps that a lost fault needs are on its page", async () => {
  await faultline(
    ["check", "pri-overflow", "--bounds", "small", "--set", "ovfLastResponse=none", "--out", out],
    engine,
  );
  const [name] = readdirSync(join(out, "counterexamples")).filter((file) => file.endsWith(".json"));
  const file = join(out, "counterexamples", name!);
  const unlimited: typeof engine = {
    ...engine,
    why: (subject, limits, watch, begins) => engine.why(subject, { ...limits, knobStates: 0 }, watch, begins),
  };
  const { code, out: html } = await faultline(["report", file, "--format", "html", "--why", "--out", out], unlimited);
  expect(code).toBe(0);
  expect(html.match(/<tr><td class="number"><a href="#step=\d+">/g)).toHaveLength(5);
  expect(html).toContain("<td>the other steps do not violate RSP-12</td>");
});

test.each([
  [["run.json", "--why"], "--why is for the page of a counterexample."],
  [["run.json", "--format", "html", "--why"], "--why is for the page of a counterexample."],
  [["run.json", "--coverage", "x.json"], "--coverage is for the page of runs."],
  [["run.json", "--format", "html", "--coverage", "x.json"], 'there is no file "x.json".'],
])("%j is 2", async ([file, ...args], message) => {
  const folder = fresh();
  await faultline(["check", "unmap", "--out", folder], engineThatFinds(brokenRun));
  const { code, err } = await faultline(["report", join(folder, file!), ...args]);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
});
