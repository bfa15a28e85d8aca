/**
 * A value set by hand that is known to break a claim, in a run that did not break it: what it is known to break, what differs
 * here, and the command that shows it.
 */
import { DEADLOCK } from "../checker/explore/claims/deadlock.ts";
import { recordOf, startExhaustive } from "../checker/explore/exhaustive.ts";
import type { Json } from "../checker/json.ts";
import type { RunRecord, Verdict } from "../checker/run-record.ts";
import { hardwarePresets } from "../model/hardware/presets.ts";
import { hostPresets } from "../model/hosts/presets.ts";
import { studies } from "../model/systems/studies/index.ts";
import { build, contradiction, parametersFor } from "../properties/build.ts";
import { catalogue } from "../properties/catalogue/index.ts";
import type { Departure, Settings } from "../properties/departures/departure.ts";
import { studyBreakages } from "../properties/departures/index.ts";
import { pageFaultDepartures } from "../properties/departures/page-fault.ts";
import { checkCommand } from "../reports/lost.ts";
import type { Advance } from "./knob-effect.ts";
import type { KnownDefect, RunRequest } from "./ports.ts";

const BOUNDS = ["small", "default", "deep"] as const;

const isSame = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

const setting = (knob: string, value: Json | undefined): string =>
  `${knob}=${Array.isArray(value) ? value.join(",") : String(value)}`;

const valuesOf = (request: RunRequest): Settings =>
  Object.assign({}, ...Object.values(parametersFor(request) as { readonly [part: string]: Settings }));

const departuresOf = (system: string): readonly Departure[] =>
  studyBreakages[system]?.departures ?? pageFaultDepartures;

const statementOf = (id: string): string =>
  catalogue.find((property) => property.id === id)?.statement ?? (id === DEADLOCK.id ? DEADLOCK.statement : "");

/** "ENT-1 (Hardware reads no entry that is half written) and 2 other claims". */
function claims([first, ...others]: readonly string[]): string {
  const named = `${first} ("${statementOf(first!).replace(/\.$/, "")}")`;
  return others.length === 0
    ? named
    : `${named} and ${others.length} other ${others.length === 1 ? "claim" : "claims"}`;
}

/**
 * Values that are no defect by themselves: of hardware, of a design of the page fault systems, or of the intended design
 * of a focused model. Its historical designs have defects.
 */
function ofPresets(system: string, knob: string): readonly Json[] {
  const study = studies.find(({ name }) => name === system);
  const presets: readonly object[] = study
    ? Object.entries(study.hosts).flatMap(([name, { design }]) => (name === "intended" ? [design as object] : []))
    : [...Object.values(hardwarePresets), ...Object.values(hostPresets)];
  return presets.map((preset) => (preset as Settings)[knob]).filter((value) => value !== undefined);
}

/** Differences that are told with their values; more are named only. */
const MOST_TOLD = 3;

/** ", which has entryTables=1 (not 2)": what the run has otherwise than the run that shows the defect. */
function differences(request: RunRequest, shown: RunRequest): string {
  if (request.system !== shown.system) return ` (${request.system} in place of ${shown.system})`;
  const [here, there] = [valuesOf(request), valuesOf(shown)];
  const knobs = Object.keys(there).filter((knob) => knob !== "name" && !isSame(here[knob], there[knob]));
  if (knobs.length === 0) return "";
  if (knobs.length > MOST_TOLD) return `, which differs from the run that shows it in ${knobs.slice(0, 8).join(", ")}`;
  return `, which has ${knobs.map((knob) => `${setting(knob, here[knob])} (not ${String(there[knob])})`).join(", ")}`;
}

/** The defects that the knob's value stands for: those that the run has wholly before those of which it has a part. */
function defectsOf({ system, set }: RunRequest, has: Settings, knob: string): readonly Departure[] {
  const missing = ({ when }: Departure): number =>
    Object.keys(when).filter((name) => !isSame(has[name], when[name])).length;
  const isOfPreset = ofPresets(system, knob).some((value) => isSame(value, set[knob]));
  return departuresOf(system)
    .filter(({ when }) => Object.hasOwn(when, knob) && isSame(when[knob], set[knob]))
    .filter((defect) => !isOfPreset || missing(defect) === 0)
    .toSorted((a, b) => missing(a) - missing(b));
}

