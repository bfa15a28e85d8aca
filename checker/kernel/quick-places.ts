/** The states of a machine as quick steps look at them: which transitions each has, where they lead, and what they run. */
import type { AnyStateMachine } from "xstate";
import { stateName } from "./step.ts";
import {
  actOn,
  commonOf,
  isBuiltIn,
  isInside,
  KINDS,
  pathsOf,
  transitionsFor,
  upFrom,
  valueOf,
  type Act,
  type Action,
  type BuiltIn,
  type Candidate,
  type Choice,
  type Guard,
  type Node,
  type Place,
  type Transition,
  type Way,
} from "./quick-nodes.ts";

export class Places {
  readonly #machine: AnyStateMachine;
  readonly #places = new Map<string, Place>();
  readonly #named = new Map<string, Act>();

  constructor(machine: AnyStateMachine) {
    this.#machine = machine;
  }

  actOf(action: Action): Act {
    if (typeof action !== "string") return this.#newAct(action);
    const known = this.#named.get(action) ?? this.#newAct(action);
    this.#named.set(action, known);
    return known;
  }

  #newAct(action: Action): Act {
    const known = this.#machine.implementations.actions as unknown as { readonly [name: string]: BuiltIn };
    const of =
      typeof action === "string"
        ? known[action]
        : isBuiltIn(action)
          ? action
          : known[(action as { type: string }).type];
    const params = typeof action === "object" && "params" in action ? action.params : undefined;
    return actOn(KINDS.get(of?.type) ?? "other", of ?? {}, params);
  }

  guardOf(guard: Guard): Guard {
    if (typeof guard === "function") return guard;
    const known = this.#machine.implementations.guards as { readonly [name: string]: Guard };
    return known[typeof guard === "string" ? guard : guard.type]!;
  }

  choiceOf(place: Place, type: string): Choice {
    const known = place.choices.get(type);
    if (known) return known;
    const choice: Choice = {
      type,
      candidates: this.#candidatesOf(place, type),
      asked: 0,
      take: undefined,
      shape: undefined,
    };
    place.choices.set(type, choice);
    return choice;
  }

  #candidatesOf(place: Place, type: string): readonly Candidate[] | null {
    const root = this.#machine.root as unknown as Node;
    const regions = place.leaves
      .map((leaf) => upFrom(leaf).flatMap((node) => (node === root ? [] : transitionsFor(node, type))))
      .filter((transitions) => transitions.length > 0);
    if (regions.length > 1) return null;
    return [...(regions[0] ?? []), ...transitionsFor(root, type)].map((transition) => this.#candidateOf(transition));
  }

  #candidateOf(transition: Transition): Candidate {
    const { guard } = transition;
    const resolved = guard === undefined ? undefined : this.guardOf(guard);
    const hasParams = typeof guard === "object";
    const isFunction = typeof resolved === "function" && !("check" in resolved) && !hasParams;
    return { transition, asks: isFunction ? resolved : undefined, way: undefined };
  }

  inOrder(leaves: readonly Node[]): readonly Node[] {
    const regions = Object.values((this.#machine.root as unknown as Node).states);
    const placeIn = (leaf: Node): number => regions.findIndex((region) => leaf === region || isInside(leaf, region));
    return [...leaves].sort((one, other) => placeIn(one) - placeIn(other));
  }

  placeAt(leaves: readonly Node[]): Place {
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
      choices: new Map(),
      lately: undefined,
      may: [],
    };
    this.#places.set(key, place);
    return place;
  }

  wayOf(from: Place, { target = [], source, reenter, actions }: Transition): Way {
    if (target.length === 0) return { place: from, acts: actions.map((action) => this.actOf(action)) };
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
      place: this.placeAt(leaves),
      acts: [...exits, ...actions, ...entries].map((action) => this.actOf(action)),
    };
  }
}
