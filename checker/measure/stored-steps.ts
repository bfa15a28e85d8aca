/** What each stored transition of a search is: also of those that change nothing, which the graph does not tell apart. */
import { BreadthFirst } from "../explore/search/breadth-first.ts";
import { STILL, type Graph } from "../explore/states/graph.ts";
import { ModelError, type System } from "../system.ts";
import { sliceAt, whole, type Slices } from "./slices.ts";
import { Occurrences, REFUSED, type Occurrence } from "./occurrence.ts";

/**
 * The search that numbers are taken from; the caller advances it to its end. No state stands for another one: rates and
 * counts may tell devices and pages apart that the system declares to be alike.
 */
export const startMeasured = (system: System, maxStates?: number): BreadthFirst =>
  new BreadthFirst(system, { keepGraph: true, symmetry: false, ...(maxStates !== undefined && { maxStates }) });

export class StoredSteps {
  readonly search: BreadthFirst;
  readonly graph: Graph;
  /** By transition: the number of its occurrence. */
  readonly of: Int32Array;
  /** By transition: the number of its action. */
  readonly actions: Uint16Array;
  readonly occurrences: readonly Occurrence[];
  readonly #known: Occurrences;

  /** In slices. @throws ModelError for a search that does not have all states */
  static *of(search: BreadthFirst): Slices<StoredSteps> {
    const steps = new StoredSteps(search, false);
    yield* steps.#read();
    return steps;
  }

  /** @throws ModelError for a search that does not have all states */
  constructor(search: BreadthFirst, isRead = true) {
    const { graph, core } = search;
    if (!graph || !search.complete || search.orbits)
      throw new ModelError(
        `Numbers need all states of "${search.system.name}"; the search ended early (${search.stoppedBy ?? "it keeps no transitions"}).`,
      );
    this.search = search;
    this.graph = graph;
    this.#known = new Occurrences(core);
    this.occurrences = this.#known.values;
    this.of = new Int32Array(graph.transitions);
    this.actions = new Uint16Array(graph.transitions);
    if (isRead) whole(this.#read());
  }

  *#read(): Slices<void> {
    const { search, graph } = this;
    const { core } = search;
    const known = this.#known;
    const vector = new Int32Array(core.slots);
    const { offsets } = graph;
    for (let state = 0; state < graph.states; state++) {
      const slice = sliceAt(state, graph.states);
      if (slice) yield slice;
      search.vectorOf(state, vector);
      let edge = offsets[state]!;
      // Transitions are stored in the order of the actions.
      for (let slot = 0; slot < core.slots; slot++) {
        if (slot >= core.componentCount) {
          if (vector[slot] !== 0) edge = this.#tell(known, vector, core.actionOfDelivery(slot), edge);
          continue;
        }
        const choices = core.choices(slot, vector[slot]!);
        for (let k = 0; k < choices.length; k += 2) edge = this.#tell(known, vector, choices[k]!, edge);
      }
      if (edge !== offsets[state + 1]) throw new ModelError(`State ${state} has other steps than were stored of it.`);
    }
  }

  #tell(known: Occurrences, vector: Int32Array, action: number, edge: number): number {
    const occurrence = known.of(vector, action);
    if (occurrence === REFUSED) return edge;
    const stored = this.graph.actions[edge];
    if (stored !== STILL && stored !== action)
      throw new ModelError(`Transition ${edge} is another step than was stored.`);
    this.of[edge] = occurrence;
    this.actions[edge] = action;
    return edge + 1;
  }

  /** A number for each transition. */
  byEdge(value: (occurrence: Occurrence) => number): Float64Array {
    const values = this.occurrences.map(value);
    return Float64Array.from(this.of, (occurrence) => values[occurrence]!);
  }
}
