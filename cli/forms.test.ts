/** A file that a command does not take is refused with all that it takes. */
import { expect, test } from "vitest";
import { faultline, stored } from "./fake-run.ts";

const TRACE = String.raw`a counterexample \(faultline-trace/1\)`;
const PATH = String.raw`${TRACE} or a regression \(faultline-regression/1\)`;
const RUN = String.raw`run\.json \(faultline-runs/2`;

const TAKEN: readonly (readonly [command: string, expected: string])[] = [
  ["save", TRACE],
  ["replay", PATH],
  ["why", String.raw`${RUN}\), ${PATH}`],
  ["report", String.raw`${RUN} or faultline-run/1\) or ${TRACE}`],
  ["merge", String.raw`run\.json or sweep\.json of a shard`],
];

test.each(TAKEN)("%s names each form that it takes", async (command, expected) => {
  for (const content of [{ schema: "mine/1" }, { schema: "faultline-replay/1" }, {}]) {
    const { code, out, err } = await faultline([command, stored(content)]);
    expect({ code, out }, err).toEqual({ code: 2, out: "" });
    expect(err).toMatch(new RegExp(String.raw`^faultline: .*\.\n {2}Expected ${expected}\.\n$`));
  }
});
