/** What is said of shipped kernels: shown by a run, read in trees by functions that exist there, reported where unfixed. */
import { describe, expect, test } from "vitest";
import { filesWith } from "../../model/kernel/symbols.ts";
import { scenarios } from "../questions/index.ts";
import { shipped } from "./index.ts";
import type { Shipped } from "./shipped.ts";

/** Calls and members that are named and are no function of a tree's list: completions, macros and callbacks of the kernel. */
const OF_THE_KERNEL = new Set([
  "BUG_ON",
  "WARN_ON",
  "check_add_overflow",
  "inv_ppr_cb",
  "complete",
  "reinit_completion",
  "xa_store",
  "kmemdup",
  "dma_unmap",
  "list_del",
  "up_write",
  "open_device",
  "page_response",
]);

const functionsIn = (text: string): readonly string[] => [...text.matchAll(/\b(\w+)\(/g)].map(([, name]) => name!);

/** What is wrong with a finding, one line each. */
function mistakes(finding: Shipped): readonly string[] {
  const { id, trees, functions, fixed, mail, scenario, run, property } = finding;
  const shown = scenarios.find((one) => one.id === scenario)?.runs[run];
  const unknown = trees.flatMap(({ tree, read }) =>
    functionsIn(read)
      .filter((name) => !OF_THE_KERNEL.has(name) && filesWith(tree, name).length === 0)
      .map((name) => `${id}: ${tree} has no ${name}()`),
  );
  const isPresent = trees.some(({ state }) => state === "present");
  const missing = functions.filter((name) => !trees.some(({ tree }) => filesWith(tree, name.slice(0, -2)).length > 0));
  return [
    ...(shown?.expect[property] === "violated"
      ? []
      : [`${id}: run ${run} of ${scenario} does not violate ${property}`]),
    ...unknown,
    ...missing.map((name) => `${id}: no tree has ${name}`),
    ...(isPresent ? [] : [`${id}: no tree has it`]),
    ...(trees[2].state === "present" && fixed !== undefined ? [`${id}: the newest tree has it, and it is fixed`] : []),
    ...(trees[2].state === "fixed" && fixed === undefined ? [`${id}: what fixed it in the newest tree?`] : []),
    ...((fixed === undefined) === (mail !== undefined) ? [] : [`${id}: a report is for what is not known to be fixed`]),
    ...(mail && mail.subject.length > 85 ? [`${id}: a subject of ${mail.subject.length} characters`] : []),
    ...(mail?.body.split("\n").filter((line) => line.length > 75) ?? []).map((line) => `${id}: too long: ${line}`),
  ];
}

describe("findings about shipped kernels", () => {
  test("are shown, read, and reported", () => {
    expect(shipped.flatMap(mistakes)).toEqual([]);
    expect(new Set(shipped.map(({ id }) => id)).size).toBe(shipped.length);
    expect(shipped.map(({ trees }) => trees.map(({ tree }) => tree))).toEqual(
      shipped.map(() => ["6.1.192", "6.12.117", "7.3.4"]),
    );
  });

  test("begin with what booted kernels did, and that with the deadlock", () => {
    expect(shipped[0]!.id).toBe("unmap-dma-deadlock");
    const booted = shipped.map(({ evidence }) => evidence === "booted kernel");
    expect(booted.lastIndexOf(true)).toBeLessThan(booted.indexOf(false));
  });
});

describe("the comparison finds", () => {
  const [first] = shipped;
  const [old, present, latest] = first!.trees;
  const { mail: _, ...unreported } = first!;
  test.each<readonly [string, Shipped, string]>([
    ["a run that does not violate the property", { ...first!, run: 6 }, "does not violate DEADLOCK"],
    [
      "a function that a tree has not",
      { ...first!, trees: [old, { ...present, read: "vfio_nothing() waits." }, latest] },
      "has no vfio_nothing()",
    ],
    ["a function that is in no tree", { ...first!, functions: ["vfio_nothing()"] }, "no tree has vfio_nothing()"],
    ["a report that is missing", unreported, "a report is for"],
    ["a report of what is fixed", { ...first!, fixed: "by 0123456789ab" }, "a report is for"],
    ["a fix that the newest tree has not", { ...first!, fixed: "by 0123456789ab" }, "the newest tree has it"],
    [
      "a fix that nothing is said of",
      { ...first!, trees: [old, present, { ...latest, state: "fixed" }] },
      "what fixed it in the newest tree?",
    ],
    ["a line that no mail carries", { ...first!, mail: { subject: "a", body: "x".repeat(76) } }, "too long"],
  ])("%s", (_what, wrong, said) => expect(mistakes(wrong).join("\n")).toContain(said));
});
