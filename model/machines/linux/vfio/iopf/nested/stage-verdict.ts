/** What the report of a nested fault (stage-router.ts) finds of it: the stage, and the addresses that the host resolves. */
import type { Miss } from "../../../../iommu/nested-translation.ts";
import type { StageRouterContext, StageRouterRules } from "./stage-router-messages.ts";

/** The addresses that the host resolves for a fault of stage 2. */
const addressesOf = (rules: StageRouterRules, pages: readonly number[], { addresses }: Miss): readonly number[] =>
  rules.stage2Address === "input" ? pages : addresses;

/** Whether the walk got through stage 1: what is missing, if anything, are pages of the fault themselves. */
const passesFirst = ({ stage, addresses }: Miss, pages: readonly number[]): boolean =>
  stage !== 1 && addresses.every((address) => pages.includes(address));

/** What the rule finds, beside the truth. */
export function judged({ rules, members, known }: StageRouterContext, miss: Miss) {
  const pages = members.map(({ page }) => page);
  const remembers = rules.verdictKept !== "never";
  const knows = remembers && pages.every((page) => known.includes(page));
  const learns = remembers && passesFirst(miss, pages);
  return {
    truth: miss.stage,
    stage: knows ? (2 as const) : rules.stageRule === "assumed-guest" ? (1 as const) : miss.stage,
    addresses: miss.stage !== 2 ? (knows ? pages : miss.addresses) : addressesOf(rules, pages, miss),
    known: learns ? [...new Set([...known, ...pages])].sort((a, b) => a - b) : known,
  };
}
