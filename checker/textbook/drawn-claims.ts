/** Claims of every kind about the parts and hubs of a drawn system; none tells apart the values of a sort. */
import type { Message } from "../json.ts";
import {
  all,
  always,
  canAlways,
  each,
  leadsTo,
  messages,
  optional,
  parameters,
  sometimes,
  type Property,
  type Seen,
} from "../property.ts";
import type { Drawing } from "./drawing.ts";
import { TYPES, type PartContext } from "./drawn-machine.ts";

type Part = Seen<PartContext>;

/** A state of a part, at random: in some state, with some count, or knowing itself. */
function drawnState(draw: Drawing, counts: number): (part: Part) => boolean {
  const letter = draw.pick(["a", "b", "c", "p", "q", "r", "end"]);
  const count = draw.below(counts);
  return draw.pick<(part: Part) => boolean>([
    ({ state }) => state.includes(letter),
    ({ state, context }) => state.includes(letter) && context.count === count,
    ({ context }) => context.count === count,
    ({ context }) => context.who !== null && context.who === context.me,
    ({ context }) => context.seen.length > 1,
  ]);
}

/**
 * @param groups Names of groups of fairness classes.
 * @param ofEach Whether paths of each single part are claimed something of: then no two parts may be exchanged.
 */
export function drawnClaims(
  draw: Drawing,
  counts: number,
  { groups, ofEach }: { readonly groups: readonly string[]; readonly ofEach: boolean },
): readonly Property[] {
  const state = (): ((part: Part) => boolean) => drawnState(draw, counts);
  const [one, two, three, four, five, six] = [state(), state(), state(), state(), state(), state()];
  const type = draw.pick(TYPES);
  const knows = (hub: Part, part: Part): boolean => hub.context.who === part.context.me;
  const about = (number: number) => ({
    id: `DRAWN-${number}`,
    statement: "Drawn.",
    source: { document: "drawn", clause: "drawn" },
    witness: "DRAWN-1",
  });
  const [part, hub, parts, hubs] = [
    each<PartContext>("part"),
    each<PartContext>("hub"),
    all<PartContext>("part"),
    all<PartContext>("hub"),
  ];
  const pathsOfEach = [
    canAlways({ ...about(6), reads: { part }, holds: (view) => four(view.part) }),
    canAlways({ ...about(7), reads: { hub, part }, holds: (view) => knows(view.hub, view.part) || six(view.part) }),
    leadsTo({
      ...about(9),
      reads: { part },
      when: (view) => two(view.part),
      eventually: (view) => one(view.part),
      assumes: groups,
    }),
    leadsTo({
      ...about(10),
      reads: { hub, part },
      when: (view) => knows(view.hub, view.part),
      eventually: (view) => six(view.hub),
      assumes: groups.slice(0, 1),
    }),
  ];
  return [
    ...(ofEach ? pathsOfEach : []),
    sometimes({ ...about(1), reads: { part }, holds: (view) => one(view.part) }),
    always({ ...about(2), reads: { part }, holds: (view) => !two(view.part) }),
    always({ ...about(3), reads: { hub, part }, holds: (view) => !(three(view.hub) && one(view.part)) }),
    always({
      ...about(4),
      reads: { part, other: part },
      holds: (view) => view.part.name === view.other.name || !(two(view.part) && four(view.other)),
    }),
    sometimes({
      ...about(5),
      reads: { parts, flying: messages<Message>("flight") },
      holds: (view) => view.parts.every(five) && view.flying.some((message) => message.type === type),
    }),
    canAlways({ ...about(8), reads: { hubs }, holds: (view) => view.hubs.some(five) }),
    leadsTo({
      ...about(11),
      reads: { parts, flying: messages<Message>("flight") },
      when: (view) => view.flying.length > 0,
      eventually: (view) => view.flying.length === 0 || view.parts.some(three),
      assumes: groups.slice(1),
    }),
    leadsTo({
      ...about(12),
      reads: { parts },
      when: () => true,
      eventually: (view) => view.parts.some(six),
      assumes: [],
    }),
    leadsTo({
      ...about(15),
      reads: { hub, parts },
      provided: (view) => !four(view.hub),
      when: (view) => view.parts.some(one),
      eventually: (view) => view.parts.some(two) || !view.parts.some(one),
      assumes: groups,
    }),
    sometimes({ ...about(13), reads: { some: optional<PartContext>("hub") }, holds: (view) => view.some.length > 2 }),
    always({
      ...about(14),
      reads: { hub, limit: parameters<{ limit: number }>() },
      holds: (view) => view.hub.context.count < view.limit.limit || !five(view.hub),
    }),
  ];
}
