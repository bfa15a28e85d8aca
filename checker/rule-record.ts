/** What of the machines some searches made use of, told as plain JSON: rules, states and messages. */

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
  /** Its states, those within others after them: "busy", "busy.waiting". */
  readonly states: readonly { readonly state: string; readonly entered: boolean }[];
  /** The messages that it says it emits. */
  readonly messages: readonly { readonly message: string; readonly sent: boolean }[];
}

/** How a rule was not used: it was never taken, or its guard was never false. Or a state was not, or a message. */
export type GapKind = "never taken" | "never refused" | "never entered" | "never sent";

export interface Gap {
  readonly machine: string;
  /** Or a state; or a message, and then `machine` names all machines that may send it. */
  readonly rule: string;
  readonly kind: GapKind;
  readonly guard?: string;
}

/** What is missing before each rule was taken, and each guard was seen true and false. */
const gapsOfRules = ({ machine, rules }: MachineRulesRecord): readonly Gap[] =>
  rules.flatMap(({ rule, guard, taken, refused }) => {
    const kind = !taken ? "never taken" : guard !== undefined && !refused ? "never refused" : undefined;
    return kind === undefined ? [] : [{ machine, rule, kind, ...(guard !== undefined && { guard }) }];
  });

/** A state with rules that are never taken needs no word of its own. */
const gapsOfStates = ({ machine, rules, states }: MachineRulesRecord): readonly Gap[] =>
  states
    .filter(({ state, entered }) => !entered && !rules.some(({ rule, taken }) => !taken && isWithin(rule, state)))
    .map(({ state }) => ({ machine, rule: state, kind: "never entered" }));

const isWithin = (rule: string, state: string): boolean =>
  rule.startsWith(`${state}: `) || rule.startsWith(`${state}.`);

/** A message of which none of the machines that may send it has sent one. */
function gapsOfMessages(records: readonly MachineRulesRecord[]): readonly Gap[] {
  const senders = new Map<string, string[]>();
  for (const { machine, messages } of records)
    for (const { message } of messages) senders.set(message, [...(senders.get(message) ?? []), machine]);
  const sent = new Set(records.flatMap(({ messages }) => messages.flatMap((one) => (one.sent ? [one.message] : []))));
  return [...senders]
    .filter(([message]) => !sent.has(message))
    .map(([message, machines]) => ({ machine: machines.join(", "), rule: message, kind: "never sent" }));
}

/** What is missing before everything of the machines was made use of. */
export const gapsIn = (records: readonly MachineRulesRecord[]): readonly Gap[] => [
  ...records.flatMap((record) => [...gapsOfRules(record), ...gapsOfStates(record)]),
  ...gapsOfMessages(records),
];
