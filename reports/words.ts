/** The few words in which results are told. Each verdict has one wording, used by every report. */
import type { ClaimRecord, ModelRecord, RunRecord, SearchRecord, Verdict } from "../checker/run-record.ts";

/** 1234567 is "1 234 567". */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, " ");

/** "1 state", "2 states", "3 properties". */
export const counted = (n: number, noun: string, plural = `${noun}s`): string =>
  `${count(n)} ${n === 1 ? noun : plural}`;

/** Wall time: "0.42 s", "12.3 s", "4 min 05 s". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** Bytes: "640 kB", "1.5 GB" (powers of 1000). */
export function size(bytes: number): string {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** "IFD-20 (no-lost-response)", or the id of a claim without a name. */
export const claimName = ({ id, name }: Pick<ClaimRecord, "id" | "name">): string =>
  name === undefined ? id : `${id} (${name})`;

/** The verdict in the words of the field: only a complete search says "holds". */
export function verdictWords(verdict: Verdict): string {
  switch (verdict.kind) {
    case "holds":
      return "holds";
    case "holds-within-bounds":
      return `holds within bounds (${verdict.bound})`;
    case "approximate":
      return "no violation found, approximate";
    case "violated":
      return `violated in ${counted(verdict.trace.steps.length, "step")}`;
    case "witnessed":
      return `witnessed in ${counted(verdict.depth, "step")}`;
    case "never-witnessed":
      return "never witnessed";
    case "no-violation":
      return `no violation in ${counted(verdict.runs, "random run")}`;
    case "unknown":
      return `unknown: ${verdict.because}`;
  }
}

/** Reachable states; a search up to symmetry keeps fewer, one for all that differ by an exchange of equals. */
export const reachable = ({ states, orbits }: SearchRecord): number => orbits ?? states;

/** Their transitions: of the same states that `reachable` counts. */
export const taken = ({ transitions, orbitTransitions }: SearchRecord): number => orbitTransitions ?? transitions;

/** How much was looked at: the first thing a report says. */
export function coverage(search: SearchRecord): string {
  const { states, orbits, orbitTransitions, transitions, depth } = search;
  if (search.kind === "random")
    return `${counted(search.runs ?? 0, "random run")} from seed ${search.seed ?? 0}: ${counted(transitions, "step")}. A random search proves nothing.`;
  if (search.kind === "replay") return `A replay of ${counted(transitions, "step")}.`;
  const kept = (number: number, all: number | undefined): string =>
    all === undefined ? "" : ` (${count(number)} up to symmetry)`;
  const looked =
    `${counted(reachable(search), "reachable state")}${kept(states, orbits)}, ` +
    `${counted(taken(search), "transition")}${kept(transitions, orbitTransitions)}, depth ${depth}`;
  const { symmetry } = search;
  // What is reduced rests on a sample then; `--no-symmetry` rests on nothing.
  const sampled =
    symmetry && symmetry.because === undefined && symmetry.compared < symmetry.of
      ? ` Symmetry was audited in ${count(symmetry.compared)} of ${count(symmetry.of)} steps.`
      : "";
  return search.complete
    ? `Complete: ${looked}.${sampled}`
    : `Incomplete (${search.stoppedBy ?? "unnamed bound"}): ${looked}.${missedWords(search)}`;
}

/** A smaller chance than one in so many is told as this one. */
const RAREST = 1e9;

/** How probable it is that an approximate search missed a state. */
function missedWords({ approximate }: SearchRecord): string {
  if (!approximate) return "";
  const { bits, missed } = approximate;
  const chance =
    missed > 0.01 ? `${Math.ceil(100 * missed)} %` : `1 in ${count(Math.min(RAREST, Math.floor(1 / missed)))}`;
  return ` A hash of ${bits} bits stood for each state; the probability that one was missed is at most ${chance}.`;
}

const knobs = ({ set }: Pick<ModelRecord, "set">): readonly string[] =>
  Object.entries(set).map(([knob, value]) => `${knob}=${typeof value === "string" ? value : JSON.stringify(value)}`);

/** "page-queue, hardware vtd, design rfc-v2, bounds small": what a system does not have is not named. */
export const presetsOf = ({
  system,
  hardware,
  host,
  bounds,
}: Omit<ModelRecord, "parameters" | "fingerprint">): string =>
  [
    system,
    ...(hardware === "" ? [] : [`hardware ${hardware}`]),
    ...(host === "" ? [] : [`design ${host}`]),
    ...(bounds === "" ? [] : [`bounds ${bounds}`]),
  ].join(", ");

/** "page-queue, hardware vtd, design rfc-v2, bounds small, premap=2". */
export const modelName = (model: Omit<ModelRecord, "parameters" | "fingerprint">): string =>
  [presetsOf(model), ...knobs(model)].join(", ");

/** "page-queue vtd rfc-v2 premap=2": what tells one run of a report from another. */
export const runName = (model: ModelRecord): string =>
  [model.system, model.hardware, model.host, ...knobs(model)].join(" ");

/** One sentence over all runs, and one about those that have no result: `left`. */
export function coverageOfAll(runs: readonly RunRecord[], left = 0): string {
  const [only] = runs;
  const all = runs.length + left;
  if (all === 1 && only) return coverage(only.search);
  const states = runs.reduce((sum, { search }) => sum + reachable(search), 0);
  const stored = runs.reduce((sum, { search }) => sum + search.states, 0);
  const counts = `${counted(states, "state")}${stored < states ? `, ${count(stored)} up to symmetry` : ""}`;
  const unbegun =
    left === 0 ? "" : ` ${count(left)} of ${counted(all, "run")} ${left === 1 ? "has" : "have"} no result.`;
  const complete = runs.filter(({ search }) => search.complete).length;
  const random = runs.filter(({ search }) => search.kind === "random");
  if (random.length > 0) {
    const number = random.reduce((sum, { search }) => sum + (search.runs ?? 0), 0);
    return `${counted(number, "random run")} over ${counted(runs.length, "configuration")}. A random search proves nothing.${unbegun}`;
  }
  return complete === all
    ? `Complete: all reachable states of ${counted(runs.length, "configuration")} (${counts}).`
    : `Incomplete: ${complete} of ${counted(all, "configuration")} searched to the end (${counts} in all).${unbegun}`;
}
