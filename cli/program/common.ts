/** What the commands of the program share. */
import { UsageError } from "../errors.ts";
import type { Engine } from "../ports.ts";
import type { Terminal } from "../terminal.ts";

/** How commands reach the rest: most parts are loaded only when a command needs them. */
export interface Process {
  readonly load: () => Promise<Engine>;
  readonly terminal: Terminal;
  /** Receives the exit code of the command. */
  readonly finish: (code: number) => void;
}

/** Where records, reports and counterexamples go. */
export const OUT = "reports/out";

/** Collects the values of an option that may be repeated. */
export const each = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export const inColour = ({ colours, outIsTerminal }: Terminal, wanted: boolean): boolean =>
  wanted && colours && outIsTerminal;

/** @throws UsageError for two forms of one output: one of them would be ignored. */
export function expectOneForm({
  steps,
  json,
}: {
  readonly steps?: boolean | undefined;
  readonly json?: boolean | undefined;
}): void {
  if (steps && json) throw new UsageError("--steps and --json exclude each other.", "one of them");
}
