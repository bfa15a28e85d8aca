/** Which of the machines with a kernel function is told first: the one that lies where the function's file does. */
import type { Origin } from "../../checker/said.ts";
import type { FunctionEntry, FunctionUse } from "../../scenarios/names/index-of-names.ts";

/** "drivers/iommu/intel/prq.c" has the words iommu, intel and prq. */
const wordsOf = (path: string): readonly string[] =>
  path
    .replace(/\.[a-z]+$/, "")
    .split("/")
    .slice(1);

/** Words of the function's files that are folders of the machine, or the machine itself. */
function placeOf({ machine: { file = "" } }: FunctionUse, { definedIn }: FunctionEntry): number {
  const place = new Set(wordsOf(file));
  return Math.max(0, ...definedIn.map((one) => wordsOf(one.file).filter((word) => place.has(word)).length));
}

/** "6.12.117" of "Linux 6.12.117"; of several, the last. */
const releaseOf = (origin?: Origin): string => /\d+(?:\.\d+)+(?!.*\d\.\d)/.exec(origin?.of ?? "")?.[0] ?? "";

/** The guest has its own kernel with the same functions. */
const isOfGuest = ({ machine: { file = "" } }: FunctionUse): number => Number(file.startsWith("model/machines/guest/"));

const ORDER: readonly FunctionUse["as"][] = ["machine", "step", "message", "state", "named"];

/** The machine of the function's file first; of its parts the one that says the most, and then that of the newest kernel. */
export const closestFirst = (entry: FunctionEntry): readonly FunctionUse[] =>
  entry.uses.toSorted(
    (a, b) =>
      isOfGuest(a) - isOfGuest(b) ||
      placeOf(b, entry) - placeOf(a, entry) ||
      ORDER.indexOf(a.as) - ORDER.indexOf(b.as) ||
      releaseOf(b.origin).localeCompare(releaseOf(a.origin), "en", { numeric: true }),
  );
