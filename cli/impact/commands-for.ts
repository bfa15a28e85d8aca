/** Commands that search what a patch may break: those about the touched functions first, of equally close ones the smallest. */
import { partsOf, type Request } from "../../properties/build.ts";
import { COMMANDS, type ImpactCommand, type ImpactRun } from "../../reports/impact.ts";
import { checkCommand } from "../../reports/lost.ts";
import { counted } from "../../reports/words.ts";
import { scenarios } from "../../scenarios/questions/index.ts";
import { optionsOf } from "../explorer/link.ts";
import type { RunWith } from "./runs.ts";
import { foreignness, type Vendor } from "./vendor.ts";

/** States that are searched at most to learn how much a command costs. */
export const COUNTED = 2000;

/** How many states a run searches; undefined where it is more than COUNTED. */
export type StatesOf = (request: Request) => number | undefined;

/** Questions that are offered as commands. */
const QUESTIONS = 5;

/** Release of a design, for its place among others: "linux-6.12.117-amd" is later than "linux-6.1.192". */
const releaseOf = (host: string): string => /^linux-([\d.]+)/.exec(host)?.[1] ?? "";

/**
 * The run to begin with comes first: of the file's own driver, of a design of Linux, with something that is known to break,
 * of the newest release, and with few knobs set.
 */
const byPlainness =
  (vendors: readonly Vendor[]) =>
  ({ run: a }: RunWith, { run: b }: RunWith): number =>
    foreignness(a, vendors) - foreignness(b, vendors) ||
    Number(releaseOf(a.host) === "") - Number(releaseOf(b.host) === "") ||
    Number(Object.keys(a.known).length === 0) - Number(Object.keys(b.known).length === 0) ||
    releaseOf(b.host).localeCompare(releaseOf(a.host), "en", { numeric: true }) ||
    Object.keys(a.set).length - Object.keys(b.set).length;

/** A command and the runs that it searches. */
interface Candidate {
  readonly command: string;
  readonly why: string;
  readonly runs: readonly Request[];
  readonly closeness: number;
}

/** Steps and channels: what a run has more of takes longer to search, as a rule. */
const sizeOf = (request: Request): number => {
  const { components, channels = {} } = partsOf(request);
  const events = Object.values(components).map((one) => one.events?.length ?? 0);
  return events.reduce((sum, one) => sum + one, Object.keys(channels).length);
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const runOf = (request: Request): ImpactRun => ({ system: request.system, ...optionsOf(request) });

const unpriced = ({ command, why, runs }: Candidate): ImpactCommand => ({ command, why, runs: runs.map(runOf) });

/** Searches the runs as far as COUNTED, one after the other up to the first that is larger. */
function priced(candidate: Candidate, statesOf: StatesOf): ImpactCommand {
  const sizes: number[] = [];
  for (const run of candidate.runs) {
    const states = statesOf(run);
    if (states === undefined) return { ...unpriced(candidate), atLeast: sum(sizes) + COUNTED };
    sizes.push(states);
  }
  return { ...unpriced(candidate), states: sum(sizes) };
}

const cost = ({ states, atLeast = 0 }: ImpactCommand): number => states ?? atLeast + 1;

/**
 * Smaller is what has fewer steps and channels. With `statesOf` the first are searched for their cost, as many as a text
 * shows, and of equally close ones the cheapest comes first.
 */
function ordered(candidates: readonly Candidate[], statesOf: StatesOf | undefined): readonly ImpactCommand[] {
  const sized = candidates
    .map((one) => ({ one, size: sum(one.runs.map(sizeOf)) }))
    .sort((a, b) => b.one.closeness - a.one.closeness || a.size - b.size)
    .map(({ one }) => one);
  if (statesOf === undefined) return sized.map(unpriced);
  const first = sized.slice(0, COMMANDS).map((one) => ({ closeness: one.closeness, command: priced(one, statesOf) }));
  return [
    ...first.sort((a, b) => b.closeness - a.closeness || cost(a.command) - cost(b.command)).map((one) => one.command),
    ...sized.slice(COMMANDS).map(unpriced),
  ];
}

/** One command for each system that has the machines, and one for each of the questions. */
export function commandsFor(
  runs: readonly RunWith[],
  questions: readonly string[],
  vendors: readonly Vendor[],
  close: (system: string) => number,
  statesOf: StatesOf | undefined,
): readonly ImpactCommand[] {
  const chosen = new Map<string, RunWith>();
  for (const one of runs.toSorted(byPlainness(vendors)))
    if (!chosen.has(one.run.system)) chosen.set(one.run.system, one);
  const checks = [...chosen.values()].map(({ run, machines }): Candidate => {
    const breaks = counted(Object.keys(run.known).length, "property", "properties");
    const why = `${machines.map(({ id }) => id).join(", ")} in ${run.system}, design ${run.host}${Object.keys(run.known).length > 0 ? `; known to break ${breaks}` : ""}`;
    return { command: checkCommand(run), why, runs: [run], closeness: close(run.system) };
  });
  const asked = questions.slice(0, QUESTIONS).flatMap((id): readonly Candidate[] => {
    const scenario = scenarios.find((one) => one.id === id);
    if (!scenario) return [];
    const requests = scenario.runs.map(({ request }) => request);
    const closest = Math.max(...requests.map(({ system }) => close(system)));
    return [{ command: `npx faultline scenarios ${id}`, why: scenario.question, runs: requests, closeness: closest }];
  });
  return ordered([...checks, ...asked], statesOf);
}
