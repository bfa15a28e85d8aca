/** Sizes beyond what a search can carry: for simulations. */
import { UsageError } from "../errors.ts";
import type { Engine } from "../ports.ts";

/** A system of more pages than that takes its time to be built. */
const MOST = 65_536;

export interface Sized {
  /** Settings that are values of their knobs. */
  readonly set: readonly string[];
  /** Numbers above what their knobs take in a search. */
  readonly sizes: { readonly [knob: string]: number };
}

/** Takes the settings apart, "pages=4096"; those that mean nothing stay in `set`, where they are refused. */
export function sizedIn({ knobs }: Engine, system: string, settings: readonly string[]): Sized {
  const sizes: { [knob: string]: number } = {};
  const set = settings.filter((setting) => {
    const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
    const named = knobs.filter((one) => one.name === name);
    const knob = named.find(({ systems }) => systems.includes(system)) ?? named[0];
    if (knob?.values.kind !== "integer") return true;
    const size = /^(0|[1-9]\d*)$/.test(value) ? Number(value) : NaN;
    if (size >= knob.values.from && size <= knob.values.to) return true;
    if (!(size >= knob.values.from && size <= MOST))
      throw new UsageError(
        `${name} cannot be "${value}" in a simulation.`,
        `a whole number from ${knob.values.from} to ${MOST}`,
      );
    if (Object.hasOwn(sizes, name)) throw new UsageError(`--set gives ${name} two values.`, "each knob once");
    sizes[name] = size;
    return false;
  });
  const twice = set.find((setting) => Object.hasOwn(sizes, setting.split("=")[0]!));
  if (twice !== undefined) throw new UsageError(`--set gives ${twice.split("=")[0]} two values.`, "each knob once");
  return { set, sizes };
}
