/**
 * The suite at small bounds. Each run is searched twice, up to symmetry and as a whole, and what the searches say is held
 * against what is listed, against each other, and against the reference explorer, and which rules they took is noted. The predicates are asked by the search
 * itself whether they tell apart what it exchanges (checker/explore/claims/impartial.ts), the machines in machines.prop.test.ts.
 */
import { expect, test } from "vitest";
import { checkEquivariance } from "../../checker/equivariance.ts";
import type { BreadthFirst } from "../../checker/explore/search/breadth-first.ts";
import { recordOf, startExhaustive } from "../../checker/explore/exhaustive.ts";
import type { RunRecord } from "../../checker/run-record.ts";
import { RuleBook } from "../../checker/rule-book.ts";
import { heldAgainstReference } from "../../checker/textbook/held-against-reference.ts";
import { build } from "../build.ts";
import { differences } from "../gaps/gap.ts";
import { claimExcusesOfSmall } from "../gaps/claims.ts";
import { excusesOfSmall } from "../gaps/index.ts";
import { suite } from "../suite.ts";
import { catalogue } from "./index.ts";
import type { SuiteRun } from "../suite/run.ts";

interface Searched {
  readonly search: BreadthFirst;
  readonly record: RunRecord;
}

/** The rules that all searches took so far, the situations that they saw, and the runs that were searched. */
const book = new RuleBook();
const seen = new Set<string>();
const noted = new Set<SuiteRun>();

/** The two searches of a run, each made when it is first asked for. */
class Searches {
  readonly run: SuiteRun;
  readonly system;
  readonly #made = new Map<boolean, Searched>();

  constructor(run: SuiteRun) {
    this.run = run;
    this.system = build(run);
  }

  /** Up to symmetry, or of all states. */
  readonly of = (symmetry: boolean): Searched => {
    const made = this.#made.get(symmetry) ?? this.#make(symmetry);
    this.#made.set(symmetry, made);
    return made;
  };

  #make(symmetry: boolean): Searched {
    const search = startExhaustive(this.system, { symmetry });
    while (search.advance(1 << 16));
    book.see(search.core);
    for (const id of search.judge.found.keys()) seen.add(id);
    noted.add(this.run);
    return { search, record: recordOf(search, this.run) };
  }
}

/** The searches of the run that was asked for last: there is no room for all. */
let latest: Searches | undefined;
const searchesOf = (run: SuiteRun): Searches => (latest?.run === run ? latest : (latest = new Searches(run)));

/** What was said, with the length of what is shortest. */
const said = ({ properties }: RunRecord) =>
  Object.fromEntries(
    properties.map(({ id, kind, verdict }) => [
      id,
      [
        verdict.kind,
        verdict.kind === "violated" && kind !== "leadsTo" && verdict.trace.steps.length,
        verdict.kind === "witnessed" && verdict.depth,
      ],
    ]),
  );

function expectListed({ run, system, of }: Searches): void {
  const { search, properties } = of(system.symmetry !== undefined).record;
  expect(search.complete).toBe(true);
  const kinds = (kind: string) => properties.filter(({ verdict }) => verdict.kind === kind).map(({ id }) => id);
  expect(kinds("never-witnessed")).toEqual([]);
  const listed = "what this run violates is listed in properties/suite, each with its reason";
  expect(kinds("violated").sort(), listed).toEqual(Object.keys(run.known).sort());
}

function expectEqual({ of }: Searches): void {
  const whole = of(false);
  const reduced = of(true);
  expect(checkEquivariance(whole.search.core)).toMatchObject({ asymmetries: 0 });
  expect(reduced.search.represented).toBe(whole.search.store.count);
  expect(reduced.search.representedTransitions).toBe(whole.search.transitions);
  expect(said(reduced.record)).toEqual(said(whole.record));
  expect(reduced.record.search.depth).toBe(whole.search.depth);
  if (reduced.search.orbits) expect(reduced.record.search.states).toBeLessThan(whole.search.store.count);
}

function expectReference({ system, of }: Searches): void {
  const { reference, differences } = heldAgainstReference(system, { search: (symmetry) => of(symmetry).record });
  expect(differences).toEqual([]);
  expect(reference.kind).toBe("said");
}

const isSymmetric = (run: SuiteRun): boolean => build(run).symmetry !== undefined;

const checks = suite("small").flatMap((run) => {
  const name = [run.system, run.hardware, run.host, JSON.stringify(run.set)].join(" ");
  return [
    { name, run, what: "sees all that should be possible, and breaks what is known", expectIt: expectListed },
    ...(isSymmetric(run) ? [{ name, run, what: "is the same with and without symmetry", expectIt: expectEqual }] : []),
    { name, run, what: "is what the reference explorer says", expectIt: expectReference },
  ];
});

test.each(checks)("$name at small bounds $what", ({ run, expectIt }) => {
  expectIt(searchesOf(run));
});

function searchAll(): void {
  for (const run of suite("small")) if (!noted.has(run)) searchesOf(run).of(true);
}

test("each rule is taken, each guard true and false, each state entered and each message sent, or properties/gaps says why not (npm run rules)", () => {
  searchAll();
  expect(differences(book.record, excusesOfSmall)).toEqual({ unexcused: [], stale: [] });
});

test("each situation that a claim rests on is seen in some run, or properties/gaps says why not", () => {
  searchAll();
  const situations = catalogue.filter(({ kind }) => kind === "sometimes").map(({ id }) => id);
  const excused = claimExcusesOfSmall.flatMap(({ ids }) => ids).filter((id) => situations.includes(id));
  expect(situations.filter((id) => !seen.has(id)).toSorted()).toEqual(excused.toSorted());
});
