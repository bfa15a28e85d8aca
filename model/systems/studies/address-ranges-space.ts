/** The address space of the focused model `address-ranges`: its pages, and those that DMA_MAP refuses. */
import { pagesIn, type AddressSpace } from "../../machines/linux/vfio/type1/ranges/address.ts";
import type { AddressRangesSizes } from "./address-ranges-design.ts";

export const spaceOf = ({ addressBits, pageShift }: AddressRangesSizes): AddressSpace => ({
  bits: addressBits,
  shift: pageShift,
});
export const partsOf = ({ rangeUnit }: AddressRangesSizes): number => (rangeUnit === "half" ? 2 : 4);
/** In pages. A range over the whole address space does not exist: its size is 0, and MAP and UNMAP refuse it. */
export const longestRange = (sizes: AddressRangesSizes): number =>
  pagesIn(spaceOf(sizes)) - pagesIn(spaceOf(sizes)) / partsOf(sizes);

export const reservedPages = ({ reservedWindow }: AddressRangesSizes): readonly number[] =>
  reservedWindow === "none" ? [] : [reservedWindow === "bottom" ? 0 : 1];

/**
 * Where DMA_MAP is refused: vfio_iommu_iova_dma_valid() asks for one entry of the list of valid ranges that holds all of
 * the range. The list is cut to the aperture of each domain (vfio_iommu_aper_resize()), and is empty, which allows
 * everything, in a container with mediated devices only. In 6.12.117 the aperture reaches 2^64-1, among others, with page
 * tables v1 of AMD (dma_max_address()), a virtio-iommu whose device names no input range or one that ends there, arm-smmu
 * (SMMUv2) with IO_PGTABLE_QUIRK_ARM_TTBR1, and Exynos; VT-d and SMMUv3 end at the width of their addresses.
 */
export const refusedPages = (sizes: AddressRangesSizes): readonly number[] => [
  ...reservedPages(sizes),
  ...(sizes.aperture === "below-the-top" ? [pagesIn(spaceOf(sizes)) - 1] : []),
];
