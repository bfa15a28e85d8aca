/** What a running search has found violated so far: counted for the progress line, and told once each. */
import type { BreadthFirst } from "../checker/explore/search/breadth-first.ts";
import { DEADLOCK, forbidsDeadlock } from "../checker/explore/claims/deadlock.ts";
import type { ClaimRecord } from "../checker/run-record.ts";
import { counted } from "../reports/words.ts";
import type { Violation, Watch } from "./ports.ts";

export class Found {
  readonly #isExpected: (id: string) => boolean;
  readonly #tellsKnown: boolean;
  readonly #tell: Watch["onViolation"];
  readonly #ids = new Set<string>();
  /** Properties violated that nobody expected. */
  violations = 0;
  /** Properties violated as expected. */
  known = 0;

  constructor(isExpected: (id: string) => boolean, tellsKnown: boolean, tell: Watch["onViolation"]) {
    this.#isExpected = isExpected;
    this.#tellsKnown = tellsKnown;
    this.#tell = tell;
  }

  /** Counts the violation, and tells it when it is new. */
  add(id: string, told: () => Omit<Violation, "id">): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    const isKnown = this.#isExpected(id);
    if (isKnown) this.known++;
    else this.violations++;
    if (!isKnown || this.#tellsKnown) this.#tell?.({ id, ...told(), ...(isKnown && { isKnown }) });
  }

  /** Looks at what the search has found since it was looked at last. */
  look(found: BreadthFirst, isOver: boolean): void {
    const { judge, store, system, deadlock, limits } = found;
    const next = (id: string): Violation["search"] => {
      if (isOver) return "is over";
      return limits.stopAt === "first" && limits.isExpected?.(id) !== true ? "stops" : "goes on";
    };
    const tell = ({ id, name, statement }: ClaimRecord, at: number): void =>
      this.add(id, () => ({
        ...(name !== undefined && { name }),
        statement,
        where: `at depth ${store.stepsTo(at).length}`,
        search: next(id),
      }));
    for (const { instance, state } of judge.found.values())
      if (instance.property.kind === "always") tell(instance.property, state);
    if (deadlock >= 0 && forbidsDeadlock(system)) tell(DEADLOCK, deadlock);
  }
}

/** "in 12 steps". */
export const inSteps = (steps: number): string => `in ${counted(steps, "step")}`;
