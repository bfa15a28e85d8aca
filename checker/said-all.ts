/** Everything that a machine says of itself, and what it can do where it says nothing: its states, steps and messages. */
import type { AnyStateMachine } from "xstate";
import { everyOrigin, metaOf, withPlaceholders, type MachineMeta, type Origin, type StepMeta } from "./said.ts";

/** A state, a transition or a message, as the machine tells it. */
export interface Telling {
  /** The path of the state, "busy.waiting", or a type: "worker.responds". */
  readonly name: string;
  readonly text?: string;
  readonly origins: readonly Origin[];
}

export interface MachineTelling {
  readonly id: string;
  readonly text?: string;
  readonly origin?: Origin;
  readonly lane?: string;
  readonly states: readonly Telling[];
  /** By type, in the order of the states: what it takes, whether it comes from nowhere or from another machine. */
  readonly takes: readonly Telling[];
  /** What it sends, as far as it says so. */
  readonly sends: readonly Telling[];
}

type Node = AnyStateMachine["root"];
interface Told {
  readonly description?: string | undefined;
  readonly meta?: StepMeta | undefined;
}

const nodesBelow = (node: Node): readonly Node[] => [node, ...Object.values(node.states).flatMap(nodesBelow)];
const originsIn = (told: readonly Told[]): readonly Origin[] =>
  told.flatMap(({ meta }) => (meta?.origin ? everyOrigin(meta.origin) : []));

function telling(name: string, told: readonly Told[]): Telling {
  const text = told.find(({ description }) => description !== undefined)?.description;
  return { name, origins: originsIn(told), ...(text !== undefined && { text: withPlaceholders(text) }) };
}

function messagesOf(meta: MachineMeta | undefined): readonly Telling[] {
  return Object.entries(meta?.messages ?? {}).map(([name, { says, origin }]) => ({
    name,
    text: withPlaceholders(says),
    origins: origin ? everyOrigin(origin) : [],
  }));
}

export function tellingOf(machine: AnyStateMachine): MachineTelling {
  const nodes = nodesBelow(machine.root);
  const taken = new Map<string, Told[]>();
  for (const { transitions } of nodes)
    for (const [type, told] of transitions) taken.set(type, [...(taken.get(type) ?? []), ...(told as readonly Told[])]);
  const meta = metaOf(machine);
  const { description } = machine.root;
  return {
    id: machine.id,
    ...(description !== undefined && { text: withPlaceholders(description) }),
    ...(meta && { origin: meta.origin, lane: withPlaceholders(meta.lane) }),
    states: nodes.slice(1).map((node) => telling(node.path.join("."), [node as Told])),
    takes: [...taken]
      .filter(([type]) => type !== "" && !type.startsWith("xstate."))
      .map(([type, told]) => telling(type, told)),
    sends: messagesOf(meta),
  };
}
