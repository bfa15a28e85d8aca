/**
 * A trace as a sequence chart in plain ASCII: time runs down, one lane for each component, made for mail and for
 * terminals of 78 columns.
 *
 *     o name            an event of the component's own        |- - ->[|  put into the queue in front of a component
 *     |-- name -->|     a call, within the same step           |     [>|  taken from it
 *     * a -> b          what the step changed                  |- - x     lost, because the queue is full
 */
import type { StepRecord, TraceRecord, TransferRecord } from "../checker/run-record.ts";
import { evaluationLines, lengthWords, violatedAfter } from "./evaluation.ts";
import { GUTTER, layLanes, type Lane } from "./lanes.ts";
import { ascii, brief, changeWords, messageWords, type Change } from "./phrases.ts";
import { wrap } from "./table.ts";

export const CHART_COLUMNS = 78;
const LEGEND = "o event  --> call  - ->[ put into a queue  [> taken from it  x lost  * change";
/** Fields of a context that a note names before it counts. */
const FIELDS = 3;

class Chart {
  readonly lines: string[] = [];
  readonly #lanes: readonly Lane[];
  readonly #columns: ReadonlyMap<string, number>;
  readonly #components: ReadonlySet<string>;
  /** The component behind each channel, as far as the trace tells. */
  readonly #receivers: ReadonlyMap<string, string>;
  /** The number of a step, waiting for its first line. */
  #number = "";

  constructor(trace: TraceRecord) {
    this.#lanes = layLanes(trace, CHART_COLUMNS);
    this.#columns = new Map(this.#lanes.map(({ component, column }) => [component, column]));
    this.#components = new Set(trace.components);
    const transfers = trace.steps.flatMap((step) => step.transfers);
    this.#receivers = new Map(
      transfers.filter(({ from }) => !this.#components.has(from)).map(({ from, to }) => [from, to]),
    );
  }

  /** Headings, and below them what the short ones stand for. */
  heading(): void {
    const row = this.#blank();
    for (const { id, column } of this.#lanes) put(row, column, id);
    const legend = this.#lanes
      .filter(({ id, component }) => id !== ascii(component))
      .map(({ id, component }) => `${id}=${ascii(component)}`);
    this.lines.push(...(legend.length > 0 ? [...wrapped(legend.join(", "), ""), ""] : []), row.join("").trimEnd());
  }

  step(step: StepRecord, number: number): void {
    this.#line();
    this.#number = String(number);
    const { action, transfers, changes } = step;
    if (action.kind === "event") this.#mark("o", action.component, messageWords(action.event));
    for (const transfer of transfers) this.#transfer(transfer);
    for (const change of changes) this.#change(change);
    if (this.#number !== "")
      this.#text(`delivery from ${ascii("channel" in action ? action.channel : action.component)}`);
  }

  violated(id: string): void {
    this.#number = "!";
    this.#line((row) => put(row, GUTTER + 2, `${ascii(id)} is violated here`));
  }

  #blank(): string[] {
    return Array.from({ length: CHART_COLUMNS }, () => " ");
  }

  /** A line with all lanes; `draw` puts something over them. */
  #line(draw: (row: string[]) => void = () => {}): void {
    const row = this.#blank();
    for (const { column } of this.#lanes) put(row, column, "|");
    put(row, 0, this.#number.padStart(3));
    this.#number = "";
    draw(row);
    this.lines.push(row.join("").trimEnd());
  }

  /** Free text across the lanes, for what has no lane of its own. */
  #text(text: string): void {
    for (const line of wrapped(`(${text})`, " ", CHART_COLUMNS - GUTTER - 2))
      this.#line((row) => put(row, GUTTER + 2, line));
  }

  /** A sign on the lane of a component and words beside it: on the right, or on the left where there is more room. */
  #mark(sign: string, component: string, words: string, door = ""): void {
    const column = this.#columns.get(component);
    if (column === undefined) return this.#text(`${ascii(component)}: ${words}`);
    const right = CHART_COLUMNS - column - 2;
    const left = column - GUTTER - 2 - door.length;
    const onTheRight = words.length <= right || right >= left;
    wrapped(words, "  ", onTheRight ? right : left).forEach((line, k) =>
      this.#line((row) => {
        if (k === 0) put(row, column - door.length, door + sign);
        put(row, onTheRight ? column + 2 : column - door.length - 1 - line.length, line);
      }),
    );
  }

  #change(change: Change): void {
    this.#mark("*", change.component, changeWords(change, FIELDS));
  }

  #transfer({ from, to, how, message }: TransferRecord): void {
    const words = messageWords(message);
    if (!this.#components.has(from))
      return this.#taken(to, `${words} from ${ascii(from)}${how === "ignored" ? " (ignored)" : ""}`);
    const said = {
      call: "",
      delivered: "",
      sent: ` into ${ascii(to)}`,
      lost: ` lost, ${ascii(to)} is full`,
      ignored: " (ignored)",
    };
    const label = words + said[how];
    const goal = this.#receivers.get(to) ?? to;
    const a = this.#columns.get(from);
    const b = this.#columns.get(goal);
    const queued = how === "sent" || how === "lost";
    if (a !== undefined && b !== undefined && a !== b) this.#arrow(a, b, label, how);
    else if (a !== undefined)
      this.#mark(
        how === "lost" ? "x" : ">",
        from,
        queued ? label : `${label} to ${from === goal ? "itself" : ascii(goal)}`,
      );
    else if (b !== undefined) this.#mark(how === "lost" ? "x" : "<", goal, `${label} by ${ascii(from)}`);
    else this.#text(`${ascii(from)} -> ${ascii(goal)}: ${label}`);
  }

  /** A message taken from the queue in front of a component. */
  #taken(component: string, label: string): void {
    const column = this.#columns.get(component);
    if (column === undefined) this.#text(`${ascii(component)} takes ${label}`);
    else this.#mark("|", component, label, "[>");
  }

  #arrow(a: number, b: number, label: string, how: TransferRecord["how"]): void {
    const length = Math.abs(a - b) - 1;
    const fits = label.length + 8 <= length;
    if (!fits) this.#above(Math.min(a, b), label);
    const shaft = drawShaft(length, fits ? label : "", how, b < a);
    this.#line((row) => put(row, Math.min(a, b) + 1, shaft));
  }

  /** Words on lines of their own, beginning beside a lane, moved to the left when they would not fit. */
  #above(column: number, label: string): void {
    const start = Math.max(GUTTER, Math.min(column + 2, CHART_COLUMNS - label.length));
    for (const line of wrapped(label, "  ", CHART_COLUMNS - start)) this.#line((row) => put(row, start, line));
  }
}

