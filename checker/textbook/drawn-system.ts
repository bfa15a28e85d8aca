/**
 * Small systems drawn from a list of numbers, to hold one part of the checker against another.
 *
 * Models  up to three machines of up to three states and a counter, with guards, calls that are blocked or dropped,
 *         channels of one or two messages that block or lose, and properties about states, counters and messages.
 * Omits   nothing that the wiring can do, except calls in circles and unhandled messages that are errors.
 */
import { assign, emit, setup, type AnyStateMachine } from "xstate";
import type { Message } from "../json.ts";
import { all, always, canAlways, each, messages, sometimes, type Property } from "../property.ts";
import { call, defineSystem, send, type Channel, type Component, type Route, type System } from "../system.ts";

type Counter = { count: number };
type DrawnEvent = { readonly type: string; readonly count?: number };

const STATES = ["a", "b", "c"] as const;
const SPONTANEOUS = ["tick", "tock"] as const;
const TYPES = ["x", "y"] as const;

/** Draws a number below the limit, in turn from the list. */
function drawer(numbers: readonly number[]): (below: number) => number {
  let next = 0;
  return (below) => (numbers[next++ % numbers.length] ?? 0) % below;
}

function drawnMachine(draw: (below: number) => number, counts: number): AnyStateMachine {
  const states = STATES.slice(0, 1 + draw(STATES.length));
  const events = [...SPONTANEOUS, ...TYPES];
  const transition = () => {
    const target = states[draw(states.length)]!;
    const step = draw(counts);
    const guardAt = draw(2 * counts);
    const emits = Array.from({ length: [0, 0, 1, 1, 2][draw(5)]! }, () => TYPES[draw(2)]!);
    return {
      target,
      guard: ({ context }: { context: Counter }) => guardAt >= counts || context.count === guardAt,
      actions: [
        assign<Counter, DrawnEvent, undefined, DrawnEvent, never>(({ context, event }) => ({
          count: (context.count + step + (event.count ?? 0)) % counts,
        })),
        ...emits.map((type) => emit(({ context }: { context: Counter }) => ({ type, count: context.count }))),
      ],
    };
  };
  const config = Object.fromEntries(
    states.map((state) => [
      state,
      { on: Object.fromEntries(events.filter(() => draw(5) > 0).map((type) => [type, [transition(), transition()]])) },
    ]),
  );
  const machine = setup({
    types: { context: {} as Counter, events: {} as DrawnEvent, emitted: {} as { type: string; count: number } },
  }).createMachine({ id: "drawn", context: { count: 0 }, initial: "a", states: config as never });
  return machine as unknown as AnyStateMachine;
}

function drawnProperties(draw: (below: number) => number, counts: number): readonly Property[] {
  const source = { document: "drawn", clause: "drawn" };
  const [state, count, other, type] = [STATES[draw(3)]!, draw(counts), draw(counts), TYPES[draw(2)]!];
  return [
    always({
      id: "DRAWN-1",
      statement: `No machine is in ${state} with ${count}.`,
      source,
      witness: "DRAWN-2",
      reads: { part: each<Counter>("part") },
      holds: ({ part }) => part.state !== state || part.context.count !== count,
    }),
    sometimes({
      id: "DRAWN-2",
      statement: `All machines count ${other} while "${type}" is in flight.`,
      source,
      reads: { parts: all<Counter>("part"), flying: messages("flight") },
      holds: ({ parts, flying }) =>
        parts.every(({ context }) => context.count === other) && flying.some((message) => message.type === type),
    }),
    canAlways({
      id: "DRAWN-3",
      statement: `Every machine can always be in ${state} again.`,
      source,
      witness: "DRAWN-2",
      reads: { part: each<Counter>("part") },
      holds: ({ part }) => part.state === state,
    }),
  ];
}

/** The same numbers give the same system. */
export function drawnSystem(numbers: readonly number[]): System {
  const draw = drawer(numbers);
  const counts = 1 + draw(3);
  const names = ["first", "second", "third"].slice(0, 1 + draw(3));
  const components: Record<string, Component> = {};
  const channels: Record<string, Channel> = {};
  const routes: Route[] = [];
  for (const name of names) {
    const events: Message[] = SPONTANEOUS.slice(0, 1 + draw(2)).map((type) => ({ type }));
    components[name] = { machine: drawnMachine(draw, counts), role: "part", events };
    channels[`to-${name}`] = {
      to: name,
      capacity: 1 + draw(2),
      whenFull: (["block", "drop"] as const)[draw(2)]!,
      unhandled: (["block", "drop"] as const)[draw(2)]!,
      role: "flight",
    };
  }
  const unhandled = (["block", "drop"] as const)[draw(2)]!;
  const [aim, callType] = [draw(names.length), draw(3)];
  TYPES.forEach((type, k) => {
    if (k === callType) {
      // Calls go to later machines only; the last one calls nobody.
      const later = (sender: string) => names.slice(names.indexOf(sender) + 1);
      routes.push(call("part", [type], (_, sender) => later(sender), unhandled));
    } else {
      const to = (sender: string) => `to-${names[(names.indexOf(sender) + aim) % names.length]!}`;
      routes.push(send("part", [type], (_, sender) => to(sender)));
    }
  });
  return defineSystem({
    name: "drawn",
    parameters: { numbers },
    components,
    channels,
    routes,
    properties: drawnProperties(draw, counts),
  });
}
