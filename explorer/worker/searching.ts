/** The exhaustive search of the session's system, in slices: between two of them the worker hears the page. */
import { recordInSlices, startExhaustive } from "../../checker/explore/exhaustive.ts";
import { DEADLOCK, forbidsDeadlock } from "../../checker/explore/claims/deadlock.ts";
import type { BreadthFirst } from "../../checker/explore/search/breadth-first.ts";
import type { PropertyRecord, RunRecord, TraceRecord } from "../../checker/run-record.ts";
import type { Action } from "../../checker/system.ts";
import { knownOf } from "../../cli/suite-runs.ts";
import { coverage, verdictWords, counted } from "../../reports/words.ts";
import type { Path, ProgressView, SearchView, VerdictView } from "../protocol.ts";
import type { Session } from "./session.ts";

/** States expanded in one slice: some hundredths of a second. */
const SLICE = 1000;

/** How the search talks to the page. */
export interface Telling {
  readonly progress: (progress: ProgressView) => void;
  /** A violation that was found while the search goes on. */
  readonly found: (verdict: VerdictView) => void;
  /** Resolves when messages of the page were heard. */
  readonly breath: () => Promise<void>;
  readonly isStopped: () => boolean;
}

const progressOf = (search: BreadthFirst, isJudging: boolean): ProgressView => ({
  states: search.store.count,
  transitions: search.transitions,
  depth: search.depth,
  waiting: search.waiting,
  isJudging,
});

/** Tells each violation once, with the shortest path to it. */
class Found {
  readonly #told = new Set<string>();
  readonly #session: Session;
  readonly #known: { readonly [id: string]: string };
  readonly #tell: Telling["found"];

  constructor(session: Session, known: { readonly [id: string]: string }, tell: Telling["found"]) {
    this.#session = session;
    this.#known = known;
    this.#tell = tell;
  }

  look(search: BreadthFirst): void {
    for (const { instance, state } of search.judge.found.values())
      if (instance.property.kind === "always") this.#add(search, instance.property.id, state);
    if (search.deadlock >= 0 && forbidsDeadlock(search.system)) this.#add(search, DEADLOCK.id, search.deadlock);
  }

  #add(search: BreadthFirst, id: string, state: number): void {
    if (this.#told.has(id)) return;
    this.#told.add(id);
    const steps = numbersOf(this.#session, search.pathTo(state));
    const known = this.#known[id];
    this.#tell({
      id,
      kind: "violated",
      words: `violated in ${counted(steps.length, "step")}`,
      ...(known !== undefined && { known }),
      path: { steps, watch: id },
    });
  }
}

const numbersOf = ({ system }: Session, actions: readonly Action[]): readonly number[] =>
  actions.map((action) => system.actions.indexOf(action));

const pathOf = (session: Session, { steps, property, loop }: TraceRecord): Path => ({
  steps: numbersOf(
    session,
    steps.map(({ action }) => action),
  ),
  watch: property.id,
  ...(loop !== undefined && { loop }),
});

/** What the page shows of a record. */
function searchView(session: Session, found: BreadthFirst, record: RunRecord): SearchView {
  const { search, properties, leftOut = [] } = record;
  const shownBy = ({ id, verdict }: PropertyRecord): Path | undefined => {
    if (verdict.kind === "violated") return pathOf(session, verdict.trace);
    const witness = verdict.kind === "witnessed" ? found.judge.found.get(id) : undefined;
    return witness && { steps: numbersOf(session, found.pathTo(witness.state)), watch: id };
  };
  return {
    words: coverage(search),
    states: search.states,
    transitions: search.transitions,
    verdicts: properties.map((property) => {
      const { id, verdict, known } = property;
      const path = shownBy(property);
      return {
        id,
        kind: verdict.kind,
        words: verdictWords(verdict),
        ...(known !== undefined && { known }),
        ...(path && { path }),
      };
    }),
    leftOut: leftOut.map(({ ids, because }) => `${ids.join(", ")}: ${because}`),
  };
}

/** Searches to the end, or until the page stops it; then what was not decided is unknown. */
export async function searched(session: Session, stopsAtFirst: boolean, telling: Telling): Promise<SearchView> {
  const { system, request } = session;
  const known = knownOf(request);
  const search = startExhaustive(system, stopsAtFirst ? { stopAt: "first" } : {});
  const found = new Found(session, known, telling.found);
  let goesOn = true;
  while (goesOn && !telling.isStopped()) {
    goesOn = search.advance(SLICE);
    found.look(search);
    telling.progress(progressOf(search, false));
    await telling.breath();
  }
  const judging = recordInSlices(search, request, known);
  let slice = judging.next();
  while (slice.done !== true) {
    telling.progress(progressOf(search, true));
    await telling.breath();
    slice = judging.next(telling.isStopped());
  }
  return searchView(session, search, slice.value);
}
