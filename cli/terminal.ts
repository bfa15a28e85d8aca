/** The process as the commands see it, so that tests can stand in for it. */
import { availableParallelism, totalmem } from "node:os";
import { fitted } from "../reports/lines.ts";
import { EXIT } from "./exit.ts";

export interface Terminal {
  /** For programs: written as it is. */
  readonly out: (text: string) => void;
  /** For people: on `out`, with no line longer than `columns` where a blank allows it. */
  readonly say: (text: string) => void;
  /** For people, too. */
  readonly err: (text: string) => void;
  /** Whether somebody looks at what is written to `out`, `err`. */
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Characters in a line of `out`; undefined when it is no terminal, and COLUMNS does not say. */
  readonly columns: number | undefined;
  /** Whether colours are welcome (https://no-color.org). */
  readonly colours: boolean;
  /** Milliseconds, from anywhere. */
  readonly now: () => number;
  /** Bytes of memory that the process holds. */
  readonly memory: () => number;
  /** Bytes of memory that the process may have: those of the machine, or of its container. */
  readonly installed: number;
  /** Threads that the process may use at once. */
  readonly cores: number;
  /**
   * Aborted when the user interrupts; the reason is the exit code that says how: 130 (SIGINT), 143 (SIGTERM) or
   * 129 (SIGHUP).
   */
  readonly signal: AbortSignal;
}

/** A terminal narrower than this is none. */
const NARROWEST = 20;

/** Characters in a line: as COLUMNS says, otherwise as the terminal does, if there is one. */
export function columnsOf(said: string | undefined, terminal: number | undefined): number | undefined {
  const wanted = /^[1-9]\d*$/.test(said ?? "") ? Number(said) : 0;
  return wanted >= NARROWEST ? wanted : terminal;
}

/** Writes lines that are broken where they are too long. */
export const speaker =
  (write: (text: string) => void, columns: number | undefined) =>
  (text: string): void =>
    write(fitted(text, columns));

/** The real one. The first signal asks for an early end with what there is; the second one ends at once. */
export function processTerminal(): Terminal {
  const interrupt = new AbortController();
  const ends = (exit: number) => () => {
    if (interrupt.signal.aborted) process.exit(exit);
    interrupt.abort(exit);
  };
  process.on("SIGINT", ends(EXIT.interrupted));
  process.on("SIGTERM", ends(EXIT.terminated));
  process.on("SIGHUP", ends(EXIT.hungUp));
  // A reader that has seen enough ("| head") is no mistake; a disk that is full is, and 1 would say "violated".
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // So is a terminal that has hung up: what was found is kept, and told by the exit code.
    if (error.code === "EPIPE" || interrupt.signal.reason === EXIT.hungUp) return;
    process.stderr.write(`faultline: the output cannot be written: ${error.message}.\n`, () =>
      process.exit(EXIT.internal),
    );
  });
  // Nothing is left to tell it on.
  process.stderr.on("error", () => undefined);
  const { stdout, stderr } = process;
  const widthOf = (stream: NodeJS.WriteStream): number | undefined =>
    columnsOf(process.env["COLUMNS"], stream.isTTY ? stream.columns : undefined);
  const out = (text: string): void => void stdout.write(text);
  return {
    out,
    say: speaker(out, widthOf(stdout)),
    err: speaker((text) => void stderr.write(text), widthOf(stderr)),
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    columns: widthOf(stdout),
    colours: (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb",
    now: () => performance.now(),
    memory: () => process.memoryUsage.rss(),
    installed: Math.min(totalmem(), process.constrainedMemory() || Infinity),
    cores: availableParallelism(),
    signal: interrupt.signal,
  };
}
