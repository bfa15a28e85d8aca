/** Where messages go in a system: asked of its routes, and remembered (aim.ts). */
import type { Message } from "../json.ts";
import { receiver, type Route, type System } from "../system.ts";
import { Aim, type Names } from "./aim.ts";

export interface Way {
  readonly route: Route;
  /** Undefined where who sends matters too. */
  readonly aim: Aim | undefined;
  readonly unhandled: "block" | "error" | "drop";
  /** Whether it is told that the message passed. */
  readonly isTold: boolean;
}

export class Ways {
  readonly #system: System;
  readonly #slotOf: (name: string) => number;
  /** By component: the ways of its role, by type. */
  readonly #ways: readonly Map<string, Way>[];
  /** By channel: where each type is delivered. */
  readonly #aims: readonly Map<string, Aim>[];
  /** Types of the messages that are told of; undefined: all. */
  readonly #told: ReadonlySet<string> | undefined;

  constructor(system: System, slotOf: (name: string) => number, told: ReadonlySet<string> | undefined) {
    this.#system = system;
    this.#slotOf = slotOf;
    this.#told = told;
    const ways = new Map<string, Map<string, Way>>();
    this.#ways = system.componentNames.map((name) => {
      const { role } = system.components[name]!;
      const known = ways.get(role) ?? new Map<string, Way>();
      ways.set(role, known);
      return known;
    });
    this.#aims = system.channelNames.map(() => new Map());
  }

  isTold(type: string): boolean {
    return this.#told === undefined || this.#told.has(type);
  }

  of(sender: number, type: string): Way {
    return this.#ways[sender]!.get(type) ?? this.#newWay(sender, type);
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

  #newWay(sender: number, type: string): Way {
    const route = this.#system.route(this.#system.componentNames[sender]!, type);
    const ask = askOf(route);
    const way: Way = {
      route,
      aim: ask.length < 2 ? new Aim(ask as (message: Message) => Names, this.#slotOf) : undefined,
      unhandled: route.kind === "call" ? route.unhandled : "error",
      isTold: this.isTold(type),
    };
    this.#ways[sender]!.set(type, way);
    return way;
  }
}

export const askOf = (route: Route) => (route.kind === "send" ? route.via : route.to);
