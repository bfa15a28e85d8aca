/**
 * Which mutants of a file are tried. Each is ranked by a hash of the seed and of what it is, and not by its place: an edit
 * elsewhere in the file changes no other choice.
 */
import { fnv1a } from "./hash.ts";
import type { Mutant } from "./mutants.ts";

/** What a mutant is, without its place in the file. */
export const keyOf = ({ file, operator, text, words }: Mutant): string => [file, operator, text, words].join(" | ");

/** At most `most` of the mutants, of different operators first; the lowest rank first. */
export function drawn(mutants: readonly Mutant[], seed: number, most: number): readonly Mutant[] {
  const seen = new Map<string, number>();
  const ranked = mutants
    .map((mutant) => {
      const nth = seen.get(keyOf(mutant)) ?? 0;
      seen.set(keyOf(mutant), nth + 1);
      return { mutant, rank: fnv1a(`${seed} ${nth} ${keyOf(mutant)}`) };
    })
    .sort((a, b) => a.rank - b.rank);
  const times = new Map<string, number>();
  const rounds = ranked.map(({ mutant }) => {
    const round = times.get(mutant.operator) ?? 0;
    times.set(mutant.operator, round + 1);
    return { mutant, round };
  });
  // Sorting is stable: within a round the rank decides.
  return rounds
    .sort((a, b) => a.round - b.round)
    .slice(0, most)
    .map(({ mutant }) => mutant)
    .sort((a, b) => a.line - b.line);
}
