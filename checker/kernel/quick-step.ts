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
  isBuiltIn,
  isInside,
  isPlain,
  isWildcardOf,
  KINDS,
  paramsOf,
  pathsOf,
  valueOf,
  type Act,
  type Action,
  type BuiltIn,
  type Candidate,
  type Context,
  type Expression,
  type Guard,
  type Leaf,
  type Local,
  type Node,
  type Place,
  type Transition,
  type Way,
} from "./quick-nodes.ts";
import { stateName, step } from "./step.ts";

/** The machine does something that is not plain. */
class NotPlain extends Error {}

/** More microsteps than this are taken for a circle. */
const MOST_MICROSTEPS = 1_000;

export class QuickMachine {
  readonly machine: AnyStateMachine;
  /** Whether steps are taken here; otherwise XState takes them. */
  isPlain: boolean;
  /** The transition that the last step chose; undefined where XState took it. */
  chosen: object | undefined;
  readonly #places = new Map<Node, Place>();
  readonly #queued: Action[] = [];
  readonly #enqueue: object;
  #current: Local | undefined;
  #event: Message | undefined;

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
    this.isPlain = isPlain(machine.root as unknown as Node);
    const queued = this.#queued;
    const refuse = (): never => {
      throw new NotPlain();
    };
    this.#enqueue = Object.assign((action: Action) => void queued.push(action), {
      assign: (assignment: BuiltIn["assignment"]) => void queued.push({ type: "xstate.assign", assignment }),
      emit: (event: Message | Expression) => void queued.push({ type: "xstate.emit", event }),
      ...Object.fromEntries(
        ["raise", "cancel", "sendTo", "sendParent", "spawnChild", "stopChild"].map((k) => [k, refuse]),
      ),
    });
  }

  localOf(snapshot: AnyMachineSnapshot): Local {
    const context = snapshot.context as Context;
    if (!this.isPlain) return { place: placeOf(snapshot), context };
    const leaf = (snapshot._nodes as unknown as readonly Node[]).find(
      ({ states }) => Object.keys(states).length === 0,
    )!;
    return { place: this.#placeAt(leaf), context };
  }

  snapshotOf({ place, context }: Local): AnyMachineSnapshot {
    if (place.snapshot) return place.snapshot;
    return rebuilt(this.machine, valueOf(place.leaf!.node), context);
  }

  /** Whether there is a transition for events of the type, as far as the state alone tells. */
  mayTake({ place }: Local, type: string): boolean {
    const { leaf, isDone } = place;
    if (isDone) return false;
    return !leaf || (leaf.candidates.get(type) ?? this.#candidates(leaf, type)).length > 0;
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
    return error instanceof ModelError
      ? error
      : new ModelError(`Machine "${this.machine.id}" fails on "${event.type}": ${String(error)}.`);
  }

  #stepPlain(local: Local, event: Message, emitted: Message[]): Local | undefined {
    const leaf = local.place.leaf!;
    const chosen = this.#firstOf(leaf.candidates.get(event.type) ?? this.#candidates(leaf, event.type), local, event);
    this.chosen = chosen?.transition;
    if (!chosen) return undefined;
    let next = this.#follow(local, chosen, event, emitted);
    for (let microsteps = 0; next.place.leaf!.always.length > 0 && !next.place.isDone; microsteps++) {
      const eventless = this.#firstOf(next.place.leaf!.always, next, event);
      if (!eventless) break;
      if (microsteps === MOST_MICROSTEPS) throw new ModelError(`Machine "${this.machine.id}" goes round in a circle.`);
      next = this.#follow(next, eventless, event, emitted);
    }
    return next;
  }

  #firstOf(candidates: readonly Candidate[], local: Local, event: Message): Candidate | undefined {
    for (const candidate of candidates) {
      const { asks, transition } = candidate;
      if (transition.guard === undefined) return candidate;
      if (asks ? asks({ context: local.context, event }) : this.#passes(transition.guard, local, event))
        return candidate;
    }
    return undefined;
  }

  #passes(guard: Guard, local: Local, event: Message): boolean {
    const args = { context: local.context, event };
    const resolved = this.#guardOf(guard);
    if (typeof resolved !== "function") return this.#passes(resolved, local, event);
    if (!("check" in resolved)) return resolved(args, paramsOf(guard, args));
    const check = resolved.check as (snapshot: AnyMachineSnapshot, args: object, resolved: object) => boolean;
    return check(this.snapshotOf(local), args, resolved);
  }

  #guardOf(guard: Guard): Guard {
    if (typeof guard === "function") return guard;
    const known = this.machine.implementations.guards as { readonly [name: string]: Guard };
    return known[typeof guard === "string" ? guard : guard.type]!;
  }

  #follow(local: Local, candidate: Candidate, event: Message, emitted: Message[]): Local {
    const { place, acts } = (candidate.way ??= this.#wayOf(local.place, candidate.transition));
    let { context } = local;
    for (const act of acts) context = this.#do(act, local.place, context, event, emitted);
    return place === local.place && context === local.context ? local : { place, context };
  }

  /** The context after the action. */
  #do(act: Act, place: Place, context: Context, event: Message, emitted: Message[]): Context {
    const args = { context, event };
    const params = act.makesParams ? act.makesParams(args) : act.params;
    switch (act.kind) {
      case "assign":
        return assigned(act, args, params);
      case "emit": {
        const { event: message } = act.of;
        emitted.push(typeof message === "function" ? (message(args, params) as Message) : message!);
        return context;
      }
      case "collect":
        return this.#collect(act.of, { place, context }, event, params, emitted);
      case "other":
        throw new NotPlain();
    }
  }

  #collect({ collect }: BuiltIn, local: Local, event: Message, params: unknown, emitted: Message[]): Context {
    this.#current = local;
    this.#event = event;
    const queued = this.#queued;
    const from = queued.length;
    collect!({ context: local.context, event, enqueue: this.#enqueue, check: this.#check }, params);
    const end = queued.length;
    let { context } = local;
    for (let k = from; k < end; k++) context = this.#do(this.#actOf(queued[k]!), local.place, context, event, emitted);
    queued.length = from;
    return context;
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

  #candidates(leaf: Leaf, type: string): readonly Candidate[] {
    // A node is asked after those inside of it, and within a node the more general descriptions of an event after the others.
    const found = leaf.up.flatMap(({ transitions }) => [
      ...(transitions.get(type) ?? []),
      ...[...transitions.keys()]
        .filter((key) => key !== type && isWildcardOf(key, type))
        .sort((a, b) => b.length - a.length)
        .flatMap((key) => transitions.get(key)!),
    ]);
    const candidates = found.map((transition) => this.#candidateOf(transition));
    leaf.candidates.set(type, candidates);
    return candidates;
  }

  #candidateOf(transition: Transition): Candidate {
    const { guard } = transition;
    const resolved = guard === undefined ? undefined : this.#guardOf(guard);
    const hasParams = typeof guard === "object";
    const isFunction = typeof resolved === "function" && !("check" in resolved) && !hasParams;
    return { transition, asks: isFunction ? resolved : undefined, way: undefined };
  }

  #placeAt(node: Node): Place {
    const known = this.#places.get(node);
    if (known) return known;
    const up: Node[] = [];
    for (let at: Node | undefined = node; at; at = at.parent) up.push(at);
    const always = up.flatMap((one) => one.always ?? []).map((transition) => this.#candidateOf(transition));
    const place: Place = {
      name: stateName(valueOf(node)),
      isDone: node.type === "final",
      states: pathsOf(up),
      leaf: { node, up, always, candidates: new Map() },
    };
    this.#places.set(node, place);
    return place;
  }

  #wayOf(from: Place, { target = [], source, reenter, actions }: Transition): Way {
    if (target.length === 0) return { place: from, acts: actions.map((action) => this.#actOf(action)) };
    const aim = target[0]!;
    const stays = !reenter && (aim === source || isInside(aim, source));
    const domain = stays ? source : commonOf(aim, source);
    const exits = from.leaf!.up.filter((node) => domain === undefined || isInside(node, domain));
    const entered: Node[] = [];
    for (let at: Node | undefined = aim; at && at !== domain; at = at.parent) entered.unshift(at);
    let leaf = aim;
    const entries = entered.flatMap(({ entry }) => entry);
    while (leaf.type === "compound") {
      entries.push(...leaf.initial!.actions);
      leaf = leaf.initial!.target[0]!;
      entries.push(...leaf.entry);
    }
    const all = [...exits.flatMap(({ exit }) => exit), ...actions, ...entries];
    return { place: this.#placeAt(leaf), acts: all.map((action) => this.#actOf(action)) };
  }
}

const placeOf = (snapshot: AnyMachineSnapshot): Place => ({
  name: stateName(snapshot.value),
  isDone: snapshot.status !== "active",
  states: pathsOf(snapshot._nodes as unknown as readonly Node[]),
  snapshot,
});
