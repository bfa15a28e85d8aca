/** What somebody sees when a situation is not seen any more, or a deliberate defect breaks nothing any more. */
import { describe, expect, test } from "vitest";
import { build, type Request } from "./build.ts";
import { catalogue } from "./catalogue/index.ts";
import { expectViolations } from "./violations.ts";
import { expectWitnessed } from "./witnesses.ts";

const small: Request = { system: "pri-flat", hardware: "vtd", host: "rfc-v1", bounds: "small", set: {} };

function messageOf(failing: () => void): string {
  try {
    failing();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("It does not fail.");
}

describe("A lost witness", () => {
  // The first states see no overflow.
  const message = messageOf(() => expectWitnessed("PRQ", [], [{ ...small, system: "pri-overflow" }], 20));
  const [, id = ""] = /^\nNEVER WITNESSED (PRQ-\d+): /.exec(message) ?? [];

  test("is told with its sentence, what was searched, what rests on it, its source and a command", () => {
    const { statement } = catalogue.find((property) => property.id === id)!;
    expect(message.replace(/\s+/g, " ")).toContain(`${id}: ${statement}`);
    expect(message).toMatch(
      /^ {2}Searched {2}pri-overflow, hardware vtd, design rfc-v1, bounds small\.\s+Incomplete\s+\(max-states 20\):\s/m,
    );
    const resting = catalogue.filter(({ witness }) => witness === id).map((property) => property.id);
    for (const one of resting) expect(message).toContain(one);
    expect(message).toMatch(/^ {2}Source {4}\S/m);
    expect(message).toContain(
      "  Command   npx faultline check pri-overflow --hardware vtd --design rfc-v1 --bounds small\n",
    );
  });

  test("that no configuration could show says so", () => {
    expect(messageOf(() => expectWitnessed("PRQ", [], []))).toContain(
      "no configuration of the suite has what it reads.",
    );
  });
});

test("A deliberate defect that breaks nothing any more is reported as fully", () => {
  const message = messageOf(() => expectViolations(build(small), small, ["RSP-1"], "it answers twice"));
  expect(message).toMatch(/^\nNO LONGER BROKEN RSP-1 \(no-response-to-unused-index\):\s\S/);
  expect(message).toMatch(/^ {2}Searched {2}pri-flat, hardware vtd, design rfc-v1, bounds small\.\s+Complete: /m);
  expect(message).toContain("  Verdict   holds, but the suite lists it as violated: it answers twice\n");
});
