/** The groups of a trace that handlers append to lists of fault queues, by number, and when each may be appended. */
import type { Appended, TraceOperation } from "./plan-operations.ts";
import type { Pending, Planned } from "./plan-state.ts";

export class PlanGroups {
  readonly #groups: readonly Appended[];
  readonly #numbers: ReadonlyMap<Appended, number>;

  constructor(operations: readonly TraceOperation[]) {
    this.#groups = operations.flatMap((one) => (one.kind === "looks-up" && one.appends ? [one.appends] : []));
    this.#numbers = new Map(this.#groups.map((group, number) => [group, number]));
  }

  at = (number: number): Appended => this.#groups[number]!;
  numberOf = (group: Appended): number => this.#numbers.get(group)!;

  /** Groups that may be appended to the queue next: none is before it whatever the order. */
  appendable(those: readonly Pending[], until: number): readonly Pending[] {
    return those.filter(({ group }) => {
      const { opens } = this.at(group);
      return opens < until && those.every((other) => this.at(other.group).closes > opens);
    });
  }

  readonly isAnswered = ({ group }: Pending): boolean => this.at(group).cookies !== undefined;

  /** Whether the group is on the list in any case. */
  readonly isThere = ({ group, queue }: Pending, { since }: Planned): boolean => this.at(group).closes <= since[queue]!;
}
