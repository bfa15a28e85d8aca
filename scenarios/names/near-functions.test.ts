/** Near names of a function that does not exist: by spelling, by words in any order, and modelled ones first. */
import { expect, test } from "vitest";
import type { FunctionEntry, FunctionUse } from "./functions.ts";
import { nearFunctions } from "./near-functions.ts";

const entry = (name: string, isModelled: boolean): readonly [string, FunctionEntry] => [
  name,
  { name, definedIn: [], uses: isModelled ? [{} as FunctionUse] : [], mentions: [] },
];
const functions = new Map([
  entry("batch_unpin", false),
  entry("iopf_group_response", true),
  entry("iopf_group_release", false),
  entry("prq_event_thread", true),
  entry("irq_thread", false),
  entry("vfio_unmap_unpin", true),
  entry("vfio_unmap_final", false),
]);
const near = (name: string): readonly string[] => nearFunctions(name, functions);

test("a slip of the pen", () => {
  expect(near("vfio_unmap_unpi")[0]).toBe("vfio_unmap_unpin");
  expect(near("IOPF_GROUP_RESPONS")[0]).toBe("iopf_group_response");
});

test("the same words, fewer of them, in another order, or with another ending", () => {
  expect(near("response_group_iopf")[0]).toBe("iopf_group_response");
  expect(near("iopf_group_respond")[0]).toBe("iopf_group_response");
  expect(near("prq_thread")).toEqual(["prq_event_thread", "irq_thread"]);
});

test("of two that are as near, what a machine models comes first", () => {
  expect(near("vfio_unmap")).toEqual(["vfio_unmap_unpin", "vfio_unmap_final"]);
});

test("nothing is near of what shares no word", () => {
  expect(near("quux")).toEqual([]);
  expect(near("")).toEqual([]);
  expect(near("___")).toEqual([]);
});
