/** A path as the part of an address behind "#": everything that the explorer needs to show it again. */
import type { Json } from "../../checker/json.ts";
import type { Request } from "../../properties/named.ts";
import { unknownName, UsageError } from "../errors.ts";

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

const FIELDS = ["system", "hardware", "design", "bounds", "set", "watch", "loop", "at", "model", "steps"] as const;
/** The field that a link may have more than once. */
const REPEATED = "set";

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

/** The text behind "#"; undefined: it names nothing. @throws UsageError for what is no link */
export function linkIn(hash: string): Link | undefined {
  if (hash === "") return undefined;
  const fields = new URLSearchParams(hash);
  expectFields(fields);
  const system = fields.get("system");
  if (system === null) throw new UsageError("the link names no system.", "system=NAME");
  const steps = fields.get("steps") ?? "";
  if (!STEPS.test(steps)) throw wrong("steps", steps, `numbers to the base of ${BASE} with dots between them`);
  const numbers = steps === "" ? [] : steps.split(".").map((step) => parseInt(step, BASE));
  const at = wholeIn(fields, "at", numbers.length);
  const loop = wholeIn(fields, "loop", numbers.length);
  const fingerprint = fields.get("model") ?? undefined;
  if (numbers.length > 0 && fingerprint === undefined)
    throw new UsageError("the link has steps, and does not say of which model.", "model=FINGERPRINT");
  const option = (name: "hardware" | "design" | "bounds") => {
    const value = fields.get(name);
    return value === null ? {} : { [name]: value };
  };
  return {
    system,
    options: { ...option("hardware"), ...option("design"), ...option("bounds"), set: fields.getAll("set") },
    ...(fingerprint !== undefined && { fingerprint }),
    path: { steps: numbers, watch: fields.get("watch") ?? "", ...(loop !== undefined && { loop }) },
    at: at ?? numbers.length,
  };
}

/** Each field is known, and there once. */
function expectFields(fields: URLSearchParams): void {
  for (const name of new Set(fields.keys())) {
    if (!FIELDS.some((field) => field === name)) throw unknownName("field", name, FIELDS, " in a link");
    const count = fields.getAll(name).length;
    if (count > 1 && name !== REPEATED) throw new UsageError(`the link has ${name}= ${count} times.`, `${name}= once`);
  }
}

const wrong = (name: string, text: string, expected: string): UsageError =>
  new UsageError(`${name}= in the link cannot be "${text.slice(0, 40)}".`, expected);

function wholeIn(fields: URLSearchParams, name: "at" | "loop", most: number): number | undefined {
  const text = fields.get(name);
  if (text === null) return undefined;
  if (WHOLE.test(text) && Number(text) <= most) return Number(text);
  throw wrong(name, text, most === 0 ? "0: the link has no steps" : `a whole number from 0 to ${most}`);
}
