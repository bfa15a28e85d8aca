/** Commands that run side by side, each of which is told as a whole when those before it were. */
import { spawn } from "node:child_process";

export interface Ended {
  readonly command: string;
  /** Undefined where a signal ended it, or it could not be started. */
  readonly code: number | undefined;
  readonly output: string;
}

function ran([program = "", ...args]: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const add = (chunk: Buffer): void => void (output += chunk.toString("utf8"));
    child.stdout.on("data", add);
    child.stderr.on("data", add);
    const end = (code: number | undefined): void => resolve({ command: [program, ...args].join(" "), code, output });
    child.on("error", ({ message }) => {
      output += `${message}\n`;
      end(undefined);
    });
    child.on("close", (code) => end(code ?? undefined));
  });
}

/**
 * Begins the commands in their order, at most so many at a time, and tells in the same order how each ended.
 *
 * @returns whether all ended with 0
 */
export async function sideBySide(
  commands: readonly (readonly string[])[],
  atOnce: number,
  tell: (ended: Ended) => void,
): Promise<boolean> {
  const ends: Promise<Ended>[] = [];
  const running = new Set<Promise<Ended>>();
  let told = Promise.resolve(true);
  for (const command of commands) {
    if (running.size >= atOnce) await Promise.race(running);
    const end = ran(command);
    running.add(end);
    void end.then(() => running.delete(end));
    ends.push(end);
    told = Promise.all([told, end]).then(([before, ended]) => {
      tell(ended);
      return before && ended.code === 0;
    });
  }
  return told;
}
