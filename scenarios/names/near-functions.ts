/** Kernel functions that somebody can have meant: spelled alike, or with the same words in another order. */
import { distance } from "../../checker/nearest.ts";
import type { FunctionEntry } from "./functions.ts";

/** Names that a message shows. */
const SHOWN = 8;
/** Of 1, how alike two names are at least. */
const LEAST = 0.5;
/** What a machine models is meant more often than one of the thousands of other functions. */
const MODELLED = 1.25;
/** Letters of a name that are looked at. */
const LOOKED_AT = 100;

const wordsOf = (name: string): readonly string[] =>
  name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");

/** "respond" and "response", "evt" and "evtq". */
function isSameWord(one: string, other: string): boolean {
  const least = Math.min(one.length, other.length, 5);
  return one === other || (least >= 3 && one.slice(0, least) === other.slice(0, least));
}

/** 1 for the same words in any order, 0 where none is shared. */
function sharedWords(wanted: readonly string[], others: readonly string[]): number {
  const shared = wanted.filter((one) => others.some((other) => isSameWord(one, other))).length;
  return (2 * shared) / (wanted.length + others.length);
}

/** Most alike first. */
export function nearFunctions(name: string, functions: ReadonlyMap<string, FunctionEntry>): readonly string[] {
  const looked = name.slice(0, LOOKED_AT).toLowerCase();
  const wanted = wordsOf(looked);
  if (wanted.length === 0) return [];
  return [...functions.values()]
    .map(({ name: candidate, uses }) => {
      const other = candidate.toLowerCase();
      const spelled = 1 - distance(looked, other) / Math.max(looked.length, other.length);
      const alike = Math.max(spelled, sharedWords(wanted, wordsOf(other)));
      return { candidate, alike, score: alike * (uses.length > 0 ? MODELLED : 1) };
    })
    .filter(({ alike }) => alike >= LEAST)
    .sort((a, b) => b.score - a.score || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, SHOWN)
    .map(({ candidate }) => candidate);
}
