/**
 * A batch of pages: the pages that one call got from the process, and how many of them are left. The array keeps its
 * pages when the batch is empty. It never holds a page without struct page.
 *
 * Models  struct vfio_batch, and the inner loop of vfio_pin_pages_remote(): the longest run of frames that follow each
 *         other and are of one kind. Pages behind the run stay in the batch for the next call. A page that the array
 *         cannot hold is put and got again.
 */
import { hasStruct } from "./process-memory.ts";

export interface PageBatch {
  /** batch->pages: frames with a struct page, some of them from an earlier filling. */
  readonly pages: readonly number[];
  readonly offset: number;
  readonly size: number;
  /** The frame that the last filling returned beside the array (pfn_base). */
  readonly beside: number | null;
}

export interface Run {
  readonly frames: readonly number[];
}

export const EMPTY_BATCH: PageBatch = { pages: [], offset: 0, size: 0, beside: null };

/** After a filling. A page without struct page counts as a batch of one, and the array stays as it was. */
export const filled = ({ pages }: PageBatch, frames: readonly number[], struct: boolean): PageBatch => ({
  pages: struct ? [...frames, ...pages.slice(frames.length)] : pages,
  offset: 0,
  size: frames.length,
  beside: frames[0]!,
});

/** The next frame: beside the array right after a filling, from the array later. */
const nextFrame = ({ pages, offset, beside }: PageBatch): number | null => beside ?? pages[offset] ?? null;

const belongs = ({ frames }: Run, frame: number): boolean =>
  frames.length === 0 || (frame === frames[0]! + frames.length && hasStruct(frame) === hasStruct(frames[0]!));

/** Takes from the batch what belongs to the run, at most so many frames. */
export function taken(batch: PageBatch, run: Run, most: number): { readonly batch: PageBatch; readonly run: Run } {
  const frame = nextFrame(batch);
  if (batch.size === 0 || frame === null || run.frames.length >= most || !belongs(run, frame)) return { batch, run };
  const rest = { ...batch, offset: batch.offset + 1, size: batch.size - 1, beside: null };
  return taken(rest, { frames: [...run.frames, frame] }, most);
}

/** Whether it is a batch of one that was not begun: it may be of a page that the array cannot hold. */
export const isUnsure = ({ size, offset }: PageBatch): boolean => size === 1 && offset === 0;

/** What is left once the caller returns: nothing is beside the array any more. */
export const kept = (batch: PageBatch): PageBatch =>
  batch.size === 0 ? { ...batch, offset: 0, beside: null } : { ...batch, beside: null };
export const dropped = (batch: PageBatch): PageBatch => ({ ...batch, offset: 0, size: 0, beside: null });