const broken = ({ properties }: RunRecord, among: readonly string[]): readonly string[] =>
  among.filter((id) => properties.some((one) => one.id === id && one.verdict.kind === "violated"));

/** Tests hold that each defect shows within so many states; the whole space of a broken model can be far larger. */
const ENOUGH = 400_000;

/** Verdicts that leave open whether it is violated. */
const OPEN: readonly Verdict["kind"][] = ["unknown", "holds-within-bounds", "approximate"];

/** Whether the run says of all of them whether they hold, or that it does not claim them. */
const isDecided = ({ properties }: RunRecord, ids: readonly string[]): boolean =>
  properties.every(({ id, verdict: { kind } }) => !ids.includes(id) || !OPEN.includes(kind));

/** States that may be searched at other bounds to see whether the defect shows there: a second or two. */
const TRIED = 100_000;

/** " At --bounds default it breaks ENT-1.": as a search has found; empty where none has. */
async function atOtherBounds(request: RunRequest, among: readonly string[], advance: Advance): Promise<string> {
  for (const bounds of BOUNDS) {
    const other = { ...request, bounds };
    if (bounds === request.bounds || contradiction(other) !== undefined) continue;
    const search = startExhaustive(build(other), { maxStates: TRIED });
    await advance(search);
    const found = broken(recordOf(search, other), among);
    if (found.length > 0) return ` At --bounds ${bounds} it breaks ${found.join(", ")}.`;
  }
  return "";
}

/** What a value set by hand is known to break, of the defect that the run is nearest to; undefined: nothing. */
export function knownDefect(request: RunRequest, knob: string): KnownDefect | undefined {
  const plain = { ...request, set: Object.fromEntries(Object.entries(request.set).filter(([name]) => name !== knob)) };
  if (contradiction(plain) === undefined && isSame(valuesOf(plain)[knob], request.set[knob])) return undefined;
  const defects = defectsOf(request, valuesOf(request), knob);
  const [nearest] = defects;
  // What only another system shows says little of this one.
  if (!nearest || nearest.shown.system !== request.system) return undefined;
  return {
    breaks: nearest.breaks,
    any: [...new Set(defects.flatMap(({ breaks }) => breaks))],
    command: `${checkCommand(nearest.shown)} --max-states ${ENOUGH}`,
  };
}

/**
 * A note for each knob set by hand whose value is known to break something that this run did not break. Without `advance`
 * other bounds are not searched.
 */
export async function unseenDefects(
  record: RunRecord,
  request: RunRequest,
  knobs: readonly string[],
  advance?: Advance,
): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const knob of knobs) {
    const without = Object.fromEntries(Object.entries(request.set).filter(([name]) => name !== knob));
    const plain = { ...request, set: without };
    if (contradiction(plain) === undefined && isSame(valuesOf(plain)[knob], request.set[knob])) continue;
    const has = valuesOf(request);
    const defects = defectsOf(request, has, knob);
    const [nearest] = defects;
    if (!nearest || defects.some(({ breaks }) => broken(record, breaks).length > 0)) continue;
    if (!isDecided(record, nearest.breaks)) continue;
    const { when, breaks, reason, shown } = nearest;
    const others = Object.keys(when).filter((name) => !isSame(has[name], when[name]));
    const together = others.map((name) => ` together with ${setting(name, when[name])}`).join("");
    const elsewhere = advance ? await atOtherBounds(request, breaks, advance) : "";
    notes.push(
      `${setting(knob, request.set[knob])}${together} is known to break ${claims(breaks)}, but did not in this run` +
        `${differences(request, shown)}: ${reason}.${elsewhere} To see it: ${checkCommand(shown)} --max-states ${ENOUGH}`,
    );
  }
  return notes;
}
