/** What a defect is set with, and the same run without it. */
import { nearest } from "../../checker/nearest.ts";
import type { Request } from "../build.ts";
import type { Departure, Settings } from "../departures/departure.ts";
import { departures } from "../departures/index.ts";
import type { Defect } from "./defect.ts";

/** "teardown teardownOrder=no-drain": how a defect names the row of properties/departures that sets it. */
const rowName = ({ shown, when }: Departure): string =>
  [shown.system, ...Object.entries(when).map(([knob, value]) => `${knob}=${String(value)}`)].join(" ");

const rows = new Map<string, Departure[]>();
for (const departure of departures) {
  const name = rowName(departure);
  rows.set(name, [...(rows.get(name) ?? []), departure]);
}

export interface Setting {
  /** The defect is on. */
  readonly on: Request;
  /** Nothing else is different. */
  readonly off: Request;
  /** The knobs of the defect, with what gives it room. */
  readonly when: Settings;
  readonly breaks: readonly string[];
  /** Why it breaks them. */
  readonly reason: string;
}

/** @throws Error for a row that is not there, and for a defect that `off` does not take out of it. */
export function settingOf({ id, shownBy, knobs, off = {}, breaks }: Defect): Setting {
  const named = rows.get(shownBy);
  if (!named)
    throw new Error(
      `${id}: no deliberate defect "${shownBy}"; nearest: ${nearest(shownBy, [...rows.keys()]).join("; ")}`,
    );
  const row = named.find((one) => (breaks ?? one.breaks).every((claim) => one.breaks.includes(claim)));
  if (!row) throw new Error(`${id}: "${shownBy}" does not break all of ${breaks!.join(", ")}`);
  const { shown, when, reason } = row;
  const own = knobs ?? Object.keys(when);
  const inherited = own.filter((knob) => !Object.hasOwn(shown.set, knob) && !Object.hasOwn(off, knob));
  if (inherited.length > 0)
    throw new Error(`${id}: ${inherited.join(", ")} is of the design itself; off says what is there instead`);
  const set = { ...Object.fromEntries(Object.entries(shown.set).filter(([knob]) => !own.includes(knob))), ...off };
  return { on: shown, off: { ...shown, set }, when, breaks: breaks ?? row.breaks, reason };
}
