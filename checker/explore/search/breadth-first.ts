/**
 * Breadth-first search over all reachable states, so that what is found first is found by a shortest path. The search
 * is advanced in slices: the caller owns clock, terminal and interrupts. What symmetry it relies on it audits itself, and
 * where the declaration is wrong it begins again without.
 */
import type { Action, System } from "../../system.ts";
import { executionOf } from "./execution.ts";
import type { Instance } from "../claims/instances.ts";
import { LevelSearch } from "./level-search.ts";
import type { Limits } from "./limits.ts";
import { auditSymmetry, type SymmetryAudit } from "../symmetry/symmetry-audit.ts";
import { UnsoundSymmetry } from "../symmetry/unsound.ts";

/** Pairs of a step and an exchange that are audited at least, and transitions for each one more: a few percent of the time. */
const FEWEST_AUDITED = 10_000;
const SELDOM_AUDITED = 40;

export class BreadthFirst extends LevelSearch {
  /** How much of what the exchanges rely on was compared; with `because`, what was wrong, and the search began again. */
  symmetryAudit: SymmetryAudit | undefined;
  /** Transitions up to which the symmetry was audited. */
  #audited = -1;

  constructor(system: System, limits: Limits = {}) {
    super(system, limits);
    try {
      this.begin(limits.symmetry ?? false);
    } catch (error) {
      if (!(error instanceof UnsoundSymmetry)) throw error;
      this.#beginWhole({ compared: 0, of: 0, because: error.message });
    }
  }

  /** Expands up to `count` states; false when the search is over. */
  advance(count: number): boolean {
    try {
      return this.expandSome(count) || !this.confirmed();
    } catch (error) {
      if (!this.doubts(error)) throw error;
      return true;
    }
  }

  /** Whether what was found so far can be relied on; if not, the search has begun again, without symmetry. */
  confirmed(): boolean {
    if (!this.orbits || this.#audited === this.transitions) return true;
    return this.#trusts(Math.max(FEWEST_AUDITED, Math.floor(this.transitions / SELDOM_AUDITED)));
  }

  /** Whether what was thrown came of a wrong symmetry: then the search has begun again, without it. */
  doubts(error: unknown): boolean {
    if (!this.orbits) return false;
    if (!(error instanceof UnsoundSymmetry)) return !this.#trusts(Infinity);
    this.#beginWhole({ compared: 0, of: 0, ...this.symmetryAudit, because: error.message });
    return true;
  }

  /** The actions on the path by which the state, or one that it stands for, was found first. */
  pathTo(state: number): readonly Action[] {
    return executionOf(this.core, this.orbits, this.store.stepsTo(state)).actions.map((a) => this.system.actions[a]!);
  }

  /** The claim that takes, at the end of that path, the place of what the state says of this one. */
  claimAt(state: number, instance: Instance): Instance {
    const { exchange } = executionOf(this.core, this.orbits, this.store.stepsTo(state));
    return this.orbits ? this.orbits.exchanges[exchange]!.instance(instance) : instance;
  }

  #trusts(most: number): boolean {
    const audit = auditSymmetry(this.core, this.orbits!, most);
    this.#audited = this.transitions;
    if (audit.because !== undefined) this.#beginWhole(audit);
    else this.symmetryAudit = audit;
    return audit.because === undefined;
  }

  #beginWhole(audit: SymmetryAudit): void {
    this.symmetryAudit = audit;
    this.begin(false);
  }
}
