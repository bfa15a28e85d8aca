/** Our own systems, and starting up: commands of the command line, of this version and of an earlier one in another clone. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command, Contest, Entrant } from "./contest.ts";
import { run, type Counted } from "./spin.ts";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const COMMAND = "cli/faultline.mjs";

interface Searched {
  readonly runs: readonly { readonly search: Required<Pick<Counted, "states" | "transitions">> & { bytes?: number } }[];
}

/** The kept states of a check: those up to symmetry, where the system has one. */
function countedByCheck(stdout: string): Counted {
  const [only, ...others] = (JSON.parse(stdout) as Searched).runs;
  if (!only || others.length > 0) throw new Error("A check that is measured must be of one run.");
  const { states, transitions, bytes } = only.search;
  return { states, transitions, ...(bytes !== undefined && { bytes }) };
}

/** The command line of a clone. It makes its bundle when the sources are new: here, so that this is not measured. */
function program(clone: string): Command {
  const path = join(clone, COMMAND);
  run(clone, process.execPath, path, "--version");
  return [process.execPath, path];
}

const listing = (name: string, clone: string): Entrant => ({
  name,
  needs: [],
  prepare: () => [...program(clone), "list", "systems"],
  read: () => undefined,
});

const checking = (name: string, clone: string, args: readonly string[]): Entrant => ({
  name,
  needs: [],
  prepare: (directory) => {
    const always = ["--jobs", "1", "--stop-at", "never", "--json", "--out", directory];
    return [...program(clone), "check", ...args, ...always];
  },
  read: countedByCheck,
});

/** By name of the size, what is checked. The first is short: nearly all of it is starting up. */
const CHECKS = {
  "1,000 states": ["iommufd", "--design", "demand-pin", "--bounds", "small"],
  "unmap-race": ["unmap-race", "--bounds", "default"],
  nested: ["nested", "--bounds", "default"],
  "pri-flat": ["pri-flat", "--bounds", "deep"],
  "pri-overflow": ["pri-overflow", "--bounds", "default"],
} as const;

/** @throws TypeError when there is no Faultline in the directory `against`. */
export function systemContests(against?: string): readonly Contest[] {
  if (against !== undefined && !existsSync(join(against, COMMAND)))
    throw new TypeError(`--against takes a clone of Faultline; ${against} has no ${COMMAND}.`);
  const clones = [["faultline", HERE], ...(against === undefined ? [] : [["earlier", against]])] as const;
  const contest = (size: string, of: (name: string, clone: string) => Entrant): Contest => {
    const [ours, ...others] = clones.map(([name, clone]) => of(name, clone));
    return { size, entrants: [ours!, ...others], mayDiffer: true };
  };
  return [
    contest("list systems", listing),
    ...Object.entries(CHECKS).map(([size, args]) => contest(size, (name, clone) => checking(name, clone, args))),
  ];
}
