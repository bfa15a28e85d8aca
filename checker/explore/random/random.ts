/**
 * Random search: walks led by fast-check tapes, shrunk by fast-check, then shortened as far as can be shown. For systems
 * too big to be searched exhaustively; it finds violations and witnesses, and never says that something holds.
 */
import fc from "fast-check";
import type { Property } from "../../property.ts";
import { RUN_SCHEMA, type PropertyRecord, type RunRecord, type TraceRecord, type Verdict } from "../../run-record.ts";
import type { System } from "../../system.ts";
import { DEADLOCK, forbidsDeadlock } from "../claims/deadlock.ts";
import { modelRecord, propertyRecord, TOOL, type Known, type Origin } from "../exhaustive.ts";
import { explainIn, goalOf } from "./random-explain.ts";
import { Memo } from "./random-memo.ts";
import { DEFAULT_MAX_LENGTH, mix, tape, type TapeBounds } from "./random-tape.ts";
import { isExpected, leftOut } from "../claims/left-out.ts";
import { runTape, subjectOf, type Tape, type Walk } from "./random-walk.ts";
import { minimise, type MinimalBounds } from "./minimal.ts";

export interface RandomOptions extends TapeBounds {
  readonly seed: number;
  /** Walks from the initial state. */
  readonly runs: number;
  readonly minimal?: MinimalBounds;
}

export interface RandomProgress {
  /** Walks so far. */
  readonly runs: number;
  /** Steps taken so far, without those of shrinking. */
  readonly steps: number;
  /** Ids of the properties violated so far. */
  readonly violated: readonly string[];
}

/** Longer tapes are shrunk by the minimiser only, which first leaves out all that was not taken. */
const LONGEST_SHRUNK_TAPE = 2000;
/** Steps spent on shortening the path to one witness. */
const WITNESS: MinimalBounds = { steps: 200_000, tailStates: 2_000, states: 5_000 };

/** Walks between two reports of progress. */
const SLICE = 16;

/** A search that is advanced in slices: the caller owns clock, terminal and interrupts. */
export class RandomSearch {
  readonly system: System;
  readonly origin: Origin;
  readonly options: RandomOptions;
  readonly #memo: Memo;
  readonly #tapes: fc.Arbitrary<Tape>;
  readonly #violated = new Map<string, TraceRecord>();
  readonly #witnesses = new Map<string, Tape>();
  readonly #failed = new Map<string, string>();
  #runs = 0;
  #steps = 0;
  #longest = 0;

  constructor(system: System, origin: Origin, options: RandomOptions) {
    this.system = system;
    this.origin = origin;
    this.options = options;
    this.#memo = new Memo(system);
    this.#tapes = tape(system, options, this.#memo);
  }

  get progress(): RandomProgress {
    return { runs: this.#runs, steps: this.#steps, violated: [...this.#violated.keys()] };
  }

  /** By id, the counterexamples so far. */
  get violated(): ReadonlyMap<string, TraceRecord> {
    return this.#violated;
  }

  /** Walks up to `count` times; false when all runs are done. Throws ModelError, with a short path to it, for a mistake in the model. */
  advance(count: number): boolean {
    const until = Math.min(this.options.runs, this.#runs + count);
    while (this.#runs < until) this.#walk(mix(this.options.seed, this.#runs++) | 0);
    return this.#runs < this.options.runs;
  }

  /** Every walk has its own seed, so that a failure replays without the walks before it. */
  #walk(seed: number): void {
    let subject: string | undefined;
    const passes = (entries: Tape): boolean => {
      const { core, judge } = this.#memo;
      const walk = runTape(core, judge, entries, (id) =>
        subject === undefined ? !this.#violated.has(id) : id === subject,
      );
      this.#noteWitnesses(walk);
      if (subject === undefined) {
        this.#steps += walk.taken.length;
        this.#longest = Math.max(this.#longest, walk.taken.length);
        if (walk.failure) subject = subjectOf(walk.failure);
      }
      return walk.failure === undefined;
    };
    const { maxLength = DEFAULT_MAX_LENGTH, minimal } = this.options;
    const endOnFailure = maxLength > LONGEST_SHRUNK_TAPE;
    const details = fc.check(fc.property(this.#tapes, passes), { seed, numRuns: 1, endOnFailure });
    if (details.failed) {
      const drawn = { seed, path: details.counterexamplePath!, maxLength };
      const failing = { tape: details.counterexample![0], subject: subject!, drawn };
      this.#violated.set(failing.subject, explainIn(this.#memo.core, this.origin, failing, minimal));
    }
    this.#memo.walked();
  }

  #noteWitnesses({ taken }: Walk): void {
    for (const [id, because] of this.#memo.judge.failed) if (!this.#failed.has(id)) this.#failed.set(id, because);
    for (const [id, { instance, state }] of this.#memo.judge.found)
      if (instance.property.kind === "sometimes" && !this.#witnesses.has(id))
        this.#witnesses.set(id, taken.slice(0, state));
  }

  /** What the search, over or interrupted, says. */
  record(known: Known = {}): RunRecord {
    const { system, options } = this;
    const properties: PropertyRecord[] = system.properties
      .filter((property) => isExpected(property, system) || this.#witnesses.has(property.id))
      .map((property) => propertyRecord(property, this.#verdict(property), known));
    const left = leftOut(system, new Set(properties.map(({ id }) => id)), []);
    if (forbidsDeadlock(system))
      properties.push(propertyRecord({ ...DEADLOCK, kind: "deadlock" }, this.#violatedOrNot(DEADLOCK.id), known));
    return {
      schema: RUN_SCHEMA,
      tool: TOOL,
      model: modelRecord(system, this.origin),
      search: {
        kind: "random",
        complete: false,
        states: this.#steps + this.#runs,
        transitions: this.#steps,
        depth: this.#longest,
        machineCalls: this.#memo.machineCalls,
        seed: options.seed,
        runs: this.#runs,
        ...(this.#runs < options.runs && { stoppedBy: "interrupted" }),
      },
      properties,
      ...(left.length > 0 && { leftOut: left }),
    };
  }

  #violatedOrNot(id: string): Verdict {
    const trace = this.#violated.get(id);
    if (trace) return { kind: "violated", trace };
    const because = this.#failed.get(id);
    return because === undefined ? { kind: "no-violation", runs: this.#runs } : { kind: "unknown", because };
  }

  #verdict(property: Property): Verdict {
    switch (property.kind) {
      case "always":
        return this.#violatedOrNot(property.id);
      case "sometimes": {
        const path = this.#witnesses.get(property.id);
        if (!path) {
          const because = this.#failed.get(property.id) ?? `not seen in ${this.#runs} random runs`;
          return { kind: "unknown", because };
        }
        const { core } = this.#memo;
        return { kind: "witnessed", depth: minimise(core, path, goalOf(core, property.id), WITNESS).path.length };
      }
      case "canAlways":
      case "leadsTo":
        return { kind: "unknown", because: "needs the complete graph, which a random search does not have" };
      default:
        return property.kind satisfies never;
    }
  }
}

/** Walks to the end. The same system, seed and bounds give the same record. */
export function randomSearch(
  system: System,
  origin: Origin,
  options: RandomOptions & { readonly known?: Known; readonly onProgress?: (progress: RandomProgress) => void },
): RunRecord {
  const search = new RandomSearch(system, origin, options);
  while (search.advance(SLICE)) options.onProgress?.(search.progress);
  return search.record(options.known);
}
