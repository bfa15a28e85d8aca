/** Lanes of a page, and in which state each component is before and after every step. */
import type { StepRecord, TraceRecord } from "../../checker/run-record.ts";
import { flightsOf, type Flights } from "../flights.ts";
import { actorOf } from "../spoken.ts";

export interface Lanes {
  readonly names: readonly string[];
  readonly flights: Flights;
  /** By step: the state of each lane before it, and after it; undefined: no step tells it. */
  readonly states: readonly (readonly (readonly [before: string | undefined, after: string | undefined])[])[];
  /** By lane: its states in the order in which they occur; a colour for each. */
  readonly palettes: readonly ReadonlyMap<string, number>[];
}

const COLOURS = 8;

/** The components that the step touches; where a channel is sent to, whoever takes from it. */
export function touchedBy(step: StepRecord, { receivers }: Flights): ReadonlySet<string> {
  const actor = actorOf(step);
  return new Set([
    ...(actor === undefined ? [] : [actor]),
    ...step.transfers.flatMap((transfer) => [transfer.from, receivers.get(transfer) ?? transfer.to]),
    ...step.changes.map(({ component }) => component),
  ]);
}

export function lanesOf(trace: TraceRecord): Lanes {
  const { steps, components } = trace;
  const flights = flightsOf(trace);
  const partakers = new Set(steps.flatMap((step) => [...touchedBy(step, flights)]));
  const names = components.filter((name) => partakers.has(name));
  const first = new Map<string, string>();
  for (const { changes } of steps)
    for (const { component, before } of changes) if (!first.has(component)) first.set(component, before.state);
  const now = new Map(first);
  const states = steps.map(({ changes }) => {
    const before = names.map((name) => now.get(name));
    for (const { component, after } of changes) now.set(component, after.state);
    return names.map((name, k) => [before[k], now.get(name)] as const);
  });
  const palettes = names.map((_, k) => {
    const seen = new Set(states.flatMap((row) => row[k]!.filter((state) => state !== undefined)));
    return new Map([...seen].map((state, n) => [state, n % COLOURS]));
  });
  return { names, flights, states, palettes };
}
