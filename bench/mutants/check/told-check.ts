/** What is told of mutants of the model: a line for each, and the shares. */
import { how } from "../told.ts";
import type { Outcome, Weighed } from "./verdict.ts";

function words(outcome: Outcome): string {
  switch (outcome.by) {
    case "check": {
      const { judge, how: what, where, what: seen } = outcome.notice;
      return `${judge}, ${where}: ${what === "claim" ? seen : `${what}: ${seen}`}`;
    }
    case "compiler":
      return `the compiler: ${outcome.what}`;
    case "recording":
    case "test":
    case "equivalent":
    case "nothing":
      return how(outcome);
  }
}

export const line = ({ mutant: { file, line: at, operator, words: change }, outcome }: Weighed): string =>
  `${file}:${at}, ${operator}: ${change} -> ${words(outcome)}`;

const percent = (part: number, whole: number): string => `${(whole === 0 ? 100 : (100 * part) / whole).toFixed(1)} %`;

export interface Shares {
  readonly drawn: number;
  readonly equivalent: number;
  /** Of those that the compiler takes and that are not equivalent. */
  readonly harmful: number;
  readonly byClaims: number;
  readonly byCheck: number;
  readonly noticed: number;
}

export function sharesOf(all: readonly Weighed[]): Shares {
  const count = (isCounted: (outcome: Outcome) => boolean): number =>
    all.filter(({ outcome }) => isCounted(outcome)).length;
  const equivalent = count(({ by }) => by === "equivalent");
  const survived = count(({ by }) => by === "nothing");
  const harmful = all.length - equivalent - count(({ by }) => by === "compiler");
  return {
    drawn: all.length,
    equivalent,
    harmful,
    byClaims: count((outcome) => outcome.by === "check" && outcome.notice.how !== "count"),
    byCheck: count(({ by }) => by === "check"),
    noticed: harmful - survived,
  };
}

export const summary = ({ drawn, equivalent, harmful, byClaims, byCheck, noticed }: Shares): string =>
  `${drawn} mutants, ${drawn - harmful - equivalent} refused by the compiler, ${equivalent} judged equivalent. ` +
  `Of the other ${harmful}, check notices ${percent(byCheck, harmful)} ` +
  `(${percent(byClaims, harmful)} by a claim, the others by what it counts); ` +
  `check, recordings and tests together ${percent(noticed, harmful)}.`;