/** What lies between two lanes: "-- name -->", "- - - ->[", "- - - - x", or the same towards the left. */
function drawShaft(length: number, label: string, how: TransferRecord["how"], leftwards: boolean): string {
  const dashed = how === "sent" || how === "lost";
  const [head, mirrored] = how === "lost" ? ["x", "x"] : how === "sent" ? [">[", "]<"] : [">", "<"];
  const line = Array.from({ length: length - head.length }, (_, k) => (dashed && k % 2 === 1 ? " " : "-")).join("");
  const words = label === "" ? "" : ` ${label} `;
  // The words stand near the tail of the arrow, where the eye begins.
  return leftwards
    ? mirrored + (words === "" ? line : line.slice(0, -words.length - 2) + words + line.slice(-2))
    : (words === "" ? line : line.slice(0, 2) + words + line.slice(words.length + 2)) + head;
}

function put(row: string[], column: number, text: string): void {
  for (let k = 0; k < text.length && column + k < row.length; k++) row[column + k] = text.charAt(k);
}

/** Lines of at most `width` characters, all but the first indented; blanks in front are kept. */
function wrapped(text: string, indent: string, width = CHART_COLUMNS): readonly string[] {
  if (text.length <= width) return [text];
  const words = text.trimStart();
  const front = text.slice(0, text.length - words.length);
  return wrap(words, width - front.length - indent.length).map((line, k) => front + (k === 0 ? "" : indent) + line);
}

/** The whole chart: what it is about, the lanes, and the broken sentence with its values. No line is longer than 78. */
export function chart(trace: TraceRecord): string {
  const { system, hardware, host, bounds, set } = trace.model;
  const drawing = new Chart(trace);
  const broken = violatedAfter(trace);
  drawing.heading();
  trace.steps.forEach((step, k) => {
    drawing.step(step, k + 1);
    if (k + 1 === broken) drawing.violated(trace.property.id);
  });
  const knobs = Object.entries(set).map(([knob, value]) => `, ${knob}=${brief(value)}`);
  const about = `${system}, hardware ${hardware}, host ${host}, bounds ${bounds}${knobs.join("")}; ${lengthWords(trace)}`;
  return [
    ...wrapped(`${ascii(trace.property.id)}: ${ascii(trace.property.statement)}`, "  "),
    ...wrapped(ascii(about), "  "),
    "",
    ...drawing.lines,
    "",
    LEGEND,
    "",
    ...evaluationLines(trace).flatMap((line) => wrapped(line, "    ")),
    "",
  ]
    .map((line) => line.trimEnd())
    .join("\n");
}
