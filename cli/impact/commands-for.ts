/** Commands that search what a patch may break, with the states that each searches. */
import type { ImpactCommand } from "../../reports/impact.ts";
import { checkCommand } from "../../reports/lost.ts";
import { counted } from "../../reports/words.ts";
import { scenarios } from "../../scenarios/questions/index.ts";
import { COUNTED, Sizes, type RunWith } from "./runs.ts";

/** Questions that are offered as commands. */
const QUESTIONS = 5;

/** The least is the run to begin with: a design of Linux, with something that is known to break, and few knobs set. */
const plainness = ({ run }: RunWith): number =>
  (run.host.startsWith("linux") ? 0 : 3) + (Object.keys(run.known).length > 0 ? 0 : 2) + Object.keys(run.set).length;

const cost = ({ states, atLeast }: ImpactCommand): number => states ?? (atLeast ?? 0) + 1;

const priced = (command: string, why: string, states: readonly (number | undefined)[]): ImpactCommand => {
  const sum = states.reduce<number>((total, one) => total + (one ?? COUNTED), 0);
  return states.includes(undefined) ? { command, why, atLeast: sum } : { command, why, states: sum };
};

/** One command for each system that has the machines, and one for each of the questions; cheapest first. */
export function commandsFor(runs: readonly RunWith[], questions: readonly string[]): readonly ImpactCommand[] {
  const sizes = new Sizes();
  const chosen = new Map<string, RunWith>();
  for (const one of runs) {
    const before = chosen.get(one.run.system);
    if (!before || plainness(one) < plainness(before)) chosen.set(one.run.system, one);
  }
  const checks = [...chosen.values()].map(({ run, machines }) => {
    const breaks = counted(Object.keys(run.known).length, "property", "properties");
    const why = `${machines.map(({ id }) => id).join(", ")} in ${run.system}, design ${run.host}${Object.keys(run.known).length > 0 ? `; known to break ${breaks}` : ""}`;
    return priced(checkCommand(run), why, [sizes.statesOf(run)]);
  });
  const asked = questions.slice(0, QUESTIONS).flatMap((id) => {
    const scenario = scenarios.find((one) => one.id === id);
    if (!scenario) return [];
    const states = scenario.runs.map(({ request }) => sizes.statesOf(request));
    return [priced(`npx faultline scenarios ${id}`, scenario.question, states)];
  });
  return [...checks, ...asked].sort((a, b) => cost(a) - cost(b));
}
