/**
 * Systems drawn from a seed, to hold the search against the reference explorer: one to three parts and one or two hubs.
 *
 * Models  parts that are alike (a sort for them, a second one for what they name), or that are not; calls to one and to
 *         all, to oneself and in circles; channels of one and two messages, one of them shared; every way to treat what
 *         does not fit or is not taken; prologues; fairness classes of both kinds; claims of every kind.
 * Omits   wiring that names nothing: defineSystem refuses it.
 */
import type { Message } from "../json.ts";
import {
  call,
  defineSystem,
  delivers,
  send,
  takesSteps,
  type Action,
  type Call,
  type Channel,
  type Component,
  type FairnessClass,
  type Route,
  type Send,
  type System,
  type Unhandled,
} from "../system.ts";
import { drawing, type Drawing } from "./drawing.ts";
import { drawnClaims } from "./drawn-claims.ts";
import { CALLED, drawnMachine, SENT, SET_UP, SPONTANEOUS, type Shape } from "./drawn-machine.ts";

const ITEMS = 2;

/** How a system is drawn. */
interface Plan {
  readonly draw: Drawing;
  readonly parts: readonly string[];
  readonly hubs: readonly string[];
  /** Whether the parts may be exchanged. */
  readonly alike: boolean;
  /** Whether fairness is assumed, and paths are claimed, of each single part. */
  readonly ofEach: boolean;
  readonly shape: Shape;
}

export function drawnWiring(seed: number): System {
  const draw = drawing(seed);
  const parts = ["part0", "part1", "part2"].slice(0, draw.pick([1, 2, 2, 2, 3]));
  const hubs = ["hub0", "hub1"].slice(0, 1 + draw.below(2));
  const plan = {
    draw,
    parts,
    hubs,
    alike: parts.length > 1 && !draw.once(3),
    ofEach: draw.once(2),
    shape: { counts: 2 + draw.below(2), circles: draw.once(3) },
  };
  const hasItems = draw.once(3);
  const components = drawnComponents(plan, hasItems);
  const channels = drawnChannels(plan);
  const fairness = { all: drawnClasses(plan, components, channels), some: [] as readonly FairnessClass[] };
  fairness.some = draw.some(drawnClasses(plan, components, channels));
  return defineSystem({
    name: `drawn-${seed}`,
    parameters: { seed, limit: draw.below(3) },
    components,
    channels,
    routes: drawnRoutes(plan),
    properties: drawnClaims(draw, plan.shape.counts, {
      groups: draw.pick([["all", "some"], ["some"], ["all"], []]),
      ofEach: plan.ofEach,
    }),
    prologue: draw.once(3) ? [drawnFirst(plan), ...(draw.once(2) ? [drawnFirst(plan)] : [])] : [],
    fairness,
    ...(draw.once(3) && { deadlock: "allowed" as const }),
    sets: ["seen"],
    ...((plan.alike || hasItems) && {
      symmetry: {
        ...(plan.alike && { part: { fields: ["me", "who", "seen"], size: parts.length, component: exchanged } }),
        ...(hasItems && { item: { fields: ["item"], size: ITEMS } }),
      },
    }),
  });
}

/** "part0" and "to-part0" belong to value 0. */
const exchanged = (name: string, permutation: readonly number[]): string =>
  name.replace(/(?<=part)\d$/, (value) => String(permutation[Number(value)]));

function drawnComponents({ draw, parts, hubs, alike, shape }: Plan, hasItems: boolean): Record<string, Component> {
  const events = (): readonly Message[] =>
    SPONTANEOUS.slice(0, 1 + draw.below(2)).flatMap((type) =>
      hasItems ? Array.from({ length: ITEMS }, (_, item) => ({ type, item })) : [{ type }],
    );
  const common = { machine: drawnMachine(draw, shape), role: "part", events: events() };
  return {
    ...Object.fromEntries(
      parts.map((name, me) => [
        name,
        {
          ...(alike || me === 0 || draw.once(2) ? common : { ...common, machine: drawnMachine(draw, shape) }),
          input: { me },
        },
      ]),
    ),
    ...Object.fromEntries(
      hubs.map((name) => [
        name,
        {
          machine: drawnMachine(draw, shape),
          role: "hub",
          input: { me: null },
          ...(draw.once(2) && { events: events() }),
        },
      ]),
    ),
  };
}

