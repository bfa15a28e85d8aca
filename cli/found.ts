/** What a running search has found violated so far: counted for the progress line, and told once each. */
import type { BreadthFirst } from "../checker/explore/breadth-first.ts";
import { DEADLOCK, forbidsDeadlock } from "../checker/explore/deadlock.ts";
import { counted } from "../reports/words.ts";
import type { Violation, Watch } from "./ports.ts";

export class Found {
  readonly #isExpected: (id: string) => boolean;
  readonly #tell: Watch["onViolation"];
  readonly #ids = new Set<string>();
  /** Properties violated that nobody expected. */
  violations = 0;
  /** Properties violated as expected. */
  known = 0;

  constructor(isExpected: (id: string) => boolean, tell: Watch["onViolation"]) {
    this.#isExpected = isExpected;
    this.#tell = tell;
  }

  /** Counts the violation, and tells it when it is new and not expected. */
  add(id: string, told: () => Omit<Violation, "id">): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    if (this.#isExpected(id)) this.known++;
    else {
      this.violations++;
      this.#tell?.({ id, ...told() });
    }
  }

  /** Looks at what the search has found since it was looked at last. */
  look(search: BreadthFirst, isOver: boolean): void {
    const { judge, store, system, deadlock, limits } = search;
    const now = isOver ? "is over" : limits.stopAt === "first" ? "stops" : "goes on";
    const where = (state: number): string => `at depth ${store.stepsTo(state).length}`;
    for (const [id, { instance, state }] of judge.found)
      if (instance.property.kind === "always")
        this.add(id, () => ({ statement: instance.property.statement, where: where(state), search: now }));
    if (deadlock >= 0 && forbidsDeadlock(system))
      this.add(DEADLOCK.id, () => ({ statement: DEADLOCK.statement, where: where(deadlock), search: now }));
  }
}

/** "in 12 steps". */
export const inSteps = (steps: number): string => `in ${counted(steps, "step")}`;
