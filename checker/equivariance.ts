/**
 * Whether a system is as symmetric as it says. Symmetry reduction is sound only when exchanging two values of a sort and
 * then taking a step is the same as taking the step and then exchanging them; this is checked for every local step that a
 * search met and every pair of values, through XState, together with the wiring, the first snapshots and the action
 * universe. Predicates of properties are asked by the search (explore/impartial.ts).
 */
import type { Json, Message } from "./json.ts";
import { canonical } from "./kernel/canon.ts";
import type { Core } from "./kernel/core.ts";
import { rebuilt } from "./kernel/fresh.ts";
import { eventText } from "./kernel/intern.ts";
import { initialSnapshot, stateName, step } from "./kernel/step.ts";
import { permuteName, permuter, transpositions, type Permutations } from "./permute.ts";
import { destination, receiver, type System } from "./system.ts";

/** One place where the exchange and the system do not commute. */
export interface Asymmetry {
  readonly sort: string;
  readonly permutation: readonly number[];
  readonly what: "action universe" | "first snapshot" | "step" | "receiver of a channel";
  readonly component: string;
  /** Snapshot before, and event, where there are any. */
  readonly given?: string;
  /** The outcome with the values exchanged. */
  readonly expected: string;
  /** The outcome of the exchanged step. */
  readonly found: string;
}

export interface EquivarianceReport {
  readonly sorts: readonly string[];
  /** Comparisons made. */
  readonly compared: number;
  readonly asymmetries: number;
  readonly first?: Asymmetry;
}

const REFUSED = "not handled";

/** Checks every filled step table cell against every exchange of two values of one sort. */
export function checkEquivariance(core: Core): EquivarianceReport {
  const { system } = core;
  const symmetry = Object.entries(system.symmetry ?? {});
  let compared = 0;
  let asymmetries = 0;
  let first: Asymmetry | undefined;
  for (const [sort, { size }] of symmetry) {
    for (const permutation of transpositions(size)) {
      const exchange = new Exchange(core, { [sort]: permutation });
      for (const comparison of exchange.comparisons()) {
        compared++;
        if (comparison.expected === comparison.found) continue;
        asymmetries++;
        const { given, ...rest } = comparison;
        first ??= { sort, permutation, ...rest, ...(given && { given: given() }) };
      }
    }
  }
  return { sorts: symmetry.map(([sort]) => sort), compared, asymmetries, ...(first && { first }) };
}

type Comparison = Omit<Asymmetry, "sort" | "permutation" | "given"> & { readonly given?: () => string };
type Cell = ReturnType<Core["cells"]> extends Generator<infer T> ? T : never;

class Exchange {
  readonly #core: Core;
  readonly #system: System;
  readonly #exchanged: (value: Json) => Json;
  /** Exchanges nothing, but brings sets into the order in which exchanged ones are compared. */
  readonly #settled: (value: Json) => Json;
  readonly #names = new Map<string, string>();
  /** By component and local number. */
  readonly #contexts: Json[][] = [];
  readonly #messages: Message[] = [];

  constructor(core: Core, permutations: Permutations) {
    this.#core = core;
    this.#system = core.system;
    this.#exchanged = permuter(core.system, permutations);
    this.#settled = permuter(core.system, {});
    for (const name of [...core.system.componentNames, ...core.system.channelNames])
      this.#names.set(name, permuteName(name, core.system, permutations));
  }

