/** Which sequences can notice a mutant, and which of them is asked first. */
import { functionAt } from "./marks.ts";
import type { Mutant } from "./mutants.ts";
import type { Sequence } from "./replays.ts";
import { textOf, whoImports } from "./sources.ts";
import type { Calls, Survey } from "./survey.ts";

type Place = Pick<Mutant, "file" | "start">;

/** The function that is changed; undefined: none, or one that runs when machines are made, so that what it makes is changed. */
function functionOf({ makers }: Survey, { file, start }: Place): number | undefined {
  const place = functionAt(file, textOf(file), start);
  return place === undefined || makers[file]?.includes(place) ? undefined : place;
}

/**
 * A change in a function can be noticed where the function runs, and a change of what a machine is made of where a machine
 * runs that is made with the file. The sequence is first of whose calls the changed function or file has the largest share.
 */
export function nearest(survey: Survey, place: Place): readonly Sequence[] {
  const { files, sequences } = survey;
  const ofFile = (file: string): readonly Calls[] => Object.values(files[file] ?? {});
  const start = functionOf(survey, place);
  const here = sums(start === undefined ? ofFile(place.file) : [files[place.file]?.[start] ?? []]);
  const reached = start === undefined ? sums([...whoImports(place.file)].flatMap(ofFile)) : here;
  const all = sums(Object.keys(files).flatMap(ofFile));
  const share = (index: number): number => (here.get(index) ?? 0) / all.get(index)!;
  return [...reached.keys()].sort((a, b) => share(b) - share(a) || a - b).map((index) => sequences[index]!);
}

/** The calls of each sequence. */
function sums(calls: readonly Calls[]): ReadonlyMap<number, number> {
  const sum = new Map<number, number>();
  for (const [index, count] of calls.flat()) sum.set(index, (sum.get(index) ?? 0) + count);
  return sum;
}
