/** Reports say what their own names mean: families under the table, codes of facts below the reasons that cite them. */
import { expect, test } from "vitest";
import { propertyWith, runWith, unmapAgainstFault } from "./example.ts";
import { markdownReport } from "./markdown.ts";
import { textReport } from "./text.ts";

const legend = {
  families: { PIN: "pinned pages and what is charged for them" },
  sources: { "I-03": "a page is unpinned only after the invalidation.", K9: "who answers a dropped last request." },
};
const known = (reason: string, cites: readonly string[]) => ({
  ...propertyWith("PIN-1", { kind: "violated", trace: unmapAgainstFault }, reason),
  cites,
});
const run = { ...runWith([known("DMA in flight is not waited for (I-03)", ["I-03"])]), legend };
const telling = { directory: "reports/out", expectKnown: false };

test("one run: the families below the table, the cited fact below the reason", () => {
  const text = textReport([run], telling);
  expect(text).toContain("  known PIN-1\n\n  PIN   pinned pages and what is charged for them\n");
  expect(text).toContain(
    "  Expected here: DMA in flight is not waited for (I-03)\n  I-03: a page is unpinned only after the invalidation.\n",
  );
});

test("several runs with few families: each family once", () => {
  const text = textReport([run, run], telling);
  expect(text.split("pinned pages and what is charged for them").length).toBe(2);
});

test("the whole suite: no legend in a terminal, and how to look a code and a family up", () => {
  const families = Object.fromEntries("ABCDEFGHI".split("").map((name) => [name, `about ${name}`]));
  const all = { ...run, legend: { ...legend, families } };
  const text = textReport([all, all], { ...telling, expectKnown: true });
  expect(text).not.toContain("about A");
  expect(text).toContain("\n\nWhat a family of properties is about: faultline explain A\n");
  expect(text).toContain("\n\nWhat a code in these reasons says: faultline explain I-03\n");
});

test("the page of Markdown has both, each once", () => {
  const page = markdownReport([run, run], { ...telling, expectKnown: true });
  expect(page).toContain("Families of properties:\n\n- PIN: pinned pages and what is charged for them\n\n");
  expect(page).toContain("Codes in these reasons:\n\n- I-03: a page is unpinned only after the invalidation.\n\n");
});

test("a run of before has no legend, and its report none either", () => {
  const text = textReport([runWith([known("I-03 again", ["I-03"])])], telling);
  expect(text).toContain("  I-03: see docs/sources.md\n");
  expect(text).not.toContain("pinned pages");
});

test("the end table says what a state is, and names an owner that is none", () => {
  const waiting = { state: "waiting", context: {}, says: "the group is closed and waits for its response" };
  const steps = unmapAgainstFault.steps.map((step, k) => ({
    ...step,
    changes: k === 4 ? [{ component: "slot0.0", before: { state: "idle", context: {} }, after: waiting }] : [],
    values: { "slot0.0": { state: k === 4 ? "waiting" : "idle" }, "owner of lock": k === 4 ? null : "a" },
  }));
  const text = textReport(
    [runWith([propertyWith("PIN-1", { kind: "violated", trace: { ...unmapAgainstFault, steps } })])],
    telling,
  );
  expect(text.replaceAll(/\s+/g, " ")).toContain(
    "slot0.0 = waiting: the group is closed and waits for its response (set at step 5)",
  );
  expect(text).toMatch(/owner of lock += nobody \(set at step 5\)/);
});
