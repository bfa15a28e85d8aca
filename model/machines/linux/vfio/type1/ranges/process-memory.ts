/**
 * The memory of a process as VFIO gets it: for each page a frame, of RAM, which has a struct page and can be pinned, or
 * of a device (PFNMAP), which has none. Addresses of the process and IOVAs have the same numbers.
 *
 * Models  pin_user_pages_remote() and follow_fault_pfn() as vaddr_get_pfns() uses them (VFIO facts 2.6): as many pages of
 *         RAM as follow each other, or one page without struct page. put_pfn() skips such a page (I-41: reserved and MMIO
 *         pages are never unpinned), and a driver is refused it.
 * Omits   zero pages, page faults, changes of the page table, and charges, which accounting/page-pinning.ts and
 *         linux/mm/user-mm.ts have.
 */
import { assign, emit, setup } from "xstate";
import { linux, messages } from "../../../../../said.ts";

export type MemoryKind = "ram" | "mmio";
export type MemoryLayout = "ram" | "scattered" | "mmio-last" | "mmio-inside";

export interface MemoryRules {
  readonly layout: MemoryLayout;
  readonly pages: number;
  /** The frame of a PFNMAP page comes from the page table, or from vm_pgoff (B-12: vm_pgoff was modified). */
  readonly pfnmapFrame: "page-table" | "vma-offset";
}

export interface ProcessMemoryContext {
  readonly rules: MemoryRules;
  /** Ghost, by page: pins that are held, from -1 (a put without a pin) to 3 (or more). */
  readonly pins: readonly number[];
}

export type MemoryEmits =
  | {
      readonly type: "memory.got";
      readonly by: string;
      readonly frames: readonly number[];
      /** Whether the frames have struct pages; without, nothing is pinned. */
      readonly struct: boolean;
    }
  | { readonly type: "memory.driver-got"; readonly by: string; readonly frame: number | null };

export type MemoryAsked =
  | { readonly type: "memory.gets"; readonly by: string; readonly page: number; readonly most: number }
  | { readonly type: "memory.driver-gets"; readonly by: string; readonly page: number }
  | { readonly type: "memory.puts"; readonly frames: readonly number[] };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

/** What the callers say. */
export const memoryAskedSays = {
  "memory.gets": {
    says: "gets at most {most} page(s) from page {page} on",
    origin: linux(TYPE1, "vaddr_get_pfns"),
  },
  "memory.driver-gets": {
    says: "pins page {page}",
    origin: linux(TYPE1, "vfio_pin_page_external"),
  },
  "memory.puts": { says: "puts frames {frames} of the process", origin: linux(TYPE1, "put_pfn") },
} as const;

/** Where the frames of the device lie, and by how much the offset of their mapping misleads. */
const DEVICE_FRAMES = 32;
const OFFSET_ERROR = 16;

export const kindOf = ({ layout, pages }: MemoryRules, page: number): MemoryKind =>
  (layout === "mmio-last" && page === pages - 1) || (layout === "mmio-inside" && page === 1) ? "mmio" : "ram";

/** The frame that the process has at the page. */
export function frameAt(rules: MemoryRules, page: number): number {
  if (kindOf(rules, page) === "mmio") return DEVICE_FRAMES + page;
  return rules.layout === "scattered" && page === rules.pages - 1 ? 2 * rules.pages : page;
}

export const hasStruct = (frame: number): boolean => frame < DEVICE_FRAMES;

const PINS = { least: -1, most: 3 } as const;
const changed = ({ rules, pins }: ProcessMemoryContext, frames: readonly number[], by: 1 | -1): readonly number[] =>
  pins.map((count, page) => {
    const times = frames.filter((frame) => frame === frameAt(rules, page)).length;
    return Math.max(PINS.least, Math.min(PINS.most, count + by * times));
  });

/** Frames of RAM that follow, or the one frame of a device. */
function framesFrom(rules: MemoryRules, page: number, most: number): readonly number[] {
  if (kindOf(rules, page) === "mmio")
    return [frameAt(rules, page) + (rules.pfnmapFrame === "vma-offset" ? OFFSET_ERROR : 0)];
  const frames: number[] = [];
  for (let next = page; next < rules.pages && frames.length < most && kindOf(rules, next) === "ram"; next++)
    frames.push(frameAt(rules, next));
  return frames;
}

const s = setup({
  types: {
    context: {} as ProcessMemoryContext,
    events: {} as MemoryAsked,
    emitted: {} as MemoryEmits,
    input: {} as MemoryRules,
  },
});

export const processMemory = s.createMachine({
  id: "process-memory",
  description: "the memory of a process, page by page, and its pins",
  meta: {
    origin: linux(TYPE1, "vaddr_get_pfns"),
    lane: "the memory of the process",
    messages: messages<MemoryEmits>({
      "memory.got": "gives frames {frames} to {by}",
      "memory.driver-got": "gives frame {frame} to {by}",
    }),
  },
  context: ({ input }) => ({ rules: input, pins: Array.from({ length: input.pages }, () => 0) }),
  on: {
    "memory.gets": {
      actions: [
        assign({
          pins: ({ context, event: { page, most } }) =>
            changed(context, framesFrom(context.rules, page, most).filter(hasStruct), 1),
        }),
        emit(({ context: { rules }, event: { by, page, most } }) => ({
          type: "memory.got",
          by,
          frames: framesFrom(rules, page, most),
          struct: kindOf(rules, page) === "ram",
        })),
      ],
    },
    "memory.driver-gets": [
      {
        guard: ({ context: { rules }, event }) => kindOf(rules, event.page) === "mmio",
        actions: emit(({ event }) => ({ type: "memory.driver-got", by: event.by, frame: null })),
      },
      {
        actions: [
          assign({
            pins: ({ context, event: { page } }) => changed(context, [frameAt(context.rules, page)], 1),
          }),
          emit(({ context: { rules }, event: { by, page } }) => ({
            type: "memory.driver-got",
            by,
            frame: frameAt(rules, page),
          })),
        ],
      },
    ],
    "memory.puts": {
      actions: assign({ pins: ({ context, event }) => changed(context, event.frames.filter(hasStruct), -1) }),
    },
  },
});
