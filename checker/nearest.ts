/** Nearest names, for messages about names that do not exist. */

/** Levenshtein distance: the fewest insertions, deletions and exchanges of one character. */
export function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const exchange = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(exchange, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}

/** Names that are told at once. */
const MOST = 8;

/** Up to eight names that could have been meant, nearest first; upper and lower case are the same here. */
export function nearest(name: string, names: readonly string[]): readonly string[] {
  const wanted = name.toLowerCase();
  const furthest = Math.max(2, Math.floor(wanted.length / 2));
  return names
    .map((candidate) => {
      const lower = candidate.toLowerCase();
      const contains = wanted.length >= 3 && (lower.includes(wanted) || (lower.length >= 3 && wanted.includes(lower)));
      return { candidate, far: Math.min(distance(wanted, lower), contains ? 1.5 : Infinity) };
    })
    .filter(({ far }) => far <= furthest)
    .sort((a, b) => a.far - b.far || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, MOST)
    .map(({ candidate }) => candidate);
}

/** " Nearest: a, b." for the end of a message, or nothing when no name is near. */
export function nearestOf(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near.length > 0 ? ` Nearest: ${near.join(", ")}.` : "";
}
