/** Which kernel functions, macros and ioctls a text names. */
import { filesOf, functionsOf, listedTrees } from "../../model/kernel/symbols.ts";
import { once } from "./once.ts";

/** Where a function is defined, in the lists of symbols. */
export interface Definition {
  readonly tree: string;
  readonly file: string;
}

/** By name: the files of the listed trees that define it. */
export const definitions = once((): ReadonlyMap<string, readonly Definition[]> => {
  const found = new Map<string, Definition[]>();
  for (const tree of listedTrees)
    for (const file of filesOf(tree))
      for (const name of functionsOf(tree, file)!) {
        const places = found.get(name) ?? [];
        places.push({ tree, file });
        found.set(name, places);
      }
  return found;
});

/** "vfio_unmap_unpin()", and "VFIO_IOMMU_UNMAP_DMA" or "iopf_queue_flush_dev" where a list of symbols has them. */
const NAMED = /\b([A-Za-z_]\w{2,})(\(\))?/g;
/** Ioctls of VFIO and iommufd are known by their shape: they are defined as values of a macro, in no file of the lists. */
const IOCTL = /^(?:VFIO|IOMMU|IOMMUFD)_[A-Z0-9_]+[A-Z0-9]$/;
/** A function whose name is one plain word is only meant with its brackets. */
const isPlain = (name: string): boolean => !/[_\d]/.test(name);

/** In the order of the text, each once. */
export function functionsNamedIn(text: string): readonly string[] {
  const found = new Set<string>();
  for (const [, name = "", brackets] of text.matchAll(NAMED)) {
    if (IOCTL.test(name) && name !== "IOMMU_API") found.add(name);
    else if (brackets !== undefined && /_/.test(name)) found.add(name);
    else if (!isPlain(name) && definitions().has(name)) found.add(name);
  }
  return [...found];
}
