/**
 * The batch of an unmap: runs of frames that were read from the domain. Some of them are carried over to the next batch.
 *
 * Models  struct pfn_batch of iommufd: entries of frames that follow each other, the number of valid entries (`end`), and
 *         the number of frames in them. batch_clear_carry() moves the last frames into the first entry. Before the fix it
 *         did not count that entry, and the next frame overwrote it (B-39: iommufd, set end correctly when doing batch
 *         carry).
 * Omits   the memory behind the entries, which the faulty kernel went on to read: here it reads nothing.
 */

export interface Frames {
  readonly frame: number;
  readonly pages: number;
}

export interface UnpinBatch {
  readonly entries: readonly Frames[];
  readonly end: number;
  readonly total: number;
}

export const NO_FRAMES: UnpinBatch = { entries: [], end: 0, total: 0 };

const continues = ({ frame, pages }: Frames, next: number): boolean => next === frame + pages;

export function added({ entries, end, total }: UnpinBatch, frame: number): UnpinBatch {
  const last = end > 0 ? entries[end - 1]! : undefined;
  if (last && continues(last, frame))
    return { entries: entries.with(end - 1, { ...last, pages: last.pages + 1 }), end, total: total + 1 };
  return {
    entries: [...entries.slice(0, end), { frame, pages: 1 }],
    end: end + 1,
    total: total + 1,
  };
}

/** Whether the frame follows the last one that was read: an unmap may not cut there. */
export const wouldContinue = ({ entries, end }: UnpinBatch, frame: number): boolean =>
  end > 0 && continues(entries[end - 1]!, frame);

/** The first frames of the array, also of entries that are not counted. */
export const firstOf = ({ entries }: UnpinBatch, pages: number): readonly number[] =>
  entries.flatMap(({ frame, pages: length }) => Array.from({ length }, (_, at) => frame + at)).slice(0, pages);

/** The last frames, which were unmapped and not put yet, become the first entry. */
export function carried({ entries, end }: UnpinBatch, keep: number, counts: boolean): UnpinBatch {
  if (keep === 0) return NO_FRAMES;
  const last = entries[end - 1]!;
  const carry = { frame: last.frame + last.pages - keep, pages: keep };
  return { entries: [carry], end: counts ? 1 : 0, total: keep };
}

/** Drops frames of the carry that an access still holds. */
export function skipped({ entries, end, total }: UnpinBatch, pages: number): UnpinBatch {
  const skip = Math.min(total, pages);
  if (skip === total) return NO_FRAMES;
  const { frame, pages: length } = entries[0]!;
  return { entries: [{ frame: frame + skip, pages: length - skip }, ...entries.slice(1)], end, total: total - skip };
}
