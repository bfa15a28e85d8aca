/**
 * Which rules, states and messages of the machines some searches made use of. A step that a component can take and that the system then refuses
 * counts as taken, so a gap is always real. Eventless transitions are not looked at.
 */
import type { AnyMachineSnapshot, AnyStateMachine, StateNode } from "xstate";
import type { Core } from "./kernel/core.ts";
import type { MachineRulesRecord } from "./rule-record.ts";
import { nodesOf, rulesOf, ruleText } from "./rules.ts";
import { metaOf } from "./said.ts";

interface Use {
  readonly rule: string;
  readonly guard?: string;
  asked: boolean;
  taken: boolean;
  refused: boolean;
}

interface Entry {
  readonly id: string;
  /** Where the machine is from: different machines may have one id. */
  readonly from: string;
  readonly systems: Set<string>;
  /** By text. A knob can give a machine other rules. */
  readonly uses: Map<string, Use>;
  /** By path: whether it was entered. */
  readonly states: Map<string, boolean>;
  /** By type: whether it was sent. */
  readonly messages: Map<string, boolean>;
}

/** What is known of one machine of a system. */
interface Known {
  readonly entry: Entry;
  readonly uses: ReadonlyMap<object, Use>;
}

type Node = StateNode;

const isAbove = (node: Node, below: Node): boolean =>
  below.parent !== undefined && (below.parent === node || isAbove(node, below.parent));

export class RuleBook {
  readonly #entries = new Map<string, Entry>();
  /** A system makes its machines anew; the book is of machines by id. */
  readonly #known = new WeakMap<AnyStateMachine, Known>();

  /** Notes every step that the search asked a machine for, and where it led to. */
  see(core: Core): void {
    const { system } = core;
    const known = system.componentNames.map((name) => this.#knownOf(system.components[name]!.machine, system.name));
    for (const { slot, local, event, outcome } of core.cells()) {
      const { machine } = system.components[core.slotName(slot)]!;
      const { entry, uses } = known[slot]!;
      noteStep(machine, core.locals[slot]!.values[local]!, core.events.values[event]!, uses);
      for (const { message } of outcome?.emitted ?? []) entry.messages.set(message.type, true);
    }
    known.forEach(({ entry: { states } }, slot) => {
      for (const { _nodes } of core.locals[slot]!.values)
        for (const { path } of _nodes as readonly Node[]) if (path.length > 0) states.set(path.join("."), true);
    });
  }

  /** In the order of their names. */
  get record(): readonly MachineRulesRecord[] {
    const entries = [...this.#entries.values()];
    const count = new Map<string, number>();
    for (const { id } of entries) count.set(id, (count.get(id) ?? 0) + 1);
    return entries
      .map(({ id, from, systems, uses, states, messages }) => ({
        machine: count.get(id) === 1 ? id : `${id} (${from})`,
        systems: [...systems],
        rules: [...uses.values()].map((use) => ({ ...use })),
        states: [...states].map(([state, entered]) => ({ state, entered })),
        messages: [...messages].map(([message, sent]) => ({ message, sent })),
      }))
      .sort((a, b) => (a.machine < b.machine ? -1 : 1));
  }

  #knownOf(machine: AnyStateMachine, system: string): Known {
    const meta = metaOf(machine);
    const from = meta?.origin === undefined ? "" : `${meta.origin.of}, ${meta.origin.at}`;
    const key = `${machine.id} ${from}`;
    const entry = this.#entries.get(key) ?? {
      id: machine.id,
      from,
      systems: new Set<string>(),
      uses: new Map<string, Use>(),
      states: new Map<string, boolean>(),
      messages: new Map<string, boolean>(),
    };
    this.#entries.set(key, entry);
    entry.systems.add(system);
    const known = this.#known.get(machine) ?? { entry, uses: usesIn(machine, entry) };
    this.#known.set(machine, known);
    for (const { path, always = [] } of nodesOf(machine.root))
      // What is left within the step that enters it is in no snapshot.
      if (path.length > 0 && always.length === 0) addTo(entry.states, path.join("."));
    for (const type of Object.keys(meta?.messages ?? {})) addTo(entry.messages, type);
    return known;
  }
}

const addTo = (seen: Map<string, boolean>, name: string): void => void (seen.has(name) || seen.set(name, false));

function usesIn(machine: AnyStateMachine, { uses }: Entry): ReadonlyMap<object, Use> {
  return new Map(
    rulesOf(machine).map((rule) => {
      const text = ruleText(machine, rule);
      const guard = rule.guard !== undefined && { guard: rule.guard };
      const use = uses.get(text) ?? { rule: text, ...guard, asked: false, taken: false, refused: false };
      uses.set(text, use);
      return [rule.transition, use] as const;
    }),
  );
}

/** A state asks its own rules, in their order, where no state within it has taken the event. */
function noteStep(
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot,
  event: { readonly type: string },
  uses: ReadonlyMap<object, Use>,
): void {
  if (snapshot.status !== "active") return;
  const chosen = machine.getTransitionData(snapshot as never, event) ?? [];
  for (const node of snapshot._nodes) {
    const candidates = node.transitions.get(event.type);
    if (!candidates || chosen.some(({ source }) => isAbove(node, source))) continue;
    for (const candidate of candidates) {
      const use = uses.get(candidate)!;
      use.asked = true;
      if (chosen.includes(candidate)) {
        use.taken = true;
        break;
      }
      use.refused = true;
    }
  }
}
