/** A path as the part of an address behind "#": everything that the explorer needs to show it again. */
import type { Json } from "../../checker/json.ts";
import type { Request } from "../../properties/named.ts";

/** What a system has that looks at no hardware. */
const ANY_HARDWARE = "any";

/** As the options of the command line: what is left out is as there. */
export interface Options {
  readonly hardware?: string;
  readonly design?: string;
  readonly bounds?: string;
  /** Each as "knob=value". */
  readonly set: readonly string[];
}

/** A path: the numbers of its actions in the action universe, and what is asked of it. */
export interface Path {
  readonly steps: readonly number[];
  /** The id of a property whose values are shown; none: "". */
  readonly watch: string;
  /** Where the cycle begins, of a run without an end. */
  readonly loop?: number;
}

/** The options that stand for these choices. */
export const optionsOf = ({ hardware, host, bounds, set }: Request): Options => ({
  ...(hardware !== ANY_HARDWARE && { hardware }),
  design: host,
  bounds,
  set: Object.entries(set).map(([knob, value]) => `${knob}=${settingText(value)}`),
});

/** A value as it is set. */
export const settingText = (value: Json): string => (Array.isArray(value) ? value.join(",") : String(value));

export interface Link {
  readonly system: string;
  readonly options: Options;
  /** Of the model that the path is of; with it a path of another model is refused. */
  readonly fingerprint?: string;
  readonly path: Path;
  /** The point of the path that is shown: after so many steps. */
  readonly at: number;
}

/** Numbers of actions to the base of 36, with dots between them. */
const BASE = 36;
const STEPS = /^(?:[0-9a-z]{1,4}(?:\.[0-9a-z]{1,4})*)?$/;
const WHOLE = /^(?:0|[1-9]\d{0,6})$/;

export function hashOf({ system, options, fingerprint, path, at }: Link): string {
  const { hardware, design, bounds, set } = options;
  const { steps, watch, loop } = path;
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["system", system],
    ["hardware", hardware],
    ["design", design],
    ["bounds", bounds],
    ...set.map((setting) => ["set", setting] as const),
    ["watch", watch === "" ? undefined : watch],
    ["loop", loop === undefined ? undefined : String(loop)],
    ["at", at === steps.length ? undefined : String(at)],
    ["model", steps.length === 0 ? undefined : fingerprint],
    ["steps", steps.length === 0 ? undefined : steps.map((step) => step.toString(BASE)).join(".")],
  ];
  return fields
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join("&");
}

export type ReadLink =
  | { readonly ok: true; readonly link: Link }
  | { readonly ok: false; readonly error: string; readonly expected: string };

/** The text behind "#"; undefined: it names nothing. */
export function linkIn(hash: string): ReadLink | undefined {
  const fields = new URLSearchParams(hash);
  const system = fields.get("system");
  if (system === null) return hash === "" ? undefined : wrong("the link names no system", "system=NAME");
  const steps = fields.get("steps") ?? "";
  if (!STEPS.test(steps))
    return wrong(
      `the steps of the link cannot be "${steps.slice(0, 40)}"`,
      `numbers to the base of ${BASE} with dots between them`,
    );
  const numbers = steps === "" ? [] : steps.split(".").map((step) => parseInt(step, BASE));
  const at = wholeIn(fields, "at", numbers.length);
  const loop = wholeIn(fields, "loop", numbers.length);
  if (at === "wrong" || loop === "wrong")
    return wrong(
      `at and loop of the link cannot be "${fields.get("at") ?? ""}" and "${fields.get("loop") ?? ""}"`,
      `whole numbers from 0 to ${numbers.length}`,
    );
  const fingerprint = fields.get("model") ?? undefined;
  if (numbers.length > 0 && fingerprint === undefined)
    return wrong("the link has steps, and does not say of which model", "model=FINGERPRINT");
  const option = (name: "hardware" | "design" | "bounds") => {
    const value = fields.get(name);
    return value === null ? {} : { [name]: value };
  };
  return {
    ok: true,
    link: {
      system,
      options: { ...option("hardware"), ...option("design"), ...option("bounds"), set: fields.getAll("set") },
      ...(fingerprint !== undefined && { fingerprint }),
      path: { steps: numbers, watch: fields.get("watch") ?? "", ...(loop !== undefined && { loop }) },
      at: at ?? numbers.length,
    },
  };
}

const wrong = (error: string, expected: string): ReadLink => ({ ok: false, error, expected });

function wholeIn(fields: URLSearchParams, name: string, most: number): number | undefined | "wrong" {
  const text = fields.get(name);
  if (text === null) return undefined;
  return WHOLE.test(text) && Number(text) <= most ? Number(text) : "wrong";
}
