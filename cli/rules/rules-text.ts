/** What `npm run rules` prints. */
import { count } from "../../reports/words.ts";
import { useOf, type MachineUse, type RulesRecord } from "./rules-of-suite.ts";

const inWords = ({ rules, taken, guards, bothWays }: Omit<MachineUse, "machine">): string =>
  `${count(taken)} of ${count(rules)} rules taken, ${count(bothWays)} of ${count(guards)} guards seen true and false`;

const sum = (uses: readonly MachineUse[], of: Exclude<keyof MachineUse, "machine">): number =>
  uses.reduce((all, use) => all + use[of], 0);

/** Each machine with its gaps; then the whole, and what is missing in properties/gaps or is out of date there. */
export function rulesText({ bounds, machines, gaps, stale, runs }: RulesRecord): string {
  const uses = machines.map(useOf);
  const lines = uses.flatMap((use) => [
    `${use.machine}: ${inWords(use)}`,
    ...gaps
      .filter(({ machine }) => machine === use.machine)
      .map(
        ({ rule, kind, guard, reason }) =>
          `  ${rule}${guard === undefined ? "" : ` [${guard}]`}: ${kind}: ${reason ?? "NOT EXCUSED"}`,
      ),
  ]);
  const whole = {
    rules: sum(uses, "rules"),
    taken: sum(uses, "taken"),
    guards: sum(uses, "guards"),
    bothWays: sum(uses, "bothWays"),
  };
  const unexcused = gaps.filter(({ reason }) => reason === undefined).length;
  return [
    ...lines,
    "",
    `${count(machines.length)} machines in ${count(runs.length)} runs at ${bounds} bounds: ${inWords(whole)}.`,
    unexcused === 0
      ? "What is missing has its reason in properties/gaps."
      : `${count(unexcused)} of ${count(gaps.length)} gaps have no reason in properties/gaps.`,
    ...stale.map((text) => `OUT OF DATE in properties/gaps: ${text}`),
    "",
  ].join("\n");
}
