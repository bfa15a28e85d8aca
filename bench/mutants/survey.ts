/**
 * Which functions of machine files each sequence runs. A component of a replayed system has at least its context made. The
 * texts that this process has loaded are marked.
 */
import { MARK } from "./marks.ts";
import type { Noticed, Sequence } from "./replays.ts";

/** Calls of one sequence, by its index in `sequences`. */
export type Calls = readonly (readonly [sequence: number, calls: number])[];

export interface Survey {
  readonly sequences: readonly Sequence[];
  /** By file, and by the character where the function starts. */
  readonly files: { readonly [file: string]: { readonly [start: string]: Calls } };
  /** Functions that run when machines are made: by file, where they start. */
  readonly makers: { readonly [file: string]: readonly number[] };
}

type Counts = Map<string, Map<number, number>>;

export async function survey(): Promise<Survey> {
  let counts: Counts = new Map();
  const mark = (file: string, start: number): void => {
    const of = counts.get(file) ?? new Map<number, number>();
    counts.set(file, of.set(start, (of.get(start) ?? 0) + 1));
  };
  const taken = (): Counts => {
    const before = counts;
    counts = new Map();
    return before;
  };
  Object.assign(globalThis, { [MARK]: mark });
  const { firstNoticed, sequences } = await import("./replays.ts");
  const makers = Object.fromEntries([...taken()].map(([file, of]) => [file, [...of.keys()]]));
  const files: Record<string, Record<string, [number, number][]>> = {};
  const all = sequences();
  for (const [index, sequence] of all.entries()) {
    refuse(firstNoticed([sequence]));
    for (const [file, of] of taken())
      for (const [start, calls] of of) ((files[file] ??= {})[start] ??= []).push([index, calls]);
  }
  const sorted = Object.keys(files).sort();
  return { sequences: all, files: Object.fromEntries(sorted.map((file) => [file, files[file]!])), makers };
}

function refuse(noticed: Noticed | undefined): void {
  if (noticed)
    throw new Error(`Without a mutant, ${noticed.where?.recording}, line ${noticed.where?.line} ${noticed.how}.`);
}
