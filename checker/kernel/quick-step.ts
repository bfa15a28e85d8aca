/**
 * One step of one machine without the ceremony of XState: its own transitions, guards and actions are asked in the order in
 * which XState asks them, and no snapshot is built. For simulations, where states hardly ever repeat and remembering steps is
 * of no use. Whatever is not plain (parallel states, history, raised events) is left to `step.ts`; the test beside this file
 * holds each step of each system against it.
 */
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { Message } from "../json.ts";
import { ModelError } from "../wiring.ts";
import { enqueueInto, Queue } from "./collected.ts";
import { compiled, type Asked } from "./compiled.ts";
import { rebuilt } from "./fresh.ts";
import {
  assigned,
  isPlain,
  NotPlain,
  paramsOf,
  placeOf,
  snapshotIfAsked,
  valueOf,
  type Act,
  type Args,
  type BuiltIn,
  type Candidate,
  type Choice,
  type Guard,
  type Local,
  type Node,
  type Place,
  type Way,
} from "./quick-nodes.ts";
import type { Outbox } from "./outbox.ts";
import { Places } from "./quick-places.ts";
import { shapeOf, type Context } from "./shapes.ts";
import { step } from "./step.ts";

/** More microsteps than this are taken for a circle. */
const MOST_MICROSTEPS = 1_000;
/** So often a choice is asked before a function is made for it. */
const OFTEN = 200;

export class QuickMachine implements Asked {
  readonly machine: AnyStateMachine;
  /** Whether steps are taken here; otherwise XState takes them. */
  isPlain: boolean;
  /** The transition that the last step chose; undefined where XState took it. */
  chosen: object | undefined;
  readonly #places: Places;
  readonly #kinds: string[] = [];
  readonly #queue = new Queue();
  readonly #enqueue: object;
  readonly #often: number;
  /** Where an action of `enqueueActions()` runs, and with what. */
  #place: Place | undefined;
  #args: Args | undefined;

  /** `often`: how often a choice is asked before a function is made for it. */
  constructor(machine: AnyStateMachine, often = OFTEN) {
    this.machine = machine;
    this.#places = new Places(machine);
    this.isPlain = isPlain(machine.root as unknown as Node);
    this.#often = often;
    this.#enqueue = enqueueInto(this.#queue, (action) => this.#places.actOf(action));
  }

  localOf(snapshot: AnyMachineSnapshot): Local {
    const context = snapshot.context as Context;
    if (!this.isPlain) return { place: placeOf(snapshot), context, shape: shapeOf(context) };
    const nodes = snapshot._nodes as unknown as readonly Node[];
    const leaves = nodes.filter(({ states }) => Object.keys(states).length === 0);
    return { place: this.#places.placeAt(this.#places.inOrder(leaves)), context, shape: shapeOf(context) };
  }

  snapshotOf({ place, context }: Omit<Local, "shape">): AnyMachineSnapshot {
    if (place.snapshot) return place.snapshot;
    return rebuilt(this.machine, valueOf(place.leaves), context);
  }

  /** The number of a type of events: what `mayTake` is asked with. */
  kindOf(type: string): number {
    const known = this.#kinds.indexOf(type);
    return known < 0 ? this.#kinds.push(type) - 1 : known;
  }

  /** Whether there is a transition for events of the kind, as far as the state alone tells. */
  mayTake({ place }: Local, kind: number): boolean {
    return (place.may[kind] ??= this.#mayTake(place, this.#kinds[kind]!));
  }

  #mayTake(place: Place, type: string): boolean {
    if (place.isDone) return false;
    return place.snapshot !== undefined || this.#places.choiceOf(place, type).candidates?.length !== 0;
  }

  /** The next local state, or undefined when the event is not handled; what is emitted is put behind `emitted`. */
  step(local: Local, event: Message, emitted: Outbox): Local | undefined {
    if (local.place.isDone) return undefined;
    const { count } = emitted;
    if (this.isPlain)
      try {
        return this.#stepPlain(local, event, emitted);
      } catch (error) {
        emitted.count = count;
        this.#queue.acts.length = 0;
        if (!(error instanceof NotPlain)) throw this.#failed(event, error);
      }
    const { snapshot = this.snapshotOf(local) } = local.place;
    const outcome = step(this.machine, snapshot, event);
    this.chosen = outcome?.chosen[0];
    if (!outcome) return undefined;
    for (const message of outcome.emitted) emitted.push(message);
    return this.localOf(outcome.snapshot);
  }

  #failed(event: Message, error: unknown): Error {
    if (error instanceof ModelError) return error;
    return new ModelError(`Machine "${this.machine.id}" fails on "${event.type}": ${String(error)}.`);
  }

