/** What is told of a bug that the model can say, and of a run that tries it: plain data. */
import type { TraceRecord } from "../checker/run-record.ts";

export type DefectKind = "published" | "proposed" | "read" | "clause";

export const KIND_WORDS: { readonly [kind in DefectKind]: string } = {
  published: "a fix, an erratum or an advisory was published",
  proposed: "in a patch that was posted and not merged, or a way that its review weighed",
  read: "in code or hardware that is in use, by reading; no publication is known",
  clause: "what a rule forbids, without a case of it",
};

export interface CitedSource {
  /** "B1", "row 54", "docs/shipped.md". */
  readonly id: string;
  /** What it stands for; absent where it is a page. */
  readonly text?: string;
}

export interface DefectFix {
  readonly subject: string;
  readonly commit?: string;
  readonly cve?: string;
  readonly releases: readonly string[];
}

export interface DefectEntry {
  readonly id: string;
  readonly title: string;
  readonly subject: string;
  readonly kind: DefectKind;
  readonly sources: readonly CitedSource[];
  readonly where: string;
  /** "6.12.117" is "present", "fixed" or "absent"; a tree that is missing was not read for it. */
  readonly trees: { readonly [tree: string]: string };
  readonly fix?: DefectFix;
  readonly system: string;
  /** "teardown --set teardownOrder=no-drain": system and knobs. */
  readonly setting: string;
  /** Why it breaks its claims. */
  readonly reason: string;
  /** Searches the system with the defect. */
  readonly command: string;
  readonly breaks: readonly string[];
  /** Situations that show that it is possible: the `sometimes` on which its claims rest. */
  readonly situations: readonly string[];
  /** Set only by its effect: what the model would need for its cause. */
  readonly missing?: string;
}

export type WalksRecord =
  | { readonly kind: "found"; readonly runs: number; readonly claim: string; readonly excess: number }
  | { readonly kind: "not found"; readonly runs: number }
  | { readonly kind: "not visible" };

export interface TriedDefect {
  readonly id: string;
  /** What is wrong, one line each: its claims must hold without it, and be violated with it. */
  readonly mistakes: readonly string[];
  /** States of the search without the defect. */
  readonly states: number;
  readonly claims: readonly { readonly id: string; readonly steps: number }[];
  readonly trace?: TraceRecord;
  readonly walks?: WalksRecord;
  /** Wall time of all of it. */
  readonly seconds: number;
}

/** Steps of the shortest path; undefined where nothing was violated. */
export const shortestOf = ({ trace }: TriedDefect): number | undefined => trace?.steps.length;

/** What one bug is, however often it is set: its fix, or the first of its sources. */
const bugOf = ({ fix, sources, id }: DefectEntry): string => fix?.commit ?? fix?.subject ?? sources[0]?.id ?? id;

/** "109 entries of 84 bugs": one bug may be set in several systems. */
export const bugs = (entries: readonly DefectEntry[]): number => new Set(entries.map(bugOf)).size;

/** Of the walks that could see their defect: how many did, and the median by which their paths are longer than the shortest. */
export function walksOf(tried: readonly TriedDefect[]) {
  const walks = tried.flatMap((one) => (one.walks && one.walks.kind !== "not visible" ? [one.walks] : []));
  const found = walks.flatMap((one) => (one.kind === "found" ? [one] : []));
  const middle = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
  return {
    all: tried.filter(({ walks: one }) => one !== undefined).length,
    visible: walks.length,
    found: found.length,
    excess: middle(found.map(({ excess }) => excess)),
    runs: middle(found.map(({ runs }) => runs)),
  };
}
