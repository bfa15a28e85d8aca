/** Which rules of the machines some searches made use of, told as plain JSON. */

export interface RuleRecord {
  /** "asleep: queue.wakes (1 of 2)": state, event, and which of the alternatives of the event in that state. */
  readonly rule: string;
  /** The name of its guard, "guard" for one without a name; undefined: it has none. */
  readonly guard?: string;
  /** Some step came as far as this rule: no alternative before it was taken. */
  readonly asked: boolean;
  readonly taken: boolean;
  /** Its guard was false at least once. */
  readonly refused: boolean;
}

/** A machine, and what was made of its rules by all components that run it. */
export interface MachineRulesRecord {
  /** Its id; of several machines with this id also where it is from. */
  readonly machine: string;
  /** Names of the systems that were searched and contain it. */
  readonly systems: readonly string[];
  readonly rules: readonly RuleRecord[];
}

/** How a rule was not used: it was never taken, or its guard was never false. */
export type GapKind = "never taken" | "never refused";

export interface Gap {
  readonly machine: string;
  readonly rule: string;
  readonly kind: GapKind;
  readonly guard?: string;
}

/** What is missing before each rule was taken, and each guard was seen true and false. */
export const gapsIn = ({ machine, rules }: MachineRulesRecord): readonly Gap[] =>
  rules.flatMap(({ rule, guard, taken, refused }) => {
    const kind = !taken ? "never taken" : guard !== undefined && !refused ? "never refused" : undefined;
    return kind === undefined ? [] : [{ machine, rule, kind, ...(guard !== undefined && { guard }) }];
  });