  #stepPlain(local: Local, event: Message, emitted: Outbox): Local | undefined {
    const { lately } = local.place;
    const choice = lately?.type === event.type ? lately : this.#places.choiceOf(local.place, event.type);
    local.place.lately = choice;
    let next: Local | undefined;
    let args: Args | undefined;
    if (choice.candidates === null) throw new NotPlain();
    if (choice.asked++ === this.#often) this.#compile(local, choice, choice.candidates);
    const { take } = choice;
    if (take !== undefined && choice.shape === local.shape) next = take(local, event, emitted);
    else {
      args = { context: local.context, shape: local.shape, event };
      const chosen = this.#firstOf(choice.candidates, local, args);
      this.chosen = chosen?.transition;
      next = chosen && this.#follow(local, chosen, args, emitted);
    }
    if (next === undefined || next.place.always.length === 0) return next;
    return this.#settled(next, args ?? { context: next.context, shape: next.shape, event }, emitted);
  }

  #compile({ place, shape }: Local, choice: Choice, candidates: readonly Candidate[]): void {
    const led = candidates.map((candidate) => {
      const way = (candidate.way ??= this.#places.wayOf(place, candidate.transition));
      return { ...candidate, way };
    });
    choice.shape = shape;
    choice.take = compiled(place, shape, this, led);
  }

  /** After eventless transitions. */
  #settled(from: Local, args: Args, emitted: Outbox): Local {
    let next = from;
    for (let microsteps = 0; next.place.always.length > 0 && !next.place.isDone; microsteps++) {
      const eventless = this.#firstOf(next.place.always, next, args);
      if (!eventless) break;
      if (microsteps === MOST_MICROSTEPS) throw new ModelError(`Machine "${this.machine.id}" goes round in a circle.`);
      next = this.#follow(next, eventless, args, emitted);
    }
    return next;
  }

  #firstOf(candidates: readonly Candidate[], local: Local, args: Args): Candidate | undefined {
    for (let k = 0; k < candidates.length; k++) {
      const candidate = candidates[k]!;
      const { asks, transition } = candidate;
      if (transition.guard === undefined) return candidate;
      if (asks ? asks(args) : this.passes(transition.guard, local, args.event)) return candidate;
    }
    return undefined;
  }

  passes(guard: Guard, local: Local, event: Message): boolean {
    const args = { context: local.context, event };
    const resolved = this.#places.guardOf(guard);
    if (typeof resolved !== "function") return this.passes(resolved, local, event);
    if (!("check" in resolved)) return resolved(args, paramsOf(guard, args));
    const check = resolved.check as (snapshot: AnyMachineSnapshot, args: object, resolved: object) => boolean;
    return check(
      snapshotIfAsked(this.machine, () => this.snapshotOf(local)),
      args,
      resolved,
    );
  }

  /** `args` have the context of the local state, and then that of the next one. */
  #follow(local: Local, candidate: Candidate, args: Args, emitted: Outbox): Local {
    return this.rest(
      local,
      (candidate.way ??= this.#places.wayOf(local.place, candidate.transition)),
      0,
      args,
      emitted,
    );
  }

  rest(local: Local, { place, acts }: Way, from: number, args: Args, emitted: Outbox): Local {
    for (let k = from; k < acts.length; k++) args.context = this.does(acts[k]!, local.place, args, emitted);
    return place === local.place && args.context === local.context
      ? local
      : { place, context: args.context, shape: args.shape };
  }

  /** The context after the action. */
  does(act: Act, place: Place, args: Args, emitted: Outbox): Context {
    const params = act.makesParams ? act.makesParams(args) : act.params;
    switch (act.kind) {
      case "assign":
        return assigned(act, args, params);
      case "emit": {
        const { event: message } = act.of;
        emitted.push(typeof message === "function" ? (message(args, params) as Message) : message!);
        return args.context;
      }
      case "collect":
        return this.#collect(act.of, place, args, params, emitted);
      case "other":
        throw new NotPlain();
    }
  }

  #collect({ collect }: BuiltIn, place: Place, args: Args, params: unknown, emitted: Outbox): Context {
    const { context, shape, event } = args;
    const queue = this.#queue;
    queue.begin(context, shape, emitted);
    this.#place = place;
    this.#args = args;
    collect!({ context, event, enqueue: this.#enqueue, check: this.#check }, params);
    args.context = queue.context;
    if (queue.acts.length === 0) return args.context;
    const acts = queue.acts.splice(0);
    for (let k = 0; k < acts.length; k++) args.context = this.does(acts[k]!, place, args, emitted);
    return args.context;
  }

  readonly #check = (guard: Guard): boolean => {
    const { context, shape, event } = this.#args!;
    return this.passes(guard, { place: this.#place!, context, shape }, event);
  };
}

/** Simulations of one system come one after the other, and what was made for its machines is used again. */
const quick = new WeakMap<object, QuickMachine>();

export function quickOf(machine: AnyStateMachine): QuickMachine {
  const known = quick.get(machine) ?? new QuickMachine(machine);
  quick.set(machine, known);
  return known;
}
