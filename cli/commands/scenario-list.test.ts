/** Which questions are listed, without a search: by message, subject, word, or what shipped kernels do. */
import { describe, expect, test } from "vitest";
import { brief } from "../../reports/book.ts";
import { engine } from "../engine.ts";
import { faultline } from "../fake-run.ts";

/** An engine that answers nothing: a list must not search. */
const silent: typeof engine = {
  ...engine,
  answers: async ([id]) => {
    throw new Error(`${id} was searched`);
  },
};
const listed = async (...args: readonly string[]) => faultline(["scenarios", ...args], silent);

describe("faultline scenarios lists", () => {
  test("every question on one line, by subject, in a few screens", async () => {
    const { code, out } = await listed();
    expect(code).toBe(0);
    for (const { name, sentence } of engine.scenarios)
      expect(out).toMatch(new RegExp(`^  ${name} +${sentence.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`, "m"));
    for (const { id, title } of engine.book.subjects) expect(out).toContain(`${id}: ${title}\n`);
    expect(out.length).toBeLessThan(40_000);
  });

  test("what a message asks first, then what its rows name; case does not matter", async () => {
    const { code, out } = await listed("--message", "m8");
    expect(code).toBe(0);
    expect(out).toContain("M8: Kevin Tian, 2021-02-07.");
    expect(out.indexOf("two-paths-of-a-fault\n")).toBeLessThan(out.indexOf("two-ledgers\n"));
    expect(out).not.toContain("cold-start");
  });

  test("a subject, and what a subject and a word have in common", async () => {
    const whole = (await listed("--subject", "iommufd")).out;
    expect(whole).toContain("silent-user\n");
    expect(whole).toContain("15 questions");
    const some = (await listed("--subject", "iommufd", "--search", "COOKIE")).out;
    expect(some).toContain("half-done-write\n");
    expect(some).not.toContain("silent-user\n");
  });

  test("what is wrong in shipped kernels, with trees and fix", async () => {
    const { code, out } = await listed("--shipped");
    expect(code).toBe(0);
    expect(out.indexOf("unmap-and-close-in-a-circle\n")).toBe(0);
    expect(out.replaceAll(/\s+/g, " ")).toContain("6.1.192 present, 6.12.117 present");
  });

  test("a word that the project does not answer, with the place where it is discussed", async () => {
    const { code, out } = await listed("--search", "bandwidth");
    expect(code).toBe(0);
    expect(out).toContain("not answered here: bandwidth");
    expect(out).toContain("Answered in part: cold-start.");
  });

  test("JSON, with the subject of each question", async () => {
    const { scenarios } = JSON.parse((await listed("--subject", "look-ups", "--json")).out);
    expect(scenarios).toEqual([expect.objectContaining({ subject: "look-ups", id: "look-ups-per-fault" })]);
  });
});

test.each([
  [["--message", "M20"], "there is no message", "M2"],
  [["--subject", "iommfd"], "there is no subject", "iommufd"],
  [["--search", "cookei"], 'no question has "cookei"', "cookie"],
])("2: %j, with the nearest names", async (args, said, near) => {
  const { code, out, err } = await listed(...args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain(said);
  expect(err).toMatch(new RegExp(`Nearest: .*\\b${near}\\b`));
});

test("the first sentence of an answer, with the next one where it is a word or two", () => {
  expect(brief("No: it waits. Then it ends.")).toBe("No: it waits. Then it ends.");
  expect(brief("No, Linux 6.1.192 and 6.12.117 deadlock. Both hang.")).toBe("No, Linux 6.1.192 and 6.12.117 deadlock.");
  expect(brief("Yes.")).toBe("Yes.");
});
