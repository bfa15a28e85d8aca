/** Options of the command line, from text to values that fit. */
import type { Json } from "../checker/json.ts";
import { nearest } from "../checker/nearest.ts";
import { parseKnob } from "../model/knobs.ts";
import { unknownName, UsageError } from "./errors.ts";
import { expectEachOnce } from "./single.ts";
import type { Engine, Named, Selection } from "./ports.ts";
import { newestRelease } from "./releases.ts";

const UNITS = ["", "k", "m", "g", "t"];

/** Seeds are mixed as 32 bits: a larger one would stand for a smaller. */
export const MOST_SEED = 2 ** 32 - 1;

/** "300k", "1.5M", "300 000", "300_000" and "3e5" written out; undefined for what is no number of this kind. */
function writtenOut(text: string): number | undefined {
  const [, digits, unit = ""] = /^([\d _,']*\d(?:\.\d+)?(?:e\d+)?)([kmg]?)$/i.exec(text.trim()) ?? [];
  const value = Number(digits?.replaceAll(/[ _,']/g, "")) * 1000 ** UNITS.indexOf(unit.toLowerCase());
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A whole number from `least` to `most`. */
export function wholeNumber(option: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = /^(0|[1-9]\d*)$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const meant = Number.isNaN(value) ? writtenOut(text) : undefined;
  const hasMost = most < Number.MAX_SAFE_INTEGER || Number(text) > most;
  const range = hasMost ? `from ${least} to ${most}` : `of at least ${least}`;
  const hint = meant === undefined || meant < least ? "" : `, written out: ${option} ${meant}`;
  throw new UsageError(`${option} cannot be "${text}".`, `a whole number ${range}${hint}`);
}

/** One of the names. */
export function oneOf<T extends string>(option: string, text: string, names: readonly T[]): T {
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  throw new UsageError(`${option} cannot be "${text}".`, `one of ${names.join(", ")}`, nearest(text, names));
}

/** Less than this holds the tables of no search; who says less forgot the unit. */
const LEAST = 1_000_000;

/** Bytes: "500M" or "2GB" (powers of 1000), "1.5GiB" (powers of 1024), or a plain number; at least 1 MB. */
export function byteSize(option: string, text: string): number {
  const [, digits, unit, binary] = /^(\d+(?:\.\d+)?)([kmgt]?)(i?)b?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(digits) * (binary ? 1024 : 1000) ** UNITS.indexOf((unit ?? "").toLowerCase()));
  if (digits !== undefined && Number.isSafeInteger(bytes) && bytes >= LEAST) return bytes;
  if (bytes > Number.MAX_SAFE_INTEGER)
    throw new UsageError(
      `${option} cannot be "${text}".`,
      `a size of at most ${Number.MAX_SAFE_INTEGER} bytes, which is about 9007TB`,
    );
  throw new UsageError(
    `${option} cannot be "${text}".`,
    "a size of at least 1MB: 500M or 2GB (powers of 1000), 1.5GiB (powers of 1024), or a plain number of bytes",
  );
}

function chosen(kind: string, name: string, from: readonly Named[]): string {
  if (from.some((it) => it.name === name)) return name;
  throw unknownName(kind, name, [...new Set(from.map((it) => it.name))]);
}

/** A design by its name, or by a series that has releases here ("linux-6.12"); each system resolves it to its newest. */
function chosenHost(name: string, hosts: readonly Named[]): string {
  const names = hosts.map((host) => host.name);
  return newestRelease(name, names) === undefined ? chosen("design", name, hosts) : name;
}

/**
 * The value that a text names. Each system that is named reads it as its own knob; where none is named, or none of them has
 * the knob, it has to be a value of that knob in some system.
 */
function valueOf({ knobs }: Pick<Names, "knobs">, name: string, text: string, systems: readonly string[]): Json {
  const named = knobs.filter((knob) => knob.name === name);
  const own = named.filter((knob) => knob.systems.some((system) => systems.includes(system)));
  const meant = own.length > 0 ? own : named;
  const tables = (meant.length > 0 ? meant.map((knob) => [knob]) : [knobs]).map((of) =>
    Object.fromEntries(of.map((knob) => [knob.name, knob])),
  );
  const parsed = tables.map((table) => parseKnob(table, name, text));
  const errors = parsed.flatMap((one) => (one.ok ? [] : [one.error]));
  const good = parsed.find((one) => one.ok);
  if (!good?.ok || (own.length > 0 && errors.length > 0)) throw new UsageError(errors.join(" "));
  return good.value;
}

/** "premap=2" twice or more is a mistake, not a question of order. */
function knobs(
  engine: Names,
  settings: readonly string[],
  systems: readonly string[],
): { readonly [knob: string]: Json } {
  const set: Record<string, Json> = {};
  for (const setting of settings) {
    const [, name, text] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
    if (name === undefined || text === undefined) throw new UsageError(`--set cannot be "${setting}".`, "knob=value");
    if (Object.hasOwn(set, name)) throw new UsageError(`--set gives ${name} two values.`, "each knob once");
    set[name] = valueOf(engine, name, text, systems);
  }
  return set;
}

/** The names that a selection may use. */
export type Names = Pick<Engine, "systems" | "hardware" | "hosts" | "bounds" | "knobs" | "properties" | "scenarios">;

/** What a name is that is none of a system; empty: nothing that there is. */
function meantBy({ properties, hosts, hardware, scenarios }: Names, name: string): string {
  if (properties.some(({ id }) => id === name)) return "; that is a property, which the check of a system judges";
  if (hosts.some((it) => it.name === name)) return `; that is a design: --design ${name}`;
  if (hardware.some((it) => it.name === name)) return `; that is hardware: --hardware ${name}`;
  return scenarios.some((it) => it.name === name) ? `; that is a question: faultline scenarios ${name}` : "";
}

/** As commander gives them. */
export interface SelectionOptions {
  readonly hardware?: string;
  readonly design?: string;
  /** The name that `design` had before. */
  readonly host?: string;
  readonly bounds?: string;
  readonly set?: readonly string[];
}

export function selectionOf(engine: Names, systems: readonly string[], options: SelectionOptions): Selection {
  const { hardware, design, host = design, bounds, set = [] } = options;
  if (design !== undefined && host !== design)
    throw new UsageError("--design and --host are one option, and have two values.", "--design once");
  expectEachOnce("system", systems);
  return {
    systems: systems.map((name) => {
      if (engine.systems.some((it) => it.name === name)) return name;
      throw unknownName(
        "system",
        name,
        engine.systems.map((it) => it.name),
        meantBy(engine, name),
      );
    }),
    ...(hardware === undefined ? {} : { hardware: chosen("hardware", hardware, engine.hardware) }),
    ...(host === undefined ? {} : { host: chosenHost(host, engine.hosts) }),
    ...(bounds === undefined ? {} : { bounds: chosen("bounds", bounds, engine.bounds) }),
    set: knobs(engine, set, systems),
  };
}
