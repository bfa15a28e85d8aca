/**
 * One step of one machine without the ceremony of XState: its own transitions, guards and actions are asked in the order in
 * which XState asks them, and no snapshot is built. For simulations, where states hardly ever repeat and remembering steps is
 * of no use. Whatever is not plain (parallel states, history, raised events) is left to `step.ts`; the test beside this file
 * holds each step of each system against it.
 */
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { Message } from "../json.ts";
import { ModelError } from "../wiring.ts";
import { rebuilt } from "./fresh.ts";
import {
  assigned,
  commonOf,
  enqueueInto,
  isBuiltIn,
  isInside,
  isPlain,
  KINDS,
  NotPlain,
  paramsOf,
  pathsOf,
  placeOf,
  snapshotIfAsked,
  transitionsFor,
  upFrom,
  valueOf,
  type Act,
  type Action,
  type Args,
  type BuiltIn,
  type Candidate,
  type Expression,
  type Guard,
  type Local,
  type Node,
  type Place,
  type Transition,
  type Way,
} from "./quick-nodes.ts";
import { shapeOf, type Context } from "./shapes.ts";
import { stateName, step } from "./step.ts";

/** More microsteps than this are taken for a circle. */
const MOST_MICROSTEPS = 1_000;

export class QuickMachine {
  readonly machine: AnyStateMachine;
  /** Whether steps are taken here; otherwise XState takes them. */
  isPlain: boolean;
  /** The transition that the last step chose; undefined where XState took it. */
  chosen: object | undefined;
  readonly #places = new Map<string, Place>();
  readonly #kinds: string[] = [];
  readonly #queued: Action[] = [];
  readonly #enqueue: object;
  #current: Local | undefined;
  #event: Message | undefined;

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
    this.isPlain = isPlain(machine.root as unknown as Node);
    this.#enqueue = enqueueInto(this.#queued);
  }

  localOf(snapshot: AnyMachineSnapshot): Local {
    const context = snapshot.context as Context;
    if (!this.isPlain) return { place: placeOf(snapshot), context, shape: shapeOf(context) };
    const nodes = snapshot._nodes as unknown as readonly Node[];
    const leaves = nodes.filter(({ states }) => Object.keys(states).length === 0);
    return { place: this.#placeAt(this.#inOrder(leaves)), context, shape: shapeOf(context) };
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
    return place.snapshot !== undefined || this.#candidatesOf(place, type)?.length !== 0;
  }

  /** The next local state, or undefined when the event is not handled; what is emitted is put behind `emitted`. */
  step(local: Local, event: Message, emitted: Message[]): Local | undefined {
    if (local.place.isDone) return undefined;
    const length = emitted.length;
    if (this.isPlain)
      try {
        return this.#stepPlain(local, event, emitted);
      } catch (error) {
        emitted.length = length;
        this.#queued.length = 0;
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

  #stepPlain(local: Local, event: Message, emitted: Message[]): Local | undefined {
    const candidates = this.#candidatesOf(local.place, event.type);
    if (candidates === null) throw new NotPlain();
    const args: Args = { context: local.context, shape: local.shape, event };
    const chosen = this.#firstOf(candidates, local, args);
    this.chosen = chosen?.transition;
    if (!chosen) return undefined;
    let next = this.#follow(local, chosen, args, emitted);
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
      if (asks ? asks(args) : this.#passes(transition.guard, local, args.event)) return candidate;
    }
    return undefined;
  }

  #passes(guard: Guard, local: Local, event: Message): boolean {
    const args = { context: local.context, event };
    const resolved = this.#guardOf(guard);
    if (typeof resolved !== "function") return this.#passes(resolved, local, event);
    if (!("check" in resolved)) return resolved(args, paramsOf(guard, args));
    const check = resolved.check as (snapshot: AnyMachineSnapshot, args: object, resolved: object) => boolean;
    return check(
      snapshotIfAsked(this.machine, () => this.snapshotOf(local)),
      args,
      resolved,
    );
  }

  #guardOf(guard: Guard): Guard {
    if (typeof guard === "function") return guard;
    const known = this.machine.implementations.guards as { readonly [name: string]: Guard };
    return known[typeof guard === "string" ? guard : guard.type]!;
  }

  /** `args` have the context of the local state, and then that of the next one. */
  #follow(local: Local, candidate: Candidate, args: Args, emitted: Message[]): Local {
    const { place, acts } = (candidate.way ??= this.#wayOf(local.place, candidate.transition));
    for (let k = 0; k < acts.length; k++) args.context = this.#do(acts[k]!, local.place, args, emitted);
    return place === local.place && args.context === local.context
      ? local
      : { place, context: args.context, shape: args.shape };
  }

  /** The context after the action. */
  #do(act: Act, place: Place, args: Args, emitted: Message[]): Context {
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

  #collect({ collect }: BuiltIn, place: Place, args: Args, params: unknown, emitted: Message[]): Context {
    const { context, shape, event } = args;
    this.#current = { place, context, shape };
    this.#event = event;
    const queued = this.#queued;
    const from = queued.length;
    collect!({ context, event, enqueue: this.#enqueue, check: this.#check }, params);
    const end = queued.length;
    for (let k = from; k < end; k++) args.context = this.#do(this.#actOf(queued[k]!), place, args, emitted);
    queued.length = from;
    return args.context;
  }

  #actOf(action: Action): Act {
    const known = this.machine.implementations.actions as unknown as { readonly [name: string]: BuiltIn };
    const of =
      typeof action === "string"
        ? known[action]
        : isBuiltIn(action)
          ? action
          : known[(action as { type: string }).type];
    const params = typeof action === "object" && "params" in action ? action.params : undefined;
    const fields = typeof of?.assignment === "object" ? Object.keys(of.assignment) : [];
    return {
      kind: KINDS.get(of?.type) ?? "other",
      of: of ?? {},
      params: typeof params === "function" ? undefined : params,
      makesParams: typeof params === "function" ? (params as Expression) : undefined,
      fields,
    };
  }

  readonly #check = (guard: Guard): boolean => this.#passes(guard, this.#current!, this.#event!);

  #candidatesOf(place: Place, type: string): readonly Candidate[] | null {
    const known = place.candidates.get(type);
    if (known !== undefined) return known;
    const root = this.machine.root as unknown as Node;
    const regions = place.leaves
      .map((leaf) => upFrom(leaf).flatMap((node) => (node === root ? [] : transitionsFor(node, type))))
      .filter((transitions) => transitions.length > 0);
    const found =
      regions.length > 1
        ? null
        : [...(regions[0] ?? []), ...transitionsFor(root, type)].map((transition) => this.#candidateOf(transition));
    place.candidates.set(type, found);
    return found;
  }

  #candidateOf(transition: Transition): Candidate {
    const { guard } = transition;
    const resolved = guard === undefined ? undefined : this.#guardOf(guard);
    const hasParams = typeof guard === "object";
    const isFunction = typeof resolved === "function" && !("check" in resolved) && !hasParams;
    return { transition, asks: isFunction ? resolved : undefined, way: undefined };
  }

  #inOrder(leaves: readonly Node[]): readonly Node[] {
    const regions = Object.values((this.machine.root as unknown as Node).states);
    const placeIn = (leaf: Node): number => regions.findIndex((region) => leaf === region || isInside(leaf, region));
    return [...leaves].sort((one, other) => placeIn(one) - placeIn(other));
  }

  #placeAt(leaves: readonly Node[]): Place {
    const key = leaves.map(({ id }) => id).join();
    const known = this.#places.get(key);
    if (known) return known;
    const nodes = [...new Set(leaves.flatMap(upFrom))];
    const place: Place = {
      name: stateName(valueOf(leaves)),
      isDone: leaves[0]!.type === "final",
      states: pathsOf(nodes),
      leaves,
      always: nodes.flatMap((one) => one.always ?? []).map((transition) => this.#candidateOf(transition)),
      candidates: new Map(),
      may: [],
    };
    this.#places.set(key, place);
    return place;
  }

  #wayOf(from: Place, { target = [], source, reenter, actions }: Transition): Way {
    if (target.length === 0) return { place: from, acts: actions.map((action) => this.#actOf(action)) };
    const aim = target[0]!;
    const stays = !reenter && (aim === source || isInside(aim, source));
    const domain = stays ? source : commonOf(aim, source);
    const isLeft = (node: Node): boolean => domain === undefined || isInside(node, domain);
    const old = from.leaves.find((one) => from.leaves.length === 1 || one === source || isLeft(one))!;
    const exits = upFrom(old)
      .filter(isLeft)
      .flatMap(({ exit }) => exit);
    const entered = upFrom(aim)
      .filter((node) => node !== domain && isLeft(node))
      .reverse();
    let leaf = aim;
    const entries = entered.flatMap(({ entry }) => entry);
    while (leaf.type === "compound") {
      entries.push(...leaf.initial!.actions);
      leaf = leaf.initial!.target[0]!;
      entries.push(...leaf.entry);
    }
    const leaves = from.leaves.map((one) => (one === old ? leaf : one));
    return {
      place: this.#placeAt(leaves),
      acts: [...exits, ...actions, ...entries].map((action) => this.#actOf(action)),
    };
  }
}
