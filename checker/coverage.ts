/**
 * What of a model a search made use of. Steps that a component can take but that the system then refuses count as used,
 * so a gap is always real, and the absence of gaps is not a proof. Eventless transitions are not looked at.
 */
import type { AnyStateMachine } from "xstate";
import type { Core } from "./kernel/core.ts";
import type { FreshStep } from "./kernel/fresh.ts";
import type { Message } from "./json.ts";
import { rulesOf } from "./rules.ts";

export interface Coverage {
  /** Transitions that no component of the role ever took; `choice` counts the guarded alternatives of one event from 0. */
  readonly transitionsNeverTaken: readonly {
    readonly role: string;
    readonly state: string;
    readonly event: string;
    readonly choice: number;
  }[];
  /** Types with a route from the role, which no component of the role ever emitted. */
  readonly messagesNeverSent: readonly { readonly role: string; readonly type: string }[];
  /** Types that reached components of the role, but never in a state that handles them. */
  readonly messagesNeverHandled: readonly { readonly role: string; readonly type: string }[];
  /** Spontaneous events that the component handles in no snapshot met. */
  readonly eventsNeverEnabled: readonly { readonly component: string; readonly event: Message }[];
  /** Channels that never held as many messages as they may. */
  readonly channelsNeverFull: readonly {
    readonly channel: string;
    readonly capacity: number;
    readonly longest: number;
  }[];
}

interface Use {
  readonly machines: Set<AnyStateMachine>;
  readonly chosen: Set<object>;
  readonly raised: Set<string>;
  readonly sent: Set<string>;
  readonly offered: Set<string>;
  readonly handled: Set<string>;
}

/** What a cell of the step table says: the messages that the step sends, or nothing when the machine does not take the event. */
type Outcome = { readonly emitted: readonly { readonly message: Message }[] } | undefined;

/** Sees every step table cell once, then tells the gaps. */
export class CoverageCollector {
  readonly #core: Core;
  readonly #uses = new Map<string, Use>();
  readonly #spontaneous: readonly ReadonlySet<string>[];
  readonly #handledEvents = new Set<string>();

  constructor(core: Core) {
    this.#core = core;
    const { components, componentNames } = core.system;
    for (const name of componentNames) this.#useOf(name).machines.add(components[name]!.machine);
    this.#spontaneous = componentNames.map((name) => new Set(components[name]!.events?.map(({ type }) => type)));
  }

  /** `fresh` is the step asked again, undefined when it threw. */
  see(slot: number, event: number, outcome: Outcome, fresh: FreshStep | undefined): void {
    const use = this.#useOf(this.#core.slotName(slot));
    const { type } = this.#core.events.values[event]!;
    if (!this.#spontaneous[slot]!.has(type)) use.offered.add(type);
    if (!outcome) return;
    use.handled.add(type);
    this.#handledEvents.add(`${slot} ${event}`);
    for (const { message } of outcome.emitted) use.sent.add(message.type);
    for (const transition of fresh?.chosen ?? []) use.chosen.add(transition);
    for (const raised of fresh?.raised ?? []) use.raised.add(raised);
  }

  report(): Coverage {
    const core = this.#core;
    const { system } = core;
    const uses = [...this.#uses];
    return {
      transitionsNeverTaken: uses.flatMap(([role, use]) =>
        [...use.machines].flatMap((machine) => neverTaken(machine, use).map((gap) => ({ role, ...gap }))),
      ),
      messagesNeverSent: system.routes.flatMap(({ from: role, types }) => {
        const sent = this.#uses.get(role)?.sent;
        return sent ? types.filter((type) => !sent.has(type)).map((type) => ({ role, type })) : [];
      }),
      messagesNeverHandled: uses.flatMap(([role, { offered, handled }]) =>
        [...offered].filter((type) => !handled.has(type)).map((type) => ({ role, type })),
      ),
      eventsNeverEnabled: system.actions.flatMap((action) =>
        action.kind === "deliver" ||
        this.#handledEvents.has(`${core.slotOf(action.component)} ${core.eventId(action.event)}`)
          ? []
          : [{ component: action.component, event: action.event }],
      ),
      channelsNeverFull: system.channelNames.flatMap((channel, h) => {
        const { capacity } = system.channels![channel]!;
        const longest = core.contents[h]!.values.reduce((most, { messages }) => Math.max(most, messages.length), 0);
        return longest < capacity ? [{ channel, capacity, longest }] : [];
      }),
    };
  }

  #useOf(component: string): Use {
    const { role } = this.#core.system.components[component]!;
    let use = this.#uses.get(role);
    if (!use) {
      use = {
        machines: new Set(),
        chosen: new Set(),
        raised: new Set(),
        sent: new Set(),
        offered: new Set(),
        handled: new Set(),
      };
      this.#uses.set(role, use);
    }
    return use;
  }
}

/** Events that a machine raises for itself are answered within a step, where nobody sees which transition is taken. */
const neverTaken = (machine: AnyStateMachine, { chosen, raised }: Use) =>
  rulesOf(machine)
    .filter(({ transition, event }) => !raised.has(event) && !chosen.has(transition))
    .map(({ state, event, choice }) => ({ state, event, choice }));