  *comparisons(): Generator<Comparison> {
    for (const component of this.#system.componentNames) {
      yield this.#universe(component);
      yield this.#firstSnapshot(component);
    }
    yield* this.#receivers();
    for (const cell of this.#core.cells()) yield this.#step(cell);
  }

  #step({ slot, local, event, outcome }: Cell): Comparison {
    const component = this.#core.slotName(slot);
    const snapshot = this.#core.locals[slot]!.values[local]!;
    const next = outcome && this.#core.locals[slot]!.values[outcome.next]!;
    return {
      what: "step",
      component,
      given: () =>
        `${stateName(snapshot.value)} ${canonical(snapshot.context)}, ${eventText(this.#core.events.values[event]!)}`,
      expected: next
        ? told(
            next.value,
            this.#context(slot, outcome.next),
            outcome.emitted.map(({ message, target }) => [message, target] as const),
            this.#exchanged,
            (name) => this.#name(name),
          )
        : REFUSED,
      found: this.#outcome(this.#name(component), snapshot.value, this.#context(slot, local), this.#message(event)),
    };
  }

  #outcome(component: string, value: unknown, context: Json, message: Message): string {
    const system = this.#system;
    try {
      const machine = system.components[component]?.machine;
      if (!machine) return `there is no component "${component}"`;
      const outcome = step(machine, rebuilt(machine, value, context), message);
      if (!outcome) return REFUSED;
      const emissions = outcome.emitted.flatMap((emitted) => {
        const { components, channel } = destination(system, component, emitted);
        return (channel === undefined ? components : [channel]).map((target) => [emitted, target] as const);
      });
      return told(outcome.snapshot.value, this.#settled(outcome.snapshot.context as Json), emissions, this.#settled);
    } catch (error) {
      return `throws ${String(error)}`;
    }
  }

  /** The spontaneous events of the component, exchanged, are those of the component in its place. */
  #universe(component: string): Comparison {
    const texts = (name: string, change: (value: Json) => Json): string =>
      (this.#system.components[name]?.events ?? [])
        .map((event) => canonical(change(json(event))))
        .sort()
        .join(" ");
    return {
      what: "action universe",
      component,
      expected: texts(component, this.#exchanged),
      found: texts(this.#name(component), this.#settled),
    };
  }

  #firstSnapshot(component: string): Comparison {
    const first = (name: string, change: (value: Json) => Json): string => {
      const found = this.#system.components[name];
      if (!found) return `there is no component "${name}"`;
      const { value, context } = initialSnapshot(found.machine, found.input);
      return `${stateName(value)} ${canonical(change(context as Json))}`;
    };
    return {
      what: "first snapshot",
      component,
      expected: first(component, this.#exchanged),
      found: first(this.#name(component), this.#settled),
    };
  }

  /** Every message that was ever at the head of a channel goes, exchanged, to the component in the place of its receiver. */
  *#receivers(): Generator<Comparison> {
    const system = this.#system;
    for (const [h, channel] of system.channelNames.entries()) {
      const heads = new Set(this.#core.contents[h]!.values.flatMap(({ messages }) => messages.slice(0, 1)));
      for (const event of heads) {
        const message = this.#core.events.values[event]!;
        const there = this.#name(channel);
        yield {
          what: "receiver of a channel",
          component: channel,
          given: () => eventText(message),
          expected: this.#name(receiver(system, channel, message)),
          found: system.channels![there]
            ? receiver(system, there, this.#message(event))
            : `there is no channel "${there}"`,
        };
      }
    }
  }

  #name(name: string): string {
    return this.#names.get(name)!;
  }

  #context(slot: number, local: number): Json {
    const contexts = (this.#contexts[slot] ??= []);
    return (contexts[local] ??= this.#exchanged(this.#core.locals[slot]!.values[local]!.context as Json));
  }

  #message(event: number): Message {
    return (this.#messages[event] ??= this.#exchanged(json(this.#core.events.values[event]!)) as unknown as Message);
  }
}

const json = (message: Message): Json => message;

function told(
  value: unknown,
  context: Json,
  emissions: readonly (readonly [Message, string])[],
  change: (message: Json) => Json,
  rename: (name: string) => string = (name) => name,
): string {
  const sent = emissions.map(([message, target]) => `, emits ${canonical(change(json(message)))} to ${rename(target)}`);
  return `${stateName(value)} ${canonical(context)}${sent.join("")}`;
}
