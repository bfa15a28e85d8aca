/** What is told of changed lists of steps: a line for each, and how many there are of which kind. */
import type { Notice } from "../mutants/check/noticed.ts";
import { reasonFor } from "./unnoticed.ts";
import type { Variant } from "./variants.ts";

export interface Asked {
  readonly variant: Variant;
  readonly notice: Notice | null;
}

/** "lost": nothing notices it, and no reason says why. "stale": it is noticed, and a reason says why it is not. */
export type Kind = "claim" | "count" | "reason" | "lost" | "stale";

export function kindOf({ variant, notice }: Asked): Kind {
  const reason = reasonFor(variant);
  if (notice === null) return reason === undefined ? "lost" : "reason";
  if (reason !== undefined) return "stale";
  return notice.how === "count" ? "count" : "claim";
}

export function line(asked: Asked): string {
  const { variant, notice } = asked;
  const { knob, order, words } = variant;
  const kind = kindOf(asked);
  const by = notice ? `${notice.where}: ${notice.what}` : (reasonFor(variant) ?? "nothing notices it");
  return `${kind.padEnd(6)} ${knob}=${order}, ${words} -> ${by}`;
}

export function summary(all: readonly Asked[]): string {
  const count = (kind: Kind): number => all.filter((one) => kindOf(one) === kind).length;
  return (
    `${all.length} changed lists: a claim notices ${count("claim")}, only a count ${count("count")}; ` +
    `${count("reason")} have their reason, ${count("lost")} have none, and ${count("stale")} are noticed in spite of it.`
  );
}
