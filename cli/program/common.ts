/** What the commands of the program share. */
import { UsageError } from "../errors.ts";
import type { Files } from "../explorer/serve.ts";
import type { Identity } from "../jobs/queue/identity.ts";
import type { Engine } from "../ports.ts";
import type { Terminal } from "../terminal.ts";

/** How the program was started. */
export interface Started {
  /** What `--version` prints. */
  readonly version: string;
  /** Version and hash of the sources, from wherever they were loaded. */
  readonly tool?: string;
  /** Where a worker thread finds `perform`: a file URL. Without it all work is done in this process. */
  readonly worker?: string;
  /** Of the tool and of its sources: computed when a queue is used. */
  readonly identity?: () => Identity;
  /** The files of the explorer. */
  readonly explorer?: () => Promise<Files>;
}

/** How commands reach the rest: most parts are loaded only when a command needs them. */
export interface Process extends Started {
  readonly load: () => Promise<Engine>;
  readonly terminal: Terminal;
  /** Receives the exit code of the command. */
  readonly finish: (code: number) => void;
}

/** Where records, reports and counterexamples go. */
export const OUT = "reports/out";

/** The option --jobs. */
export const JOBS = ["--jobs <n>", "how many are searched at once (default: one for each core)"] as const;

/** The option --queue. */
export const QUEUE = ["--queue <url>", "let workers do it that take jobs from this Redis: redis://HOST:PORT"] as const;
/** The option --shard. */
export const SHARD = ["--shard <i/n>", "only every n-th run, from the i-th on: machines share the runs"] as const;

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
