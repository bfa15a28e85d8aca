/** Pieces of work, so many at once. */

/**
 * Does each piece, and gives what they gave in their order. The first error ends it: no further piece is begun. Where several are
 * done at once, the longest are begun first, as far as `lengthOf` tells them: a long one at the end would be done alone.
 */
export async function inTurn<Piece, Result>(
  pieces: readonly Piece[],
  atOnce: number,
  work: (piece: Piece, index: number) => Promise<Result>,
  lengthOf: (piece: Piece) => number = () => 0,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const numbered = pieces.map((piece, index) => [index, piece] as const);
  const lengths = pieces.map(lengthOf);
  if (atOnce > 1) numbered.sort(([a], [b]) => lengths[b]! - lengths[a]! || a - b);
  const waiting = numbered.values();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, piece] of waiting) {
      if (failed) return;
      try {
        results[index] = await work(piece, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, pieces.length) }, worker));
  return results;
}
