/**
 * The ring of a page request queue: records in order of arrival. Software has read some of them and not yet returned their
 * slots.
 *
 * Models  a ring of `pqEntries` slots in memory with a head register (software) and a tail register (hardware).
 * Omits   the position of head and tail in memory, unless `positions` is set. States that differ only by a rotation behave
 *         alike, except for the old contents of a slot, and only enabling the queue can bring those back (H38, an enable
 *         loses queued requests).
 */
import type { PageRequest } from "../../units.ts";

export interface Ring {
  /** Written and not yet read by software, oldest first. */
  readonly records: readonly PageRequest[];
  /** Slots of records that software has read before it writes the head register: still in use. */
  readonly unpublished: number;
  /** The slot that cannot be written: its index with positions, 0 for the slot at the tail without. */
  readonly unwritable: number | null;
  readonly positions: Positions | null;
}

/** Only for recordings of registers. */
interface Positions {
  /** The head register: index of the oldest slot in use. */
  readonly head: number;
  /** All slots with their contents, old ones too; null if never written. */
  readonly memory: readonly (PageRequest | null)[];
}

export interface RingSize {
  readonly pqEntries: number;
  readonly pqUsable: "N-1" | "N";
}

export const emptyRing = (entries: number, positions: boolean): Ring => ({
  records: [],
  unpublished: 0,
  unwritable: null,
  positions: positions ? { head: 0, memory: Array.from({ length: entries }, () => null) } : null,
});

/** One slot always stays empty, unless the hardware has wrap bits (K2). */
export const isFull = ({ records, unpublished }: Ring, { pqEntries, pqUsable }: RingSize): boolean =>
  records.length + unpublished >= (pqUsable === "N" ? pqEntries : pqEntries - 1);

/** The tail register; 0 without positions. */
export const tailOf = ({ records, unpublished, positions }: Ring): number =>
  positions ? (positions.head + unpublished + records.length) % positions.memory.length : 0;

/** The records in the slots from the head register up to the tail, those that software has read too. Only with positions. */
export function inUse({ records, unpublished, positions }: Ring): readonly PageRequest[] {
  if (!positions) throw new Error("only a ring with positions keeps the records that software has read");
  const { head, memory } = positions;
  return [...range(unpublished).map((k) => memory[(head + k) % memory.length]!), ...records];
}

const range = (count: number): readonly number[] => [...Array(count).keys()];

export const push = <R extends Ring>(ring: R, record: PageRequest): R => ({
  ...ring,
  records: [...ring.records, record],
  positions: ring.positions && { ...ring.positions, memory: ring.positions.memory.with(tailOf(ring), record) },
});

/** Software reads the oldest record; the slot is free at once only if software writes the head register with it. */
export function pop<R extends Ring>(ring: R, publish: boolean): R {
  const read = { ...ring, records: ring.records.slice(1), unpublished: ring.unpublished + 1 };
  return publish ? publishHead(read) : read;
}

/** Software writes the head register: every slot that it has read is free. */
export const publishHead = <R extends Ring>(ring: R): R => ({
  ...ring,
  unpublished: 0,
  positions: ring.positions && {
    ...ring.positions,
    head: (ring.positions.head + ring.unpublished) % ring.positions.memory.length,
  },
});

/**
 * The tail becomes 0. Without positions the head becomes 0 as well, as a driver writes it, and the ring is empty. With
 * positions the head stays, and the old contents of the slots from the head up to slot 0 are in the ring again.
 */
export const resetTail = <R extends Ring>(ring: R): R => {
  const { positions } = ring;
  const records = positions && positions.head > 0 ? positions.memory.slice(positions.head).map(orNeverWritten) : [];
  return { ...ring, unpublished: 0, records };
};

/** A slot that was never written reads as zeroes. */
const orNeverWritten = (record: PageRequest | null): PageRequest =>
  record ?? { device: 0, pasid: null, prgi: 0, page: 0, read: false, write: false, last: false, instance: 0 };
