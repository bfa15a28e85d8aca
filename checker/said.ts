/**
 * What a machine says of itself, in the fields that XState keeps for that: the `description` of the machine, of its states
 * and of the transitions of an event, and in `meta` where each comes from. Nothing here decides what a machine does.
 */
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { Json, Message } from "./json.ts";
import type { SaidRecord } from "./run-record.ts";

/** Where a rule comes from: functions in a file of a source tree, a clause of a document, or the free choice of somebody. */
export interface Origin {
  /** The document or tree: "Linux 6.12.117", "PCIe Base Specification 6.2". */
  readonly of: string;
  /** The file or the clause. */
  readonly at: string;
  /** The functions, without brackets; the first one names the step. */
  readonly functions?: readonly string[];
  /** Where the same step is in another driver or tree, which a field of the machine's context tells. */
  readonly where?: Elsewhere;
}

/** `field` is a path into the context, "rules.driver"; a value that is not listed leaves the origin as it is. */
export interface Elsewhere {
  readonly field: string;
  readonly is: { readonly [value: string]: Origin };
}

/** What a message says, with `{field}` or `{field?yes:no}` for a field of the message, or of the context of its sender. */
export interface Words {
  readonly says: string;
  /** Where that is from; default: what the machine is from. */
  readonly origin?: Origin;
}

/** `meta` of a machine. */
export interface MachineMeta {
  readonly origin: Origin;
  /** What one component is, with `{field}` for a field of its input: "device {device}, page request group {slot}". */
  readonly lane: string;
  /** By type: what each emitted message says. */
  readonly messages?: { readonly [type: string]: Words };
}

/** `meta` of a state or of a transition. */
export interface StepMeta {
  readonly origin?: Origin;
  /** The step is the next of a list: what it emits says what it does, and its own description does not. */
  readonly listed?: true;
}

/** "vfio_unmap_unpin()"; a clause is told by its document, and a free choice needs no name. */
export const nameOf = ({ of, at, functions }: Origin): string => {
  if (functions?.[0] !== undefined) return `${functions[0]}()`;
  return at === "" ? "" : `${of}, ${at}`;
};

type Fields = { readonly [name: string]: Json };

