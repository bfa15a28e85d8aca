/** `measure --question`: one question of the page of numbers, answered again. */
import { foundText, type FoundRecord } from "../../reports/found.ts";
import { figureCsv } from "../../reports/plots/csv.ts";
import { figureSvg } from "../../reports/plots/svg.ts";
import { printableLines } from "../errors.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import type { Engine } from "../ports.ts";
import { StatusLine } from "../progress.ts";
import type { Terminal } from "../terminal.ts";

export type FoundForm = "text" | "json" | "csv" | "svg";

const FORMS: {
  readonly [form in FoundForm]: (record: FoundRecord, exit: number, columns: number | undefined) => string;
} = {
  text: (record, _, columns) => printableLines(foundText(record, columns)),
  json: (record, exit) => `${JSON.stringify({ exit, ...record })}\n`,
  csv: ({ figure }) => figureCsv(figure),
  svg: ({ figure }) => figureSvg(figure),
};

export async function foundRecord(engine: Engine, terminal: Terminal, name: string): Promise<FoundRecord | undefined> {
  const status = new StatusLine(terminal);
  status.start(name);
  try {
    return await engine.found(name, status.watch);
  } finally {
    status.clear();
  }
}

export async function question(engine: Engine, terminal: Terminal, name: string, form: FoundForm): Promise<number> {
  const record = await foundRecord(engine, terminal, name);
  if (!record) {
    terminal.err(`faultline: the question ${name} was interrupted, and has no numbers before its end.\n`);
    return terminal.signal.aborted ? interruptedBy(terminal.signal) : EXIT.internal;
  }
  const exit = terminal.signal.aborted ? interruptedBy(terminal.signal) : EXIT.asExpected;
  terminal.out(FORMS[form](record, exit, terminal.columns));
  return exit;
}
