/** A defect, tried: its claims hold without it, a search finds it, and so do random walks alone. */
import { DEADLOCK } from "../../checker/explore/claims/deadlock.ts";
import { recordOf, startExhaustive } from "../../checker/explore/exhaustive.ts";
import { RandomSearch } from "../../checker/explore/random/random.ts";
import type { RunRecord, TraceRecord } from "../../checker/run-record.ts";
import type { System } from "../../checker/system.ts";
import { build, type Request } from "../build.ts";
import { only, violations } from "../violations.ts";
import type { Defect } from "./defect.ts";
import { settingOf } from "./setting.ts";

/** Without the defect a search must come to its end. */
const MOST_STATES = 2_000_000;
/** States between two looks of the caller. */
const SLICE = 1 << 14;

export interface RandomBounds {
  readonly seed: number;
  readonly runs: number;
}

/** So that everybody gets the numbers of the page. */
export const RANDOM: RandomBounds = { seed: 20210125, runs: 60_000 };

/** Without the defect. */
export interface Off {
  readonly states: number;
  /** Claims that do not hold, with their verdicts. */
  readonly broken: { readonly [id: string]: string };
}

export interface BrokenClaim {
  readonly id: string;
  readonly steps: number;
}

export type Walks =
  /** `runs` until a claim was violated, and by how many steps the path is longer than the shortest, after shrinking. */
  | { readonly kind: "found"; readonly runs: number; readonly claim: string; readonly excess: number }
  | { readonly kind: "not found"; readonly runs: number }
  /** Only claims about all of the graph are violated: no single walk shows that. */
  | { readonly kind: "not visible" };

export interface Tried {
  readonly id: string;
  readonly off: Off;
  readonly claims: readonly BrokenClaim[];
  /** Claims that should be violated and are not. */
  readonly unbroken: readonly string[];
  /** The shortest counterexample: of a claim that walks can see, if there is one. */
  readonly trace?: TraceRecord;
  readonly walks?: Walks;
}

/** The claims and the situations that they rest on. */
function withWitnesses(system: System, ids: readonly string[]): System {
  const witnesses = system.properties.flatMap((one) =>
    ids.includes(one.id) && one.kind !== "sometimes" && one.witness !== undefined ? [one.witness] : [],
  );
  return only(system, [...ids, ...witnesses]);
}

function verdicts({ properties }: RunRecord, ids: readonly string[]): Off["broken"] {
  const kinds = ids.map((id) => [id, properties.find((one) => one.id === id)?.verdict.kind ?? "not claimed"] as const);
  return Object.fromEntries(kinds.filter(([, kind]) => kind !== "holds"));
}

/** Whether its claims hold without the defect: each is claimed there, and the search was complete. */
function triedOff(request: Request, ids: readonly string[]): Off {
  const search = startExhaustive(withWitnesses(build(request), ids), { maxStates: MOST_STATES });
  while (search.advance(SLICE));
  const record = recordOf(search, request);
  return { states: record.search.states, broken: verdicts(record, ids) };
}

/** Walks until one violates any of the claims. */
function walked(system: System, request: Request, claims: readonly BrokenClaim[], bounds: RandomBounds): Walks {
  const ids = claims.map(({ id }) => id);
  const search = new RandomSearch(only(system, ids), request, bounds);
  while (search.violated.size === 0 && search.advance(1));
  const { runs } = search.progress;
  const found = claims.find(({ id }) => search.violated.has(id));
  if (!found) return { kind: "not found", runs };
  return { kind: "found", runs, claim: found.id, excess: search.violated.get(found.id)!.steps.length - found.steps };
}

/** A walk shows it: something bad happens, or nothing can. */
const isVisible = (system: System, id: string): boolean =>
  id === DEADLOCK.id || system.properties.some((one) => one.id === id && one.kind === "always");

export function tried(defect: Defect, random?: RandomBounds): Tried {
  const { on, off, breaks } = settingOf(defect);
  const system = build(on);
  const found = violations(system, on, breaks);
  const claims = breaks.flatMap((id) => (found.has(id) ? [{ id, steps: found.get(id)!.steps.length }] : []));
  const visible = claims.filter(({ id }) => isVisible(system, id));
  const [chief] = (visible.length > 0 ? visible : claims).toSorted((a, b) => a.steps - b.steps);
  const look = (bounds: RandomBounds): Walks =>
    visible.length === 0 ? { kind: "not visible" } : walked(system, on, visible, bounds);
  return {
    id: defect.id,
    off: triedOff(off, breaks),
    claims,
    unbroken: breaks.filter((id) => !found.has(id)),
    ...(chief && { trace: found.get(chief.id)! }),
    ...(random && { walks: look(random) }),
  };
}

/** What is wrong with it, one line each; none: it holds when it is off, and is found when it is on. */
export const mistakesOf = ({ id, off, unbroken }: Tried): readonly string[] => [
  ...Object.entries(off.broken).map(([claim, kind]) => `${id}: without the defect ${claim} is ${kind}`),
  ...unbroken.map((claim) => `${id}: with the defect ${claim} is not violated`),
];
