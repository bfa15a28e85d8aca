/**
 * A search as plain tables, and a search that goes on from them: with the same numbers, so that it ends with the same counts,
 * verdicts and paths, and with the same record, as if it had never ended. Step trees and read trees are left out. They are
 * filled again, from cells of the step table that are known already, and so number nothing anew.
 */
import { cellsOf, knownOf, learn, Unlearnable, type Known } from "../../kernel/known.ts";
import type { System } from "../../system.ts";
import { Batch, batchTables } from "./batch.ts";
import { BreadthFirst } from "../search/breadth-first.ts";
import { Graph } from "./graph.ts";
import type { Layout } from "./layout.ts";
import type { Limits } from "../search/limits.ts";
import type { StopPosition } from "../search/stop.ts";
import { Store } from "./store.ts";
import type { SymmetryAudit } from "../symmetry/symmetry-audit.ts";

export type Table = Int32Array | Uint16Array;

/** Everything about the search that is no table. */
export interface Plain {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly deadlock: number;
  readonly firstViolation: number;
  readonly represented: number;
  readonly representedTransitions: number;
  readonly next: number;
  readonly levelEnd: number;
  readonly waiting: number;
  readonly words: number;
  /** Whether states stand for others. */
  readonly isReduced: boolean;
  readonly audit: SymmetryAudit | undefined;
  readonly stop: StopPosition;
  /** By id: the claim, by its place among all, and the state. */
  readonly found: readonly (readonly [id: string, instance: number, state: number])[];
  readonly failed: readonly (readonly [id: string, because: string])[];
  /** Transitions of the graph and states that have theirs, where it is kept. */
  readonly graph: readonly [transitions: number, states: number] | undefined;
  readonly known: Known;
}

export interface Checkpoint {
  readonly plain: Plain;
  /** By name: tables that only grow at their ends, as long as the search keeps its layout. */
  readonly growing: ReadonlyMap<string, Table>;
  /** By name: all others. */
  readonly others: ReadonlyMap<string, Table>;
}

/** A checkpoint that was written down. */
export interface Written {
  readonly plain: Plain;
  /** How many numbers the table has. */
  readonly lengthOf: (name: string) => number;
  /** Writes the table into the beginning of `into`. */
  readonly read: (name: string, into: Table) => void;
}

const BATCH = ["states", "hash", "parent", "action", "touched", "orbit"] as const;

/** The search as it is between two slices. Its tables change when it goes on. */
export function checkpointOf(search: BreadthFirst): Checkpoint {
  const { core, judge, store, layout, graph, orbits, batch, position, stop } = search;
  const { count } = store;
  const growing = new Map<string, Table>([
    ["states", store.states.subarray(0, count * store.words)],
    ["parents", store.parents.subarray(0, count)],
    ["actions", store.actions.subarray(0, count)],
  ]);
  if (graph) {
    growing.set("graph-targets", graph.targets.subarray(0, graph.transitions));
    growing.set("graph-actions", graph.actions.subarray(0, graph.transitions));
    growing.set("graph-degrees", graph.degrees.subarray(0, graph.states));
  }
  const others = new Map<string, Table>([
    ["cells", cellsOf(core)],
    ["recent", position.recent],
    ...(["word", "shift", "mask"] as const).map((name) => [`layout-${name}`, layout[name]] as const),
    ...BATCH.map(
      (name) =>
        [`batch-${name}`, batch[name].subarray(0, batch.length * (name === "states" ? layout.words : 1))] as const,
    ),
    ...Object.entries(orbits?.asked ?? {}).map(([name, table]) => [`orbits-${name}`, table as Int32Array] as const),
  ]);
  const plain: Plain = {
    states: count,
    transitions: search.transitions,
    depth: search.depth,
    deadlock: search.deadlock,
    firstViolation: search.firstViolation,
    represented: search.represented,
    representedTransitions: search.representedTransitions,
    next: position.next,
    levelEnd: position.levelEnd,
    waiting: batch.length,
    words: layout.words,
    isReduced: orbits !== undefined,
    audit: search.symmetryAudit,
    stop: stop.position,
    found: [...judge.found].map(([id, { instance, state }]) => [id, judge.instances.indexOf(instance), state] as const),
    failed: [...judge.failed],
    graph: graph && ([graph.transitions, graph.states] as const),
    known: knownOf(core),
  };
  return { plain, growing, others };
}

/** A search that goes on where the other one was. @throws Unlearnable when the system is not the one that was searched */
export function resumed(system: System, limits: Limits, written: Written): BreadthFirst {
  const { plain } = written;
  const search = new Resumed(system, { ...limits, symmetry: limits.symmetry === true && plain.isReduced });
  if ((search.orbits !== undefined) !== plain.isReduced) throw new Unlearnable("The symmetry is another one.");
  search.goOnFrom(written);
  return search;
}

class Resumed extends BreadthFirst {
  goOnFrom({ plain, lengthOf, read }: Written): void {
    const whole = (name: string): Int32Array => {
      const table = new Int32Array(lengthOf(name));
      read(name, table);
      return table;
    };
    learn(this.core, plain.known, whole("cells"));
    if (this.orbits)
      this.orbits.asked = {
        images: whole("orbits-images"),
        base: whole("orbits-base"),
        room: whole("orbits-room"),
        places: whole("orbits-places"),
      };
    const { words } = plain;
    const layout: Layout = {
      words,
      word: whole("layout-word"),
      shift: whole("layout-shift"),
      mask: whole("layout-mask"),
    };
    const store = Store.withRoomFor(words, plain.states);
    read("states", store.states);
    read("parents", store.parents);
    read("actions", store.actions);
    store.holds(plain.states);
    let graph: Graph | undefined;
    if (plain.graph) {
      graph = Graph.holding(...plain.graph);
      read("graph-targets", graph.targets);
      read("graph-actions", graph.actions);
      read("graph-degrees", graph.degrees);
    }
    this.batch = new Batch(batchTables(this.core.slots));
    for (const name of BATCH) read(`batch-${name}`, this.batch[name]);
    this.batch.length = plain.waiting;
    this.goOn(layout, store, graph, { next: plain.next, levelEnd: plain.levelEnd, recent: whole("recent") });
    const { transitions, depth, deadlock, firstViolation, represented, representedTransitions } = plain;
    Object.assign(this, { transitions, depth, deadlock, firstViolation, represented, representedTransitions });
    this.symmetryAudit = plain.audit;
    this.stop.position = plain.stop;
    this.judge.found.clear();
    for (const [id, instance, state] of plain.found)
      this.judge.found.set(id, { instance: this.judge.instances[instance]!, state });
    for (const [id, because] of plain.failed) this.judge.failed.set(id, because);
  }
}
