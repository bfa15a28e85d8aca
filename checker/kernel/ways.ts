/** Where messages go in a system: asked of its routes, and remembered (aim.ts). */
import type { Message } from "../json.ts";
import { receiver, type Route, type System } from "../system.ts";
import { Aim, type Names } from "./aim.ts";

export interface Way {
  readonly route: Route;
  readonly aim: Aim;
  readonly unhandled: "block" | "error" | "drop";
  /** Whether it is told that the message passed. */
  readonly isTold: boolean;
}

/** The way of a type from each component of a role. */
interface Shared {
  readonly all: Way;
  /** By component, where who sends matters too. */
  readonly own: Way[] | undefined;
}

export class Ways {
  readonly #system: System;
  readonly #slotOf: (name: string) => number;
  /** By component: the ways of its role, by type. */
  readonly #ways: readonly Map<string, Shared>[];
  /** By channel: where each type is delivered. */
  readonly #aims: readonly Map<string, Aim>[];
  /** Types of the messages that are told of; undefined: all. */
  readonly #told: ReadonlySet<string> | undefined;

  constructor(system: System, slotOf: (name: string) => number, told: ReadonlySet<string> | undefined) {
    this.#system = system;
    this.#slotOf = slotOf;
    this.#told = told;
    const ways = new Map<string, Map<string, Shared>>();
    this.#ways = system.componentNames.map((name) => {
      const { role } = system.components[name]!;
      const known = ways.get(role) ?? new Map<string, Shared>();
      ways.set(role, known);
      return known;
    });
    this.#aims = system.channelNames.map(() => new Map());
  }

  isTold(type: string): boolean {
    return this.#told === undefined || this.#told.has(type);
  }

  of(sender: number, type: string): Way {
    const { all, own } = this.#ways[sender]!.get(type) ?? this.#newWays(sender, type);
    return own ? (own[sender] ??= this.#wayOf(all.route, sender, type)) : all;
  }

  /** Of the deliveries of a channel. */
  aimOf(channel: number, type: string): Aim {
    return this.#aims[channel]!.get(type) ?? this.#newAim(channel, type);
  }

  #newAim(channel: number, type: string): Aim {
    const name = this.#system.channelNames[channel]!;
    const aim = new Aim((message) => receiver(this.#system, name, message), this.#slotOf);
    this.#aims[channel]!.set(type, aim);
    return aim;
  }

  #newWays(sender: number, type: string): Shared {
    const route = this.#system.route(this.#system.componentNames[sender]!, type);
    const ways = { all: this.#wayOf(route, sender, type), own: askOf(route).length < 2 ? undefined : [] };
    this.#ways[sender]!.set(type, ways);
    return ways;
  }

  #wayOf(route: Route, sender: number, type: string): Way {
    const ask = askOf(route);
    const name = this.#system.componentNames[sender]!;
    return {
      route,
      aim: new Aim((message) => ask(message, name), this.#slotOf),
      unhandled: route.kind === "call" ? route.unhandled : "error",
      isTold: this.isTold(type),
    };
  }
}

const askOf = (route: Route): ((message: Message, sender: string) => Names) =>
  route.kind === "send" ? route.via : route.to;
