/**
 * Which knobs a system looks at when it is built in one way, found by searching it a little with its fields watched, and
 * what to choose so that it looks at a knob. A knob that nothing reads makes no difference.
 */
import { startExhaustive } from "../checker/explore/exhaustive.ts";
import { defineSystem, ModelError } from "../checker/system.ts";
import { valuesOf } from "./one-knob.ts";
import { contradiction, knobsOf, knobTableOf, partsWatched, type Request } from "./build.ts";

/** States searched of each configuration: short walks and the first levels meet most machines in most of their states. */
const STATES = 300;

const BOUNDS = ["small", "default", "deep"] as const;

/** The knobs that the system looks at when it is built so and searched a little. */
export function lookedAt(request: Request): ReadonlySet<string> {
  const { parts, read } = partsWatched(request);
  // Without claims: a predicate gets the parameters, which nobody watches.
  const system = defineSystem({ ...parts, properties: [] });
  try {
    const search = startExhaustive(system, { symmetry: false, maxStates: STATES });
    while (search.advance(STATES));
  } catch (error) {
    // Values that nobody chooses together may be a mistake; what was read before it was read.
    if (!(error instanceof ModelError)) throw error;
  }
  return read;
}

/** Integers of a range that are tried. */
const MOST_INTEGERS = 9;

/** The request with each value of each knob that it does not set, where that can be built. */
export function* neighbours(request: Request) {
  const table = knobTableOf(request.system);
  for (const knob of knobsOf(request.system)) {
    if (Object.hasOwn(request.set, knob)) continue;
    for (const value of valuesOf(table[knob]!.values, MOST_INTEGERS)) {
      const other = { ...request, set: { ...request.set, [knob]: value } };
      if (contradiction(other) === undefined) yield { knob, value, request: other };
    }
  }
}

/** What to choose so that something looks at the knob: "--bounds default", "--set pages=2"; undefined: nothing was found. */
export function opens(request: Request, knob: string): string | undefined {
  if (!knobsOf(request.system).includes(knob)) return undefined;
  const reads = (other: Request): boolean => contradiction(other) === undefined && lookedAt(other).has(knob);
  const bounds = BOUNDS.find((name) => name !== request.bounds && reads({ ...request, bounds: name }));
  if (bounds !== undefined) return `--bounds ${bounds}`;
  for (const other of neighbours(request))
    if (reads(other.request)) return `--set ${other.knob}=${String(other.value)}`;
  return undefined;
}
