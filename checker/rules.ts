/** The rules of a machine: its transitions, and of those with several guarded alternatives each one for itself. */
import type { AnyStateMachine } from "xstate";

export interface Rule {
  /** As XState has it: the object that a step chooses. */
  readonly transition: object;
  /** Path of the state, or the id of the machine where the rule holds in all its states. */
  readonly state: string;
  readonly event: string;
  /** Which of the alternatives of the event in that state, from 0; and how many there are. */
  readonly choice: number;
  readonly choices: number;
  /** The name of its guard, "guard" for one without a name; undefined: it has none. */
  readonly guard?: string;
}

type Node = AnyStateMachine["root"];

/** The node and all within it. */
export const nodesOf = (node: Node): readonly Node[] => [
  node,
  ...Object.values(node.states).flatMap((inner) => nodesOf(inner)),
];

const nameOf = (guard: unknown): string =>
  typeof guard === "string" ? guard : ((guard as { readonly type?: string }).type ?? "guard");

/** In the order of the definition. Eventless transitions are taken within a step, where nobody sees them: they are not here. */
export const rulesOf = (machine: AnyStateMachine): readonly Rule[] =>
  nodesOf(machine.root).flatMap((node) =>
    [...node.transitions].flatMap(([event, transitions]) =>
      transitions.map((transition, choice) => ({
        transition,
        state: node.path.join(".") || machine.id,
        event,
        choice,
        choices: transitions.length,
        ...(transition.guard !== undefined && { guard: nameOf(transition.guard) }),
      })),
    ),
  );

/** "asleep: queue.wakes (1 of 2)"; without a state where the rule holds in all of them. */
export const ruleText = (
  machine: AnyStateMachine,
  { state, event, choice, choices }: Omit<Rule, "transition">,
): string =>
  `${state === machine.id ? "" : `${state}: `}${event}${choices > 1 ? ` (${choice + 1} of ${choices})` : ""}`;
