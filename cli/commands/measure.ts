/** `measure`: how much of something a piece of work takes in a system, for each value of a knob. */
import type { Json } from "../../checker/json.ts";
import type { GivenCosts } from "../../model/costs/costs.ts";
import { MEASURE_SCHEMA, type MeasuredPoint, type MeasureRecord, type Method } from "../../reports/measure.ts";
import { figureOfMeasure, measureCsv } from "../../reports/measure-figure.ts";
import { measureText } from "../../reports/measure-text.ts";
import { figureSvg } from "../../reports/plots/svg.ts";
import { figureText } from "../../reports/plots/terminal.ts";
import { counted } from "../../reports/words.ts";
import { printable, printableLines, UsageError } from "../errors.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import { selectionOf, type SelectionOptions } from "../options.ts";
import type { Engine, MeasureAsked, RunRequest } from "../ports.ts";
import type { Sized } from "../measure/sizes.ts";
import { StatusLine } from "../progress.ts";
import { expectEachOnce, namesIn } from "../single.ts";
import type { Terminal } from "../terminal.ts";

export interface MeasureOptions extends SelectionOptions {
  /** "knob=a,b,c" */
  readonly sweep?: string;
  readonly counts: readonly string[];
  readonly method: Method;
  readonly per?: string;
  readonly costs: GivenCosts;
  readonly maxStates: number;
}

export interface Planned {
  readonly request: RunRequest;
  /** Those that are beyond a search, where a plan is made for simulations. */
  readonly sizes: Sized["sizes"];
  readonly choice: MeasuredPoint["choice"];
}

export type PlanOptions = SelectionOptions & Pick<MeasureOptions, "sweep">;

interface Swept {
  readonly knob: string;
  readonly values: readonly string[];
}

function sweptIn(text: string, set: readonly string[]): Swept {
  const [, knob, list] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (knob === undefined || list === undefined)
    throw new UsageError(`--sweep cannot be "${text}".`, "knob=value,value");
  if (set.some((setting) => setting.startsWith(`${knob}=`)))
    throw new UsageError(`--set and --sweep both give ${knob} a value.`, "one of them");
  return { knob, values: namesIn("--sweep", `value of ${knob}`, list) };
}

/** Every design with every value of the knob. `taken`: takes settings apart that are no values of their knobs. */
export function planOf(
  engine: Engine,
  system: string,
  options: PlanOptions,
  taken: (settings: readonly string[]) => Sized = (set) => ({ set, sizes: {} }),
): readonly Planned[] {
  const { design, host = design, sweep, set = [] } = options;
  const designs = host?.includes(",") === true ? namesIn("--design", "design", host) : [host];
  const swept = sweep === undefined ? undefined : sweptIn(sweep, set);
  const values = swept?.values ?? [undefined];
  const { design: _, host: __, ...chosen } = options;
  const plan = designs.flatMap((name) =>
    values.map((value): Planned => {
      const settings = taken(value === undefined ? set : [...set, `${swept!.knob}=${value}`]);
      const selection = selectionOf(engine, [system], {
        ...chosen,
        ...(name !== undefined && { host: name }),
        set: settings.set,
      });
      const [request] = engine.runs(selection);
      const choice = {
        ...(designs.length > 1 && { design: request!.host }),
        ...(swept && { [swept.knob]: value! }),
      };
      return { request: request!, sizes: settings.sizes, choice };
    }),
  );
  // "1" and "01" are one value.
  expectEachOnce(
    "run",
    plan.map(({ request, sizes }) => `${keyOf(request)} ${JSON.stringify(sizes)}`),
  );
  return plan;
}

const keyOf = ({ system, host, set }: RunRequest): string =>
  [
    system,
    host,
    ...Object.entries(set).map(([name, value]: [string, Json]) => `${name}=${JSON.stringify(value)}`),
  ].join(" ");

export const labelOf = (system: string, { choice }: Planned): string =>
  [system, ...Object.entries(choice).map(([name, value]) => `${name} ${value}`)].join(", ");

const PIECES: { readonly [method in Method]: string } = { bounds: "fault", expected: "access" };

/** Says once which knobs and costs nothing has looked at. */
export function tellUnread(terminal: Terminal, system: string, unread: readonly (readonly string[])[]): void {
  for (const knob of new Set(unread.flat()))
    terminal.err(`faultline: nothing in ${printable(system)} looks at ${printable(knob)} in some run.\n`);
}

/** A knob that no point looks at makes no difference: whoever varied it would compare a number with itself. */
export function expectRead(unread: readonly (readonly string[])[], { sweep }: PlanOptions, system: string): void {
  const knob = sweep?.split("=")[0];
  if (knob === undefined || !unread.every((names) => names.includes(knob))) return;
  throw new UsageError(
    `nothing in ${system} looks at ${knob} with these choices.`,
    `a knob that it looks at (faultline list knobs ${system})`,
  );
}

/** The points in order; after an interrupt, those that were measured before. */
export async function measureRecord(
  engine: Engine,
  terminal: Terminal,
  system: string,
  options: MeasureOptions,
): Promise<MeasureRecord> {
  const { method, counts, costs, maxStates, per: piece = PIECES[method] } = options;
  const plan = planOf(engine, system, options);
  const asked: MeasureAsked = { method, counts, piece, costs, maxStates };
  const status = new StatusLine(terminal);
  const points: MeasuredPoint[] = [];
  const unread: (readonly string[])[] = [];
  try {
    for (const [k, planned] of plan.entries()) {
      if (terminal.signal.aborted) break;
      status.start(`${labelOf(system, planned)} (${k + 1} of ${plan.length})`);
      const found = await engine.measure(planned.request, asked, status.watch);
      if (!found) break;
      points.push({ ...found.point, choice: planned.choice });
      unread.push(found.unread);
    }
  } finally {
    status.clear();
  }
  if (points.length === plan.length) expectRead(unread, options, system);
  tellUnread(terminal, system, unread);
  return { schema: MEASURE_SCHEMA, method, system, piece, points, left: plan.length - points.length };
}

export type MeasureForm = "text" | "json" | "csv" | "svg";

function textOf(record: MeasureRecord, form: MeasureForm, exit: number, columns: number | undefined): string {
  if (form === "json") return `${JSON.stringify({ exit, ...record })}\n`;
  if (form === "csv") return measureCsv(record);
  const figure = figureOfMeasure(record);
  if (form === "text")
    return printableLines(measureText(record, columns) + (figure ? `\n${figureText(figure, columns)}` : ""));
  // What is missing is told on stderr.
  if (!figure && record.left > 0) return "";
  if (!figure)
    throw new UsageError(
      "there is nothing to draw.",
      "--sweep over at least three numbers, with counts that are bounded",
    );
  return figureSvg(figure);
}

export async function measure(
  engine: Engine,
  terminal: Terminal,
  system: string,
  options: MeasureOptions & { readonly form: MeasureForm },
): Promise<number> {
  const record = await measureRecord(engine, terminal, system, options);
  const exit = terminal.signal.aborted ? interruptedBy(terminal.signal) : EXIT.asExpected;
  terminal.out(textOf(record, options.form, exit, terminal.columns));
  if (record.left > 0 && (options.form === "csv" || options.form === "svg"))
    terminal.err(`faultline: interrupted: ${counted(record.left, "point")} not measured.\n`);
  return exit;
}
