/** What a knob that was set did: the same system searched again with the value that it has anyway, and compared. */
import type { BreadthFirst } from "../checker/explore/search/breadth-first.ts";
import { recordOf, startExhaustive } from "../checker/explore/exhaustive.ts";
import type { Limits } from "../checker/explore/search/limits.ts";
import { isStop } from "../checker/explore/search/stop.ts";
import type { RunRecord, SearchRecord, Verdict } from "../checker/run-record.ts";
import { build, contradiction } from "../properties/build.ts";
import type { RunRequest } from "./ports.ts";

/** Runs with more states than these are not compared: a second search of theirs would take longer than a second or two. */
const COMPARED = 300_000;

/** Takes a search on until it is over or interrupted. */
export type Advance = (search: BreadthFirst) => Promise<void>;

const verdictText = (verdict: Verdict): string =>
  verdict.kind === "violated" ? `violated ${verdict.trace.steps.length}` : JSON.stringify({ ...verdict, trace: 0 });

const judgements = ({ properties }: RunRecord): string =>
  properties.map(({ id, verdict }) => `${id} ${verdictText(verdict)}`).join("\n");

const sizes = ({ states, orbits, transitions, orbitTransitions, depth, complete }: SearchRecord): string =>
  JSON.stringify([states, orbits, transitions, orbitTransitions, depth, complete]);

const without = ({ set, ...request }: RunRequest, knob: string): RunRequest => ({
  ...request,
  set: Object.fromEntries(Object.entries(set).filter(([name]) => name !== knob)),
});

/**
 * The record with a note for each knob of `knobs` without which the search finds as much and judges the same, and under
 * each violation the knobs without which it happens too. `rules` are those of the run itself; the searches without a
 * knob end when they are larger than it.
 */
export async function compared(
  record: RunRecord,
  request: RunRequest,
  knobs: readonly string[],
  rules: Limits,
  advance: Advance,
): Promise<RunRecord> {
  const { complete, stoppedBy = "", states } = record.search;
  if (!(complete || isStop(stoppedBy)) || states > COMPARED) return record;
  const notes: string[] = [];
  const alike = new Map<string, string[]>();
  for (const knob of knobs) {
    const other = without(request, knob);
    if (contradiction(other) !== undefined) continue;
    const system = build(other);
    const value = `${knob}=${String(request.set[knob])}`;
    if (JSON.stringify(system.parameters) === JSON.stringify(record.model.parameters)) {
      notes.push(`${value} is the default of ${request.system}.`);
      continue;
    }
    const search = startExhaustive(system, { ...rules, maxStates: states + 1 });
    await advance(search);
    const found = recordOf(search, other);
    if (sizes(found.search) === sizes(record.search) && judgements(found) === judgements(record))
      notes.push(
        `${value} made no difference in ${request.system} at these bounds${complete ? "" : ", as far as it was searched"}: without it the search has the same states, transitions and verdicts.`,
      );
    else
      for (const { id, verdict } of found.properties)
        if (verdict.kind === "violated") alike.set(id, [...(alike.get(id) ?? []), knob]);
  }
  const properties = record.properties.map((property) => {
    const { id, verdict, known, note } = property;
    const also = alike.get(id);
    if (verdict.kind !== "violated" || known !== undefined || note !== undefined || !also) return property;
    return { ...property, note: `violated without ${also.map((knob) => `--set ${knob}`).join(", or without ")} too` };
  });
  return { ...record, properties, ...(notes.length > 0 && { notes: [...(record.notes ?? []), ...notes] }) };
}