function drawnChannels({ draw, parts, hubs }: Plan): Record<string, Channel> {
  const settings = () => ({
    capacity: 1 + draw.below(2),
    whenFull: draw.pick(["block", "drop"] as const),
    unhandled: drawnUnhandled(draw),
    role: "flight",
  });
  const ofParts = settings();
  const bus = { ...settings(), to: ({ who }: Message): string => (typeof who === "number" ? `part${who}` : "hub0") };
  return {
    ...Object.fromEntries(parts.map((name) => [`to-${name}`, { ...ofParts, to: name }])),
    ...Object.fromEntries(hubs.map((name) => [`to-${name}`, { ...settings(), to: name }])),
    bus,
  };
}

/** Mistakes are seldom: most of the systems have none. */
const drawnUnhandled = (draw: Drawing): Unhandled =>
  draw.once(40) ? "error" : draw.pick(["block", "drop", "drop", "drop"] as const);

function drawnRoutes(plan: Plan): readonly Route[] {
  const { draw } = plan;
  return (["part", "hub"] as const).flatMap((role) => {
    const ways = waysOf(plan, role);
    // In a circle, calls to several would have no end before there are more of them than can be made.
    const called = plan.shape.circles ? [...ways.toOne, ...ways.sent] : [...ways.toOne, ...ways.toAll, ...ways.sent];
    return [...CALLED.map((type) => draw.pick(called)(type, drawnUnhandled(draw))), draw.pick(ways.sent)(SENT, "drop")];
  });
}

type Way = (type: string, unhandled: Unhandled) => Route;
interface Ways {
  readonly toOne: readonly Way[];
  readonly toAll: readonly Way[];
  readonly sent: readonly Way[];
}

const next = (name: string, names: readonly string[]): string => names[(names.indexOf(name) + 1) % names.length]!;

function waysOf({ parts, hubs, alike }: Plan, role: "part" | "hub"): Ways {
  const calls =
    (to: Call["to"]): Way =>
    (type, unhandled) =>
      call(role, [type], to, unhandled);
  const sends =
    (via: Send["via"]): Way =>
    (type) =>
      send(role, [type], via);
  const named = ({ who }: Message, sender: string): string =>
    typeof who === "number" ? `part${who}` : next(sender, hubs);
  // Calls to parts one after the other would tell apart those that are alike, and of three of them none is the next one.
  const neighbour = (_: Message, sender: string): string => (alike && parts.length > 2 ? sender : next(sender, parts));
  if (role === "part")
    return {
      toOne: [calls(() => "hub0"), calls((_, sender) => sender), calls(neighbour)],
      toAll: [calls(() => hubs), calls(() => (alike ? hubs : [...parts, ...hubs]))],
      sent: [
        sends(() => "to-hub0"),
        sends(() => "bus"),
        sends((message, sender) => `to-${neighbour(message, sender)}`),
      ],
    };
  return {
    toOne: [calls(named), calls((_, sender) => next(sender, hubs))],
    toAll: [
      calls((message, sender) => (alike ? named(message, sender) : parts)),
      calls((message, sender) => [named(message, sender), ...hubs]),
    ],
    sent: [sends((message, sender) => `to-${named(message, sender)}`), sends(() => "bus")],
  };
}

const drawnFirst = ({ draw, parts, hubs }: Plan): Action => ({
  kind: "event",
  component: draw.pick([...parts, ...hubs]),
  event: { type: SET_UP },
});

function drawnClasses(
  { draw, alike, ofEach }: Plan,
  components: Record<string, Component>,
  channels: Record<string, Channel>,
): readonly FairnessClass[] {
  const kind = (): FairnessClass["kind"] => draw.pick(["weak", "strong"]);
  const ofParts = kind();
  const kindOf = (name: string): FairnessClass["kind"] => (alike && name.includes("part") ? ofParts : kind());
  const isSingle = (name: string): boolean => ofEach || !name.includes("part");
  const parts: FairnessClass = {
    name: "parts",
    kind: ofParts,
    actions: (action) => (action.kind === "event" ? action.component : action.channel).includes("part"),
  };
  return [
    ...(ofEach ? [] : [parts]),
    ...Object.keys(components)
      .filter((name) => components[name]!.events && isSingle(name))
      .map((name) => takesSteps(name, kindOf(name), draw.once(3) ? ["tick"] : undefined)),
    ...Object.keys(channels)
      .filter(isSingle)
      .map((name) => delivers(name, kindOf(name))),
  ];
}
