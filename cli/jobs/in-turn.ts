/** Pieces of work, so many at once. */

/** Does each piece, and gives what they gave in their order. The first error ends it: no further piece is begun. */
export async function inTurn<Piece, Result>(
  pieces: readonly Piece[],
  atOnce: number,
  work: (piece: Piece, index: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const waiting = pieces.entries();
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
