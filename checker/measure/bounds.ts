/** The least and the most of something per finished piece of work, over all runs, as a record with a run that shows each. */
import { traceOf } from "../explore/paths/trace.ts";
import type { ModelRecord, TraceRecord } from "../run-record.ts";
import { checkCounted, countIn, type Counted } from "./counted.ts";
import type { Amount } from "./expected-record.ts";
import { leastOf, type Told } from "./least.ts";
import { mostOf, type Most } from "./most.ts";
import { Pieces, type Work } from "./pieces.ts";
import { whole, type Slices } from "./slices.ts";
import type { StoredSteps } from "./stored-steps.ts";

export const BOUNDS_SCHEMA = "faultline-bounds/1";

export interface BoundRecord {
  readonly count: Amount;
  /** The step of the trace with which the piece begins, counted from 0. It goes to the last step, or for ever round the loop. */
  readonly from: number;
  readonly trace: TraceRecord;
}

export interface BoundsRecord {
  readonly schema: typeof BOUNDS_SCHEMA;
  readonly method: "bounds";
  readonly model: ModelRecord;
  readonly assumptions: readonly string[];
  /** Of the search; all runs are made of them. */
  readonly states: number;
  readonly transitions: number;
  readonly work: string;
  readonly counts: readonly { readonly label: string; readonly least: BoundRecord; readonly most: BoundRecord }[];
}

/** @throws ModelError for names that are none, and where no work is ever finished */
export const boundsOf = (...of: Parameters<typeof boundsInSlices>): BoundsRecord => whole(boundsInSlices(...of));

/** The same in slices. @throws ModelError */
export function* boundsInSlices(
  steps: StoredSteps,
  model: ModelRecord,
  { counts, ...work }: Work & { readonly counts: readonly Counted[] },
): Slices<BoundsRecord> {
  const { search, graph } = steps;
  for (const counted of counts) checkCounted(search.system, counted);
  const pieces = new Pieces(steps, work);
  const records: BoundsRecord["counts"][number][] = [];
  for (const counted of counts) {
    yield { unit: "counts", done: records.length, share: records.length / counts.length };
    const weights = steps.byEdge((occurrence) => countIn(counted, occurrence));
    const about = (which: string): string => `The ${which} of ${counted.label} per piece of ${work.finished.label}.`;
    records.push({
      label: counted.label,
      least: boundRecord(steps, model, leastOf(pieces, weights), about("least")),
      most: boundRecord(steps, model, mostOf(pieces, weights), about("most")),
    });
  }
  return {
    schema: BOUNDS_SCHEMA,
    method: "bounds",
    model,
    assumptions: assumptionsOf(work, pieces),
    states: graph.states,
    transitions: graph.transitions,
    work: work.finished.label,
    counts: records,
  };
}

function boundRecord(
  steps: StoredSteps,
  model: ModelRecord,
  { count, before, piece, loop }: Told & Most,
  statement: string,
): BoundRecord {
  const { system } = steps.search;
  const actions = [...before, ...piece].map((edge) => system.actions[steps.actions[edge]!]!);
  const { blocked: _, goesOn: __, ...trace } = traceOf(system, model, actions, { id: "BOUND", statement }, "unknown");
  return {
    count: count === Infinity ? "infinite" : count,
    from: before.length,
    trace: loop === undefined ? trace : { ...trace, loop: actions.length - loop },
  };
}

const assumptionsOf = ({ finished, begins, never = [] }: Work, { overlap }: Pieces): readonly string[] => [
  "Every run counts, however improbable: nothing is assumed of times, and no step is fair.",
  begins
    ? `A piece goes from each step that is "${begins.label}" to the next that is "${finished.label}".`
    : `A piece goes from one step that is "${finished.label}" to the next, and the first one from the beginning.`,
  ...(overlap
    ? [
        `A piece can begin while another is under way: it is counted with steps of both, and may end with the "${finished.label}" of the other.`,
      ]
    : []),
  ...(never.length > 0 ? [`No run takes a step of these: ${never.map((one) => JSON.stringify(one)).join(", ")}.`] : []),
];
