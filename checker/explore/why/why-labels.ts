/**
 * What a step is. The machine of a thread may take all its steps by one event, so an action alone does not tell them apart:
 * a step is its action and what its machine says that it does there, or else the messages that it emits.
 */
import type { Message } from "../../json.ts";
import { step } from "../../kernel/step.ts";
import { messageSaid, stepSaid } from "../../said.ts";
import { receiver } from "../../system.ts";
import type { BreadthFirst } from "../search/breadth-first.ts";
import { STILL, type Graph } from "../states/graph.ts";
import { groupOf, type Exchange } from "../symmetry/group.ts";

/** More numbers than a slot ever has. */
const ROOM = 2 ** 24;

export class Labels {
  /** By transition of the graph: its label; -1 for what changes nothing. */
  readonly ofEdges: Int32Array;
  /** By label: the number of its action. */
  readonly actions: number[] = [];
  readonly #search: BreadthFirst;
  readonly #names = new Map<string, number>();
  /** By action: what it is, by what decides that. */
  readonly #known: Map<number, number>[];
  readonly #vector: Int32Array;

  constructor(search: BreadthFirst, { offsets, actions, states, transitions }: Graph) {
    this.#search = search;
    this.#known = search.system.actions.map(() => new Map<number, number>());
    this.#vector = new Int32Array(search.core.slots);
    this.ofEdges = new Int32Array(transitions).fill(-1);
    for (let state = 0; state < states; state++) {
      search.vectorOf(state, this.#vector);
      for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
        if (actions[edge] !== STILL) this.ofEdges[edge] = this.#labelOf(this.#vector, actions[edge]!);
    }
  }

  /** The label of an action that can be taken in the state. */
  of(state: number, action: number): number {
    return this.#labelOf(this.#search.vectorOf(state, this.#vector), action);
  }

  /** By label: the least of those that the symmetry of the system turns into it. The same step of an equal part is no other. */
  alike(): Int32Array {
    const { core, judge, system } = this.#search;
    const met = this.#known.map((known) => [...known]);
    const pairs: (readonly [number, number])[] = [];
    for (const exchange of system.symmetry ? groupOf(core, judge.instances) : [])
      for (const [action, known] of met.entries())
        for (const [key, label] of known) pairs.push([label, this.#image(exchange, action, key)]);
    const least = Int32Array.from(this.actions, (_, label) => label);
    for (let changed = true; changed;) {
      changed = false;
      for (const [one, other] of pairs) {
        const smaller = Math.min(least[one]!, least[other]!);
        if (least[one] === smaller && least[other] === smaller) continue;
        least[one] = least[other] = smaller;
        changed = true;
      }
    }
    return least;
  }

  #labelOf(vector: Int32Array, action: number): number {
    const { core, system } = this.#search;
    const { kind } = system.actions[action]!;
    if (kind === "event") return this.#find(action, vector[this.#slotOf(action)]!);
    const channel = this.#slotOf(action);
    const head = core.eventId(core.messagesOf(channel, vector[channel]!)[0]!);
    const local = vector[core.slotOf(this.#takerOf(action, head))]!;
    return this.#find(action, head * ROOM + local);
  }

  #slotOf(action: number): number {
    const { core, system } = this.#search;
    const one = system.actions[action]!;
    return core.slotOf(one.kind === "event" ? one.component : one.channel);
  }

  /** Who takes the message at the head of the channel. */
  #takerOf(action: number, head: number): string {
    const { core, system } = this.#search;
    const one = system.actions[action]!;
    return one.kind === "event" ? one.component : receiver(system, one.channel, core.events.values[head]!);
  }

  #find(action: number, key: number): number {
    const known = this.#known[action]!.get(key);
    if (known !== undefined) return known;
    const name = `${action} ${this.#words(action, key)}`;
    const label = this.#names.get(name) ?? this.actions.push(action) - 1;
    this.#names.set(name, label);
    this.#known[action]!.set(key, label);
    return label;
  }

  #words(action: number, key: number): string {
    const { core, system } = this.#search;
    const one = system.actions[action]!;
    const head = Math.floor(key / ROOM);
    const component = this.#takerOf(action, head);
    const event: Message = one.kind === "event" ? one.event : core.events.values[head]!;
    const { machine } = system.components[component]!;
    const before = core.locals[core.slotOf(component)]!.values[key % ROOM]!;
    const laneOf = (name: string): string | undefined => system.components[name]?.lane;
    const said = stepSaid(machine, before, event, laneOf);
    if (said && !said.listed) return `${said.by} ${said.text}`;
    const emitted = step(machine, before, event)?.emitted ?? [];
    const words = emitted.map((message) => messageSaid(machine, before, event, message, laneOf)?.text ?? message.type);
    return [event.type, ...words].join(" ");
  }

  /** The label of the step with the values exchanged. */
  #image(exchange: Exchange, action: number, key: number): number {
    const { core } = this.#search;
    const head = Math.floor(key / ROOM);
    const local = exchange.image(core.slotOf(this.#takerOf(action, head)), key % ROOM);
    const { kind } = this.#search.system.actions[action]!;
    return this.#find(exchange.actions[action]!, kind === "event" ? local : exchange.event(head) * ROOM + local);
  }
}
