/** The bugs that the model can say: each is named once, holds when it is off, and is found when it is on. */
import { describe, expect, test } from "vitest";
import { filesWith } from "../../model/kernel/symbols.ts";
import { catalogue } from "../catalogue/index.ts";
import type { Defect } from "./defect.ts";
import { defects } from "./index.ts";
import { settingOf } from "./setting.ts";
import { mistakesOf, RANDOM, tried } from "./tried.ts";

/** Every 15th is tried; FAULTLINE_DEFECTS=all tries all of them. */
const chosen = process.env["FAULTLINE_DEFECTS"] === "all" ? defects : defects.filter((_, k) => k % 15 === 0);

const byId = (id: string): Defect => defects.find((one) => one.id === id)!;
const CLEARED_EARLY = byId("overflow-cleared-early");

describe("what is written down", () => {
  test("has an id of its own for each, in lower case with hyphens", () => {
    const ids = defects.map(({ id }) => id);
    expect(ids.filter((id, k) => ids.indexOf(id) < k)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z\d]+(?:[-.][a-z\d]+)*$/.test(id))).toEqual([]);
  });

  test("is a sentence without its full stop, short enough for a line of a mail or two", () => {
    const wrong = defects.filter(({ title }) => /[.!?]$/.test(title) || title.length > 125);
    expect(wrong.map(({ title }) => title)).toEqual([]);
  });

  test("says of what was published who says so, and of what is no bug that no tree has it", () => {
    const unsaid = defects.filter(({ kind, sources, fix, trees = {} }) => {
      const isPresent = Object.values(trees).includes("present");
      const isFixed = Object.values(trees).includes("fixed");
      if (sources.length === 0) return true;
      if (kind === "clause" || kind === "proposed") return isPresent || fix !== undefined;
      return isFixed && fix === undefined;
    });
    expect(unsaid.map(({ id }) => id)).toEqual([]);
  });

  test("names functions of the kernel that some tree has", () => {
    const named = defects.flatMap(({ id, title, where }) =>
      [...`${title} ${where}`.matchAll(/\b((?:iommu|iopf|intel|arm_smmu|vfio|amd_iommu|device_block)\w*)\(\)/g)].map(
        ([, name]) => ({ id, name: name! }),
      ),
    );
    const trees = ["6.1.192", "6.12.117", "7.3.4"];
    const unknown = named.filter(({ name }) => trees.every((tree) => filesWith(tree, name).length === 0));
    expect(named.length).toBeGreaterThan(10);
    // Gone before 6.1, and named in what fixed it.
    expect(unknown.map(({ name }) => name)).toEqual(
      ["iommu_unmap", "iommu_unmap", "vfio_pin_page_external"].filter((name) =>
        unknown.some((one) => one.name === name),
      ),
    );
  });

  test("has a deliberate defect, and claims of it, for each", () => {
    const claims = new Set([...catalogue.map(({ id }) => id), "DEADLOCK"]);
    const unclaimed = defects.flatMap((one) => settingOf(one).breaks.filter((id) => !claims.has(id)));
    expect(unclaimed).toEqual([]);
  });
});

/** "B1" to "B46", "D-01" to "D-28". */
const numbered = (prefix: string, count: number, width = 1): readonly string[] =>
  Array.from({ length: count }, (_, k) => prefix + String(k + 1).padStart(width, "0"));

/** Bugs and hazards of docs/sources.md without an entry, each with the reason. */
const UNSAID: { readonly [id: string]: string } = {
  D17: "a batch that moves the head late breaks no claim; it makes overflows more likely",
  D18: "a file that is closed early is no mistake of the kernel: the next detach answers",
  H6: "more credits than slots break no claim; they make overflows possible",
  H7: "as D17",
  H33: "a device that looks like PCIe and stalls is what some designs are for",
  H39: "what a removal does; removal-forgets-pending-groups is what it must not do",
};

test("every bug and hazard of docs/sources.md has an entry, or a reason why it has none", () => {
  const cited = new Set(defects.flatMap(({ sources }) => sources));
  const listed = [
    ...numbered("B", 46),
    ...numbered("B-", 43, 2),
    ...numbered("D-", 28, 2),
    ...numbered("D", 19),
    ...numbered("H", 40),
  ];
  expect(listed.filter((id) => !cited.has(id)).sort()).toEqual(Object.keys(UNSAID).sort());
});

describe("each holds when it is off, and is found when it is on", () => {
  test.each(chosen.map((one) => [one.id, one] as const))("%s", (_id, defect) => {
    expect(mistakesOf(tried(defect))).toEqual([]);
  });
});

describe("a trial finds", () => {
  test("a defect that stays when it is off", () => {
    const stays: Defect = { ...CLEARED_EARLY, off: { clearPolicy: "immediate" } };
    expect(mistakesOf(tried(stays))).toContain("overflow-cleared-early: without the defect PRQ-9 is violated");
  });

  test("a claim that is not made when it is off", () => {
    const vacuous: Defect = { ...byId("stage-verdict-cached"), breaks: ["NST-32"] };
    expect(mistakesOf(tried(vacuous))).toEqual(["stage-verdict-cached: without the defect NST-32 is not claimed"]);
  });

  test("walks that are too few", () => {
    const { walks } = tried(byId("no-memory-keeps-partial-faults"), { ...RANDOM, runs: 2 });
    expect(walks).toEqual({ kind: "not found", runs: 2 });
  });

  test.each([
    [
      "a row that is not there",
      { shownBy: "pri-overflow clearPolicy=imediate" },
      "nearest: pri-overflow clearPolicy=immediate",
    ],
    ["a claim that the row does not break", { breaks: ["PRQ-1"] }, "does not break all of PRQ-1"],
    ["a value that the design itself has", { knobs: ["discardScope"] }, "off says what is there instead"],
  ])("%s", (_what, wrong, said) => {
    expect(() => settingOf({ ...CLEARED_EARLY, ...wrong })).toThrow(said);
  });
});
