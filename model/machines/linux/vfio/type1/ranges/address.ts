/**
 * Addresses of a width, and ranges of them: the only file that converts bytes to pages and back, and that computes the
 * end of a range.
 *
 * Models  dma_addr_t and the comparisons of vfio_find_dma(): a range at the top of the address space has a last address,
 *         and its end wraps to 0, because first address plus size is 0 there (B-19: unmap found nothing and returned 0
 *         bytes).
 */

export interface AddressSpace {
  /** Width of an address, in bits. */
  readonly bits: number;
  /** log2 of the bytes of a page. */
  readonly shift: number;
}

/** In bytes; within the address space, and not empty unless `size` is 0. */
export interface AddressRange {
  readonly first: number;
  readonly size: number;
}

/** How ranges are compared: by their last addresses, or by their ends, which wrap. */
export type RangeEnd = "last" | "wraps";

/** The value as a register of so many bits keeps it. */
export const truncate = (value: number, bits: number): number => {
  const size = 2 ** bits;
  return ((value % size) + size) % size;
};

export const pagesIn = ({ bits, shift }: AddressSpace): number => 2 ** (bits - shift);
const bytesOf = (pages: number, { shift }: AddressSpace): number => pages * 2 ** shift;
/** The first address of a page, as computed in a register of `width` bits. */
export const addressOf = (page: number, space: AddressSpace, width = space.bits): number =>
  truncate(bytesOf(page, space), width);
export const pageOf = (address: number, { shift }: AddressSpace): number => Math.floor(address / 2 ** shift);
export const rangeOf = (page: number, pages: number, space: AddressSpace): AddressRange => ({
  first: addressOf(page, space),
  size: bytesOf(pages, space),
});

export const lastOf = ({ first, size }: AddressRange): number => first + size - 1;
/** The address behind the range: 0 behind the top of the address space. */
export const endOf = ({ first, size }: AddressRange, { bits }: AddressSpace): number => truncate(first + size, bits);

/** Whether all of a lies below b, by the rule. */
const isBelow = (a: AddressRange, b: AddressRange, space: AddressSpace, rule: RangeEnd): boolean =>
  rule === "last" ? lastOf(a) < b.first : endOf(a, space) <= b.first;

/** Whether two ranges have an address in common, by the rule; an empty range has none. */
export const overlap = (a: AddressRange, b: AddressRange, space: AddressSpace, rule: RangeEnd = "last"): boolean =>
  a.size > 0 && b.size > 0 && !isBelow(a, b, space, rule) && !isBelow(b, a, space, rule);

/** Bytes that two ranges share. */
export const shared = (a: AddressRange, b: AddressRange): number =>
  Math.max(0, Math.min(lastOf(a), lastOf(b)) - Math.max(a.first, b.first) + 1);
