/** The search and the reference explorer, side by side: what each says of a system, and where they differ. */
import { exhaustive } from "../explore/exhaustive.ts";
import { explored, MistakeAt, TooLarge, type Explored } from "../reference/explore.ts";
import { objectionTo } from "../reference/replay.ts";
import { saidOf, type Said } from "../reference/say.ts";
import { Mistake } from "../reference/state.ts";
import type { PropertyRecord, RunRecord } from "../run-record.ts";
import { ModelError, type System } from "../system.ts";

export { TooLarge };

/** What one of them says; where the model has a mistake, after how many steps, -1 for one before the initial state. */
export type Answer =
  { readonly kind: "said"; readonly said: Said } | { readonly kind: "mistake"; readonly after: number };

export interface Comparison {
  readonly reference: Answer;
  /** States that the search kept, up to symmetry. */
  readonly kept: number;
  /** One line each. */
  readonly differences: readonly string[];
}

const NOWHERE = { system: "", hardware: "", host: "", bounds: "", set: {} };

/**
 * Everything that the search says, with and without symmetry, against the reference; and each counterexample that it
 * shows, taken and judged by the reference.
 *
 * @param limit States that the reference may find.
 * @param search The record of a search that was made before, so that it is made once.
 * @param alter What a test does to the records of the search, to see that it is noticed.
 * @throws TooLarge where the reference finds more
 */
export function heldAgainstReference(
  system: System,
  {
    limit = Infinity,
    search = (symmetry) => exhaustive(system, NOWHERE, { symmetry }),
    alter = (record) => record,
  }: {
    limit?: number;
    search?: (symmetry: boolean) => RunRecord;
    alter?: (record: RunRecord) => RunRecord;
  } = {},
): Comparison {
  const bySearch = (symmetry: boolean) => ({
    symmetry,
    found: orMistake(() => alter(search(symmetry)), ModelError, stepsBefore),
  });
  const all = orMistake(
    () => explored(system, limit),
    Mistake,
    (error) => (error instanceof MistakeAt ? error.depth : -1),
  );
  const reference: Answer = all.kind === "mistake" ? all : { kind: "said", said: saidOf(all.value) };
  const last = bySearch(system.symmetry !== undefined);
  const differences = (system.symmetry ? [bySearch(false), last] : [last]).flatMap(({ symmetry, found }) => {
    const answer: Answer = found.kind === "mistake" ? found : { kind: "said", said: saidBySearch(system, found.value) };
    const shown = found.kind === "done" && all.kind === "done" ? shownWrongly(all.value, found.value) : [];
    const name = symmetry ? "search up to symmetry" : "search";
    return [...differing(answer, reference), ...shown].map((line) => `${name}: ${line}`);
  });
  return { reference, kept: last.found.kind === "done" ? last.found.value.search.states : 0, differences };
}

type Outcome<T> = { readonly kind: "done"; readonly value: T } | { readonly kind: "mistake"; readonly after: number };

function orMistake<T>(
  ask: () => T,
  mistake: typeof Mistake | typeof ModelError,
  after: (error: Error) => number,
): Outcome<T> {
  try {
    return { kind: "done", value: ask() };
  } catch (error) {
    if (error instanceof mistake) return { kind: "mistake", after: after(error) };
    throw error;
  }
}

/** How many steps the search tells before the mistake. */
const stepsBefore = ({ message }: Error): number => Number(/It happens after (\d+) steps?/.exec(message)?.[1] ?? -1);

/** What the record says of the properties of the system, and counts of the whole graph. */
function saidBySearch(system: System, { search, properties, leftOut = [] }: RunRecord): Said {
  const { states, orbits = states, transitions, orbitTransitions = transitions, depth } = search;
  const own = new Set(system.properties.map(({ id }) => id));
  const left = leftOut.flatMap(({ ids }) => ids).filter((id) => own.has(id));
  return {
    states: orbits,
    transitions: orbitTransitions,
    depth,
    verdicts: Object.fromEntries([
      ...left.map((id) => [id, "left out"]),
      ...properties.map((property) => [property.id, told(property)]),
    ]),
  };
}

function told({ kind, verdict }: PropertyRecord): string {
  if (verdict.kind === "witnessed") return `witnessed after ${verdict.depth}`;
  if (verdict.kind === "violated" && kind !== "leadsTo") return `violated after ${verdict.trace.steps.length}`;
  return verdict.kind;
}

function differing(found: Answer, expected: Answer): readonly string[] {
  if (found.kind === "mistake" || expected.kind === "mistake") {
    const words = (answer: Answer): string =>
      answer.kind === "mistake" ? `mistake after ${answer.after} steps` : "no mistake";
    return words(found) === words(expected) ? [] : [`${words(found)}, and not ${words(expected)}`];
  }
  const [a, b] = [found.said, expected.said];
  const counts = (["states", "transitions", "depth"] as const).filter((count) => a[count] !== b[count]);
  const ids = [...new Set([...Object.keys(a.verdicts), ...Object.keys(b.verdicts)])];
  return [
    ...counts.map((count) => `${a[count]} ${count}, and not ${b[count]}`),
    ...ids
      .filter((id) => a.verdicts[id] !== b.verdicts[id])
      .map((id) => `${id} ${a.verdicts[id] ?? "not claimed"}, and not ${b.verdicts[id] ?? "not claimed"}`),
  ];
}

/** The counterexamples that break nothing. */
function shownWrongly(all: Explored, { properties }: RunRecord): readonly string[] {
  return properties.flatMap(({ id, verdict }) => {
    if (verdict.kind !== "violated") return [];
    const { steps, loop = steps.length } = verdict.trace;
    const objection = objectionTo(all, { id, actions: steps.map(({ action }) => action), loop });
    return objection === undefined ? [] : [`the counterexample of ${id} is none: ${objection}`];
  });
}
