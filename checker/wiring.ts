/**
 * What a system is made of: machines wired together. The machines hold the rules of the real system; this file only says
 * who talks to whom, over what, and which events come out of nowhere (the fixed action universe).
 */
import type { AnyStateMachine } from "xstate";
import type { Json, Message } from "./json.ts";
import { nearestOf } from "./nearest.ts";
import type { NotClaimed, Property, Roles } from "./property.ts";

/** What happens to a message that its receiver does not handle. Never silence: `drop` is a decision of the system. */
export type Unhandled = "block" | "error" | "drop";

/** One instance of a machine. */
export interface Component {
  readonly machine: AnyStateMachine;
  readonly input?: Json;
  /** What it is for properties and routes: all pages share the role "page". */
  readonly role: string;
  /** What it is in the real system, where its machine cannot know: "iommu->lock". Default: what the machine says. */
  readonly lane?: string;
  /** Events it may take on its own, whenever its machine handles them. */
  readonly events?: readonly Message[];
}

/** A bounded first-in first-out queue of messages in flight to one component; delivery is a step of its own. */
export interface Channel {
  /** The receiver, or how the message tells it. */
  readonly to: string | ((message: Message) => string);
  /** In messages, at least 1. */
  readonly capacity: number;
  /** `block` disables the step of the sender, `drop` loses the message. */
  readonly whenFull: "block" | "drop";
  /** `block` leaves the message at the head. */
  readonly unhandled: Unhandled;
  /** For properties that read messages in flight; default: the name of the channel. */
  readonly role?: string;
}

/** A message delivered inside the step that emits it: a function call under a lock, or a wire without delay. */
export interface Call {
  readonly kind: "call";
  readonly from: string;
  readonly types: readonly string[];
  readonly to: (message: Message, sender: string) => string | readonly string[];
  readonly unhandled: Unhandled;
}

/** A message put into a channel. */
export interface Send {
  readonly kind: "send";
  readonly from: string;
  readonly types: readonly string[];
  readonly via: (message: Message, sender: string) => string;
}

/** From which role (sender), for which types, and where to. */
export type Route = Call | Send;

/** Values that may be exchanged without changing anything: pages, slots, devices. */
export interface Sort {
  /** Names of the fields, anywhere in snapshots and messages, that hold a value (or a list of values) of this sort. */
  readonly fields: readonly string[];
  /** The values 0 .. size-1 are interchangeable. */
  readonly size: number;
  /** The name of the component after the exchange, for components that belong to a value; default: unchanged. */
  readonly component?: (name: string, permutation: readonly number[]) => string;
}

/**
 * Steps that somebody keeps taking: what a claim about the future may rest on. Steps of no class may never come: user
 * space, guests and devices may be silent. As in TLA+, a step that changes nothing is none.
 */
export interface FairnessClass {
  /** Whose steps they are: a thread, a channel, a slot of a device. */
  readonly name: string;
  /**
   * `weak`: if from some time on a step is always possible, one is taken again and again. `strong`: if again and again
   * a step is possible, one is taken again and again.
   */
  readonly kind: "weak" | "strong";
  readonly actions: (action: Action) => boolean;
}

export interface SystemDefinition {
  readonly name: string;
  /** What it was built from: hardware, design, bounds and knobs. Reported, and part of its fingerprint. */
  readonly parameters: Json;
  readonly components: { readonly [name: string]: Component };
  readonly channels?: { readonly [name: string]: Channel };
  readonly routes: readonly Route[];
  /** Each must read something that is there; `claimsFor` (explore/claims.ts) selects those of a shared catalogue. */
  readonly properties: readonly Property[];
  /** Whether each claim must name its witness. Default: `required`. */
  readonly witnesses?: "required" | "optional";
  /** Of a shared catalogue: what this system does not claim. */
  readonly notClaimed?: readonly NotClaimed[];
  /** Roles of other systems that share the catalogue: `optional` and `messages` may name them where they are absent. */
  readonly elsewhere?: Roles;
  /** Taken before the initial state: a probe, an attach, or the path to where a search begins. Not part of any path. */
  readonly prologue?: readonly Action[];
  /** By group, which a property assumes as a whole: "threads". A group may be empty. */
  readonly fairness?: { readonly [group: string]: readonly FairnessClass[] };
  /** `forbidden` reports a reachable state without a step. */
  readonly deadlock?: "forbidden" | "allowed";
  readonly symmetry?: { readonly [sort: string]: Sort };
  /** Fields, anywhere, whose lists are sets (kept sorted): needed to compare permuted snapshots. */
  readonly sets?: readonly string[];
}

/** One entry of the fixed action universe. */
export type Action =
  | { readonly kind: "event"; readonly component: string; readonly event: Message }
  | { readonly kind: "deliver"; readonly channel: string };

export interface System extends SystemDefinition {
  readonly componentNames: readonly string[];
  readonly channelNames: readonly string[];
  /** The fixed action universe, in declaration order: events of components, then deliveries of channels. */
  readonly actions: readonly Action[];
  /** The route of a type emitted by a component, or an error that says who emitted what without a route. */
  readonly route: (sender: string, type: string) => Route;
}

/** A mistake in a model: never a verdict about the real system. */
export class ModelError extends Error {
  override name = "ModelError";
}

/** A message reached a component that does not handle it in its state, on a route that does not allow this. */
export class UnhandledMessage extends ModelError {}

/** Where a message goes: the components called, or the channel it is put into. */
export function destination(
  system: System,
  sender: string,
  message: Message,
): { readonly route: Route; readonly components: readonly string[]; readonly channel: string | undefined } {
  const route = system.route(sender, message.type);
  if (route.kind === "send") {
    const channel = route.via(message, sender);
    if (!Object.hasOwn(system.channels ?? {}, channel))
      throw new ModelError(
        `"${message.type}" of "${sender}" goes into "${channel}", which is not a channel.${nearestOf(String(channel), system.channelNames)}`,
      );
    return { route, components: [], channel };
  }
  const to = route.to(message, sender);
  // A function that finds no field of the message gives undefined back: it is told as a name that is none.
  const components = to instanceof Array ? to : [to];
  for (const name of components)
    if (!Object.hasOwn(system.components, name))
      throw new ModelError(
        `"${message.type}" of "${sender}" is for "${name}", which is not a component.${nearestOf(String(name), system.componentNames)}`,
      );
  return { route, components, channel: undefined };
}

/** Who receives a message that a channel delivers. */
export function receiver(system: System, channel: string, message: Message): string {
  const { to } = system.channels![channel]!;
  const name = typeof to === "string" ? to : to(message);
  if (!Object.hasOwn(system.components, name))
    throw new ModelError(
      `"${channel}" delivers "${message.type}" to "${name}", which is not a component.${nearestOf(String(name), system.componentNames)}`,
    );
  return name;
}
