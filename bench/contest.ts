/** Programs that do the same, measured in turn: each in a process of its own, so that a busy minute hits all of them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure } from "./measure.ts";
import { missing, type Counted } from "./spin.ts";
import { summary, type Row, type Run } from "./table.ts";

export type Command = readonly [string, ...string[]];

/** A program that is measured. */
export interface Entrant {
  readonly name: string;
  /** Programs that must be installed. */
  readonly needs: readonly string[];
  /** Prepares a directory, outside of what is measured; gives the command. */
  readonly prepare: (directory: string) => Command;
  /** What it counts, if it counts. */
  readonly read: (stdout: string) => Counted | undefined;
}

export interface Contest {
  readonly size: string;
  /** The first is ours: the others are compared with it. */
  readonly entrants: readonly [Entrant, ...Entrant[]];
  /** What all must count; default: what the first one counts. */
  readonly agreed?: Counted;
  /** An earlier version may count something else, if the model has changed since. */
  readonly mayDiffer?: boolean;
}

/** The programs that are missing, and whom they keep out. */
export const absentOf = ({ entrants }: Contest): readonly { readonly tool: string; readonly program: string }[] =>
  entrants.flatMap(({ name, needs }) => missing(needs).map((program) => ({ tool: name, program })));

async function runOnce({ prepare, read }: Entrant): Promise<Omit<Run, "agrees">> {
  const directory = mkdtempSync(join(tmpdir(), "faultline-bench-"));
  try {
    const [command, ...args] = prepare(directory);
    const { stdout, ...cost } = await measure(command, args, directory);
    return { ...cost, ...read(stdout) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A row for each program that is installed. */
export async function rowsOf(contest: Contest, repeat: number, say: (line: string) => void): Promise<readonly Row[]> {
  const present = contest.entrants.filter(({ needs }) => missing(needs).length === 0);
  const runs = new Map<Entrant, Run[]>(present.map((entrant) => [entrant, []]));
  let agreed: Partial<Counted> | undefined = contest.agreed;
  for (let k = 0; k < repeat; k++)
    for (const entrant of present) {
      say(`${contest.size}: ${entrant.name} ...`);
      const once = await runOnce(entrant);
      agreed ??= once;
      const agrees = once.states === agreed.states && once.transitions === agreed.transitions;
      runs.get(entrant)!.push({ ...once, agrees });
    }
  const [ours] = [...runs.values()].map((of) => summary("", "", of));
  return present.map((entrant) => ({
    ...summary(entrant.name, contest.size, runs.get(entrant)!),
    against: { seconds: ours!.seconds, cpuSeconds: ours!.cpuSeconds },
    ...(contest.mayDiffer && { mayDiffer: true }),
  }));
}
