/** What the RFC thread published of its test board (VFIO facts 1.6): KB/s, and faults. */

export interface PublishedRow {
  readonly what: "VFIO" | "host SVA";
  readonly megabytes: number;
  /** The most pages that a fault maps. */
  readonly premap: number;
  readonly times: number;
  readonly without: number;
  readonly with: number;
  readonly faults: number;
}

const vfio = (megabytes: number, premap: number, ...numbers: readonly [number, number, number, number]) => {
  const [times, without, with_, faults] = numbers;
  return { what: "VFIO", megabytes, premap, times, without, with: with_, faults } as const;
};
const sva = (times: number, without: number, with_: number, faults: number): PublishedRow => ({
  what: "host SVA",
  megabytes: 1,
  premap: 1,
  times,
  without,
  with: with_,
  faults,
});

/** RFC v2, Kunpeng 920, hisi_sec_test of UADK; host SVA for comparison. */
export const published: readonly PublishedRow[] = [
  vfio(1, 1, 1, 325596, 119152, 518),
  vfio(1, 1, 100, 7524985, 5804659, 1058),
  vfio(1, 1, 1000, 8661817, 8440209, 1071),
  vfio(1, 1, 5000, 8804512, 8724368, 1216),
  vfio(10, 512, 1, 1012758, 682257, 13),
  vfio(10, 512, 100, 8680688, 8374154, 26),
  vfio(10, 512, 1000, 8860861, 8719918, 26),
  sva(1, 951672, 163866, 512),
  sva(100, 8691961, 4529971, 1024),
  sva(1000, 9158721, 8376346, 1024),
  sva(5000, 9184532, 9008739, 1024),
];

export const slowdownOf = (row: PublishedRow): number => 1 - row.with / row.without;