const brief = (value: Json): string => {
  if (value === null) return "none";
  if (Array.isArray(value)) return value.map((it) => brief(it as Json)).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

/** What a component is that a field names, where the wiring says it: "iommu->lock". */
export type LaneOf = (component: string) => string | undefined;
const UNNAMED: LaneOf = () => undefined;

/** "{page}", "{fault.grp}", or a choice between two phrases: "{present?with a translation:without one}". */
const FIELD = /\{(\w+(?:\.\w+)*)(?:\?([^:{}]*):([^{}]*))?\}/g;

/** The template with its fields filled in from the first that has them; a field that none has stays as it is written. */
export function filled(template: string, from: readonly Fields[], laneOf = UNNAMED): string {
  return template.replaceAll(FIELD, (whole, path: string, yes?: string, no?: string) => {
    const value = fieldOf(path, from);
    if (value === undefined) return whole;
    if (yes !== undefined) return value === true ? yes : no!;
    return (typeof value === "string" ? laneOf(value) : undefined) ?? brief(value);
  });
}

/** The template as a manual writes it: "unpins page <page>", "returns <success|an error>", "frees it[ again]". */
export const withPlaceholders = (template: string): string =>
  template.replaceAll(FIELD, (_, path: string, yes?: string, no?: string) => {
    if (yes === undefined) return `<${path.split(".").at(-1)!}>`;
    return yes === "" || no === "" ? `[${yes}${no!}]` : `<${yes}|${no!}>`;
  });

/** The field of the first that has it; the path may lead into it: "rules.driver". */
function fieldOf(path: string, from: readonly Fields[]): Json | undefined {
  const [name = "", ...inner] = path.split(".");
  let value: Json | undefined = from.find((fields) => Object.hasOwn(fields, name))?.[name];
  for (const key of inner) value = value && typeof value === "object" ? (value as Fields)[key] : undefined;
  return value;
}

/** The origin of the driver or tree that the context tells. */
function originFor(origin: Origin, context: Fields): Origin {
  const other = origin.where?.is[String(fieldOf(origin.where.field, [context]))];
  return other ? originFor(other, context) : origin;
}

/** The origin, and those that other drivers or trees have in its place. */
export const everyOrigin = (origin: Origin): readonly Origin[] => [
  origin,
  ...Object.values(origin.where?.is ?? {}).flatMap(everyOrigin),
];

interface Told {
  readonly description?: string | undefined;
  readonly meta?: StepMeta | undefined;
}

/** The transitions of an event type anywhere in the machine, in the order of its states. */
function transitionsOf(machine: AnyStateMachine, type: string): readonly Told[] {
  const found: Told[] = [];
  const visit = (node: AnyStateMachine["root"]): void => {
    found.push(...((node.transitions.get(type) ?? []) as readonly Told[]));
    for (const child of Object.values(node.states)) visit(child);
  };
  visit(machine.root);
  return found;
}

/** What an event does where no single transition is meant: the first description that any of its transitions has. */
export const eventTold = (machine: AnyStateMachine, type: string): Told | undefined =>
  transitionsOf(machine, type).find(({ description }) => description !== undefined);

export const metaOf = (machine: AnyStateMachine): MachineMeta | undefined =>
  (machine.root.meta as MachineMeta | undefined)?.origin && (machine.root.meta as MachineMeta);

/** The origin of the innermost state that the snapshot is in and that names one, or that of the machine. */
function originIn(machine: AnyStateMachine, snapshot: AnyMachineSnapshot): Origin | undefined {
  const nodes = snapshot._nodes as readonly { readonly meta?: StepMeta; readonly path: readonly string[] }[];
  const named = [...nodes].sort((a, b) => b.path.length - a.path.length).find(({ meta }) => meta?.origin);
  return named?.meta?.origin ?? metaOf(machine)?.origin;
}

const fieldsOf = ({ type: _, ...fields }: Message): Fields => fields;

/** What the step says that the event takes in this snapshot; undefined where the machine says nothing. */
export function stepSaid(
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot,
  event: Message,
  laneOf?: LaneOf,
): SaidRecord | undefined {
  const taken = machine.getTransitionData(snapshot as never, event) as readonly Told[] | undefined;
  const own = taken?.find(({ description }) => description !== undefined) ?? eventTold(machine, event.type);
  const origin =
    own?.meta?.origin ?? taken?.find(({ meta }) => meta?.origin)?.meta?.origin ?? originIn(machine, snapshot);
  if (own?.description === undefined || !origin) return undefined;
  const text = filled(own.description, [fieldsOf(event), snapshot.context as Fields], laneOf);
  const by = nameOf(originFor(origin, snapshot.context as Fields));
  return { text, by, ...(own.meta?.listed && { listed: true }) };
}

/**
 * What a message says that the machine emits when it takes the event in this snapshot. It comes from where its words, else the
 * transition, else the state, else the machine comes from.
 */
export function messageSaid(
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot,
  event: Message,
  message: Message,
  laneOf?: LaneOf,
): SaidRecord | undefined {
  const meta = metaOf(machine);
  const words = meta?.messages?.[message.type];
  if (!meta || !words) return undefined;
  const text = filled(words.says, [fieldsOf(message), snapshot.context as Fields], laneOf);
  const taken = machine.getTransitionData(snapshot as never, event) as readonly Told[] | undefined;
  const own = taken?.find((transition) => transition.meta?.origin)?.meta?.origin;
  const origin = words.origin ?? own ?? originIn(machine, snapshot) ?? meta.origin;
  return { text, by: nameOf(originFor(origin, snapshot.context as Fields)) };
}

type Node = Told & { readonly path: readonly string[]; readonly states: object };

/** What the component is doing in this snapshot: the descriptions of its innermost states, of parallel ones each. */
export function stateSaid(machine: AnyStateMachine, snapshot: AnyMachineSnapshot): string | undefined {
  if (!metaOf(machine)) return undefined;
  const leaves = (snapshot._nodes as readonly Node[]).filter(({ states }) => Object.keys(states).length === 0);
  const said = leaves.flatMap(({ description, path }) => (path.length > 0 && description ? [description] : []));
  return said.length === 0 ? undefined : filled(said.join("; "), [snapshot.context as Fields]);
}

/** What a component is, in the words of the real system. */
export function laneSaid(machine: AnyStateMachine, input: Json | undefined): string | undefined {
  const lane = metaOf(machine)?.lane;
  if (lane === undefined) return undefined;
  return filled(lane, [typeof input === "object" && input !== null && !Array.isArray(input) ? (input as Fields) : {}]);
}
