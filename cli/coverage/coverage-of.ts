/** What the runs of the suite make use of: of each run, and of all of them. */
import { startExhaustive } from "../../checker/explore/exhaustive.ts";
import { fingerprint } from "../../checker/fingerprint.ts";
import { RuleBook } from "../../checker/rule-book.ts";
import { gapsIn } from "../../checker/rule-record.ts";
import { antecedentsSeen, restingOn, type AntecedentSeen } from "../../properties/antecedents.ts";
import { catalogue } from "../../properties/catalogue/index.ts";
import { differences, excusedBy, gapText, type Excuse } from "../../properties/gaps/gap.ts";
import type { ClaimExcuse } from "../../properties/gaps/claims.ts";
import { knobGaps, knobUse, type KnobGap } from "../../properties/knob-use.ts";
import type { SuiteRun } from "../../properties/suite/run.ts";
import { COVERAGE_SCHEMA, useOf, type CoveredRun, type CoverageRecord } from "../../reports/coverage.ts";

/** What need not be used, and why. */
export interface Excused {
  readonly rules: readonly Excuse[];
  readonly claims: readonly ClaimExcuse[];
  /** Runs of the suite at its other bounds, which set some of what these leave out. */
  readonly others: readonly SuiteRun[];
}

/** Why something is no gap where only some runs of the suite were searched. */
const ELSEWHERE = "not in these runs; the whole suite was not searched";

const keyOf = ({ knob, value, systems }: KnobGap): string => JSON.stringify([knob, value, systems]);

const AT_OTHERS = "the suite has it at its other bounds";

/** Searches runs one after the other, and adds up what they make use of. */
export class Covering {
  readonly #book = new RuleBook();
  readonly #runs: CoveredRun[] = [];
  readonly #searched: SuiteRun[] = [];
  readonly #claims = new Map<string, { kind: string; runs: number; seen: number }>();

  search(run: SuiteRun): void {
    const resting = restingOn(run);
    const search = startExhaustive(resting.system, {});
    while (search.advance(1 << 16));
    const own = new RuleBook();
    for (const book of [this.#book, own]) book.see(search.core);
    const { system, hardware, host, bounds, set } = run;
    const model = { system, hardware, host, bounds, set, fingerprint: fingerprint(resting.system) };
    this.#runs.push({ model, machines: own.record.map(useOf) });
    this.#searched.push(run);
    for (const claim of antecedentsSeen(resting, search)) this.#count(claim);
  }

  #count({ id, kind, seen }: AntecedentSeen): void {
    const claim = this.#claims.get(id) ?? { kind, runs: 0, seen: 0 };
    claim.runs += 1;
    if (seen) claim.seen += 1;
    this.#claims.set(id, claim);
  }

  /** `whole`: these were all runs of the suite at these bounds, so that what is excused can be out of date. */
  record(bounds: string, excused: Excused, whole: boolean): CoverageRecord {
    const machines = this.#book.record;
    const unset = new Set(knobGaps(knobUse(excused.others)).map(keyOf));
    const isUnsetAtOthers = (gap: KnobGap): boolean => excused.others.length === 0 || unset.has(keyOf(gap));
    const elsewhere = whole ? undefined : ELSEWHERE;
    const reasons = new Map(
      excused.rules.flatMap((excuse) => excusedBy(excuse).map((text) => [text, excuse.reason] as const)),
    );
    const reasoned = <T extends object>(one: T, reason: string | undefined = elsewhere) => ({
      ...one,
      ...(reason !== undefined && { reason }),
    });
    const searched = new Set(this.#searched.map(({ system }) => system));
    const knobs = knobUse(this.#searched).filter(({ systems }) => whole || systems.some((name) => searched.has(name)));
    const claims = catalogue
      .filter(({ id }) => whole || this.#claims.has(id))
      .map(({ id, kind }) => ({ id, ...(this.#claims.get(id) ?? { kind, runs: 0, seen: 0 }) }));
    const vacuous = claims.filter(({ seen }) => seen === 0).map(({ id }) => id);
    const staleClaims = excused.claims.flatMap(({ ids }) => ids.filter((id) => !vacuous.includes(id)));
    return {
      schema: COVERAGE_SCHEMA,
      bounds,
      whole,
      runs: this.#runs,
      machines,
      gaps: gapsIn(machines).map((gap) => reasoned(gap, reasons.get(gapText(gap)))),
      knobs,
      unset: knobGaps(knobs).map(({ reason, ...gap }) => {
        return reasoned(gap, reason ?? (whole && !isUnsetAtOthers(gap) ? AT_OTHERS : undefined));
      }),
      claims,
      vacuous: vacuous.map((id) => reasoned({ id }, excused.claims.find(({ ids }) => ids.includes(id))?.reason)),
      stale: whole ? [...differences(machines, excused.rules).stale, ...staleClaims] : [],
    };
  }
}
