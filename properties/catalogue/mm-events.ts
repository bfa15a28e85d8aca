/** MMX: what the host's memory management does to pages that a device reaches without pins. */
import { always, canAlways, each, leadsTo, sometimes } from "../../checker/property.ts";
import type { DmaSlotContext } from "../../model/machines/device/dma-slot.ts";
import { framesReached, type TranslationContext } from "../../model/machines/iommu/translation.ts";
import type { AddressSpaceContext } from "../../model/machines/linux/mm/notifier/address-space.ts";
import type { MmOperationContext } from "../../model/machines/linux/mm/notifier/mm-operation.ts";
import type { MmPageContext } from "../../model/machines/linux/mm/mm-page.ts";
import type { UnmapThreadContext } from "../../model/machines/linux/vfio/iopf/unmap-thread.ts";
import type { ContainerContext } from "../../model/machines/linux/vfio/type1/container.ts";
import type { UnpinnedResolverContext } from "../../model/machines/linux/vfio/iopf/unpinned-resolver.ts";
import { HAPPENINGS, type MmEventsDesign, type MmEventsSizes } from "../../model/systems/studies/mm-events-design.ts";
import { inStudy } from "./parameters.ts";
import { vfioRule } from "./sources.ts";

const page = each<MmPageContext>("mm-event-page");
const translation = each<TranslationContext>("mm-event-translation");
const space = each<AddressSpaceContext>("address-space");
const operation = each<MmOperationContext>("mm-operation");
const device = each<DmaSlotContext>("mm-event-device");
const handler = each<UnpinnedResolverContext>("mm-event-handler");
const container = each<ContainerContext>("mm-event-container");
const unmap = each<UnmapThreadContext>("mm-unmap");
const lock = each<{ owner: string | null }>("mutex");
const vaddr = each<never>("vaddr-state");

const of = (condition: (design: MmEventsDesign, sizes: MmEventsSizes) => boolean = () => true) =>
  inStudy<MmEventsDesign, MmEventsSizes>("mm-events", condition);
/** Whether this may happen to memory in a run. */
const mayHappen = (kind: string) =>
  of((_, { happens }) => [...HAPPENINGS[happens].process, ...HAPPENINGS[happens].kernel].some((one) => one === kind));
const updates = of((_, { happens }) => HAPPENINGS[happens].updates);

const dmaUnmaps = of((_, sizes) => sizes.dmaUnmaps);
/** The next step of the operation takes back what it has found: entry or bit. */
const isTakingBack = ({ rules, kind, done }: MmOperationContext): boolean => {
  const step = kind && rules.steps[kind]?.[done];
  return step === "clear-entry" || step === "clear-bit";
};

const reaches = (t: TranslationContext): boolean => framesReached(t).length > 0;
/** An unmap that takes a whole superpage takes every page. */
const takes = ({ pages, rules }: MmOperationContext, wanted: number): boolean =>
  pages.includes(wanted) || (rules.superpage !== null && pages.length > 0);
const shown = (t: TranslationContext, p: MmPageContext) => ({
  "the device reaches frame": framesReached(t).length > 1 ? framesReached(t) : (framesReached(t)[0] ?? null),
  "live frames": [0, 1].filter((frame) => p.live[frame]),
  "the CPU's frame": p.present ? p.frame : null,
});

export const mmx = [
  always({
    id: "MMX-1",
    name: "no-device-on-freed-frame",
    statement: "No device reaches a frame that the memory management has freed, whatever happened to the page.",
    source: vfioRule("I-02, I-14"),
    witness: "MMX-2",
    applies: of(),
    reads: { translation, page },
    given: { "both are the same page": ({ translation: { context: t }, page: { context: p } }) => t.page === p.page },
    parts: {
      "every frame that is reached is live": ({ translation: { context: t }, page: { context: p } }) =>
        framesReached(t).every((frame) => frame === null || p.live[frame]!),
    },
    values: ({ translation: { context: t }, page: { context: p } }) => shown(t, p),
  }),
  sometimes({
    id: "MMX-2",
    name: "dma-during-mm-operation",
    statement: "DMA is in flight to a page while the memory management works on the page.",
    source: vfioRule("rows 16, 25"),
    applies: of(),
    reads: { translation, operation },
    holds: ({ translation: { context: t }, operation: { context: o } }) => t.users > 0 && o.pages.includes(t.page),
  }),
  always({
    id: "MMX-3",
    name: "device-and-cpu-same-frame",
    statement: "While the memory management does not work on a page, a device that reaches it reaches the CPU's frame.",
    source: vfioRule("I-13, I-21"),
    witness: "MMX-2",
    applies: of((_, { mms }) => mms === 1),
    reads: { translation, page, operation },
    given: {
      "both are the same page": ({ translation: { context: t }, page: { context: p } }) => t.page === p.page,
      "the memory management does not work on it": ({ page: { context: p }, operation: { context: o } }) =>
        !o.pages.includes(p.page),
    },
    parts: {
      "the device reaches the CPU's frame only": ({ translation: { context: t }, page: { context: p } }) =>
        framesReached(t).every((frame) => p.present && frame === p.frame),
    },
    values: ({ translation: { context: t }, page: { context: p } }) => shown(t, p),
  }),
  always({
    id: "MMX-4",
    name: "no-write-to-shared-page",
    statement:
      "While the memory management does not work on a page that is shared copy-on-write, no device can write to it.",
    source: vfioRule("I-21; 1.3"),
    witness: "MMX-5",
    applies: of((_, { mms, happens }) => mms === 1 && (happens === "copies" || happens === "everything")),
    reads: { translation, space, operation },
    given: {
      "the entry is the one for writing": ({ translation: { context: t } }) => t.domain !== 0,
      "the memory management does not work on the page": ({ translation: { context: t }, operation: { context: o } }) =>
        !o.pages.includes(t.page),
      "it is shared copy-on-write": ({ translation: { context: t }, space: { context: m } }) =>
        m.shared.includes(t.page),
    },
    parts: { "no device reaches it through the entry": ({ translation: { context: t } }) => !reaches(t) },
  }),
  sometimes({
    id: "MMX-5",
    name: "handler-breaks-cow",
    statement: "The thread of the fault handler copies a shared page.",
    source: vfioRule("D-06"),
    applies: mayHappen("copy"),
    reads: { handler },
    holds: ({ handler: h }) => h.state === "copying",
  }),
  always({
    id: "MMX-6",
    name: "no-sleep-in-atomic-callback",
    statement: "A notifier callback that must not sleep does not wait for a lock.",
    source: vfioRule("I-12, D-18"),
    witness: "MMX-2",
    applies: of(),
    reads: { operation },
    holds: ({ operation: { context } }) => !context.slept,
  }),
  sometimes({
    id: "MMX-7",
    name: "callback-refuses",
    statement: "A notifier callback refuses because it must not sleep.",
    source: vfioRule("I-12; 4.3"),
    applies: of(
      (design, { happens }) =>
        design.nonBlockable === "refuses" && HAPPENINGS[happens].kernel.some((kind) => kind === "oom"),
    ),
    reads: { operation },
    holds: ({ operation: o }) => o.state === "refusing",
  }),
  always({
    id: "MMX-8",
    name: "no-fault-with-invalid-vaddr",
    statement: "No fault is served with an address that the process withholds.",
    source: vfioRule("I-43"),
    witness: "MMX-9",
    applies: updates,
    reads: { handler, vaddr },
    given: { "the handler maps": ({ handler: h }) => ["mapping", "marking"].includes(h.state) },
    parts: { "the address is valid": ({ vaddr: v }) => v.state === "valid" },
  }),
  sometimes({
    id: "MMX-9",
    name: "fault-with-invalid-vaddr",
    statement: "A fault arrives while the process withholds its addresses.",
    source: vfioRule("I-43, B-04"),
    applies: updates,
    reads: { device, vaddr },
    holds: ({ device: d, vaddr: v }) => v.state === "withheld" && d.state === "waiting",
  }),
  always({
    id: "MMX-10",
    name: "exit-leaves-nothing",
    statement: "When a process is gone, no device reaches a page of it, and nothing keeps a frame of it.",
    source: vfioRule("I-42"),
    witness: "MMX-11",
    applies: of((_, { mms, happens }) => mms === 1 && (happens === "exits" || happens === "everything")),
    reads: { space, operation, page, translation },
    given: { "the process has exited": ({ space: { context: m }, operation: o }) => !m.alive && o.state === "idle" },
    parts: {
      "the page is not pinned": ({ page: { context: p } }) => p.pins === 0,
      "none of its frames is live": ({ page: { context: p } }) => !p.live[0] && !p.live[1],
      "the device does not reach it": ({ page: { context: p }, translation: { context: t } }) =>
        !(t.page === p.page && reaches(t)),
    },
  }),
  sometimes({
    id: "MMX-11",
    name: "exit-during-fault",
    statement: "A process exits while a device waits for a page of it.",
    source: vfioRule("I-42"),
    applies: mayHappen("exit"),
    reads: { operation, device },
    holds: ({ operation: { context: o }, device: d }) => o.kind === "exit" && d.state === "waiting",
  }),
  always({
    id: "MMX-12",
    name: "refused-only-if-unmapped",
    statement: "An access is refused only if the process has unmapped the page or is gone.",
    source: vfioRule("I-28, I-42"),
    witness: "MMX-2",
    applies: of((_, { dmaUnmaps }) => !dmaUnmaps),
    reads: { device, space },
    given: {
      "an access is lost": ({ device: { state } }) => state === "lost",
      "the process is alive and maps the page": ({ device: { context: d }, space: { context: m } }) =>
        m.alive && m.pages.includes(d.page!),
    },
    parts: {
      "the page has no memory behind it": ({ device: { context: d }, space: { context: m } }) =>
        m.absent.includes(d.page!),
    },
  }),
  always({
    id: "MMX-13",
    name: "bitmap-agrees-with-table",
    statement: "While the lock is free, the bitmap and the page table agree on what each kind of access may do.",
    source: vfioRule("I-10, I-11"),
    witness: "MMX-2",
    applies: of(),
    reads: { container, translation, lock, handler },
    holds: ({ container: { context: c }, translation: { context: t }, lock: l, handler: { context: h } }) => {
      const writable = c.mapped.includes(t.page + h.rules.firstWriteBit);
      const readable = c.mapped.includes(t.page);
      const said = h.rules.bitPer === "page" ? readable : t.domain === 1 ? writable : readable || writable;
      return l.state === "held" || said === t.present;
    },
    values: ({ container: { context: c }, translation: { context: t } }) => ({
      "bits that are set": c.mapped,
      [`${t.domain === 1 ? "writable" : "readable"} page ${t.page}`]: t.present,
    }),
  }),
  leadsTo({
    id: "MMX-14",
    name: "mm-access-ends",
    statement:
      "An access ends, unless others than its handler keep taking its page, or the process withholds its addresses.",
    source: vfioRule("I-33"),
    witness: "MMX-2",
    applies: of((_, { mms, dmaUnmaps: alsoUnmaps }) => mms === 1 && !alsoUnmaps),
    reads: { device, operation, handler, vaddr },
    when: ({ device: d }) => d.state === "waiting",
    eventually: ({ device: d, operation: { context: o }, handler: { context: h }, vaddr: v }) =>
      d.state === "idle" ||
      d.state === "accessing" ||
      (takes(o, d.context.page!) && o.by !== h.rules.name) ||
      v.state === "withheld",
    assumes: ["threads", "hardware", "devices", "lock"],
  }),
  canAlways({
    id: "MMX-15",
    name: "mm-operation-can-end",
    statement: "A memory management operation can always end, whatever waits for it.",
    source: vfioRule("I-38, D-24"),
    witness: "MMX-2",
    applies: of(),
    reads: { operation },
    holds: ({ operation: o }) => o.state === "idle",
  }),
  leadsTo({
    id: "MMX-16",
    name: "mm-operation-ends",
    statement: "A memory management operation ends if all threads and devices keep running, and the locks are fair.",
    source: vfioRule("I-38"),
    witness: "MMX-2",
    applies: of(),
    reads: { operation },
    when: ({ operation: o }) => o.state !== "idle",
    eventually: ({ operation: o }) => o.state === "idle",
    assumes: ["threads", "hardware", "devices", "lock"],
  }),
  sometimes({
    id: "MMX-17",
    name: "page-migrated",
    statement: "A page is moved to another frame while a device reaches it.",
    source: vfioRule("rows 16, 25"),
    applies: mayHappen("migrate"),
    reads: { operation, translation },
    holds: ({ operation: { context: o }, translation: { context: t } }) =>
      o.kind === "migrate" && o.pages.includes(t.page) && reaches(t),
  }),
  sometimes({
    id: "MMX-18",
    name: "handler-starts-over-mm",
    statement: "A handler starts over because something happened to its page in the meantime.",
    source: vfioRule("I-14"),
    applies: of(({ callback, sequenceCompared }) => callback === "start-end" && sequenceCompared),
    reads: { handler },
    holds: ({ handler: h }) => h.state === "retrying",
  }),
  always({
    id: "MMX-19",
    name: "no-callback-on-freed-mapping",
    statement:
      "A notifier callback that has found a mapping unmaps its pages only while DMA_UNMAP has not unlinked it.",
    source: vfioRule("I-30"),
    witness: "MMX-20",
    applies: dmaUnmaps,
    reads: { operation, container, unmap },
    holds: ({ operation: { state, context: o }, container: { context: c } }) =>
      state !== "working" || !o.found || !isTakingBack(o) || c.linked.length > 0,
  }),
  sometimes({
    id: "MMX-20",
    name: "unmap-during-mm-operation",
    statement: "The VMM is in DMA_UNMAP while the memory management works on a page.",
    source: vfioRule("I-01, N2"),
    applies: dmaUnmaps,
    reads: { operation, unmap },
    holds: ({ operation: o, unmap: u }) => o.state !== "idle" && u.state === "unmapping",
  }),
  always({
    id: "MMX-21",
    name: "no-device-after-dma-unmap",
    statement: "When DMA_UNMAP has returned, no device reaches a page of the mapping.",
    source: vfioRule("I-01"),
    witness: "MMX-20",
    applies: dmaUnmaps,
    reads: { translation, unmap },
    holds: ({ translation: { context: t }, unmap: u }) => u.state !== "unmapped" || !reaches(t),
  }),
  leadsTo({
    id: "MMX-22",
    name: "dma-unmap-returns",
    statement: "DMA_UNMAP returns, whatever the memory management and the fault handler do.",
    source: vfioRule("I-38"),
    witness: "MMX-20",
    applies: dmaUnmaps,
    reads: { unmap },
    when: ({ unmap: u }) => u.state === "unmapping" || u.state === "waiting",
    eventually: ({ unmap: u }) => u.state === "unmapped",
    assumes: ["threads", "hardware", "devices", "lock"],
  }),
] as const;
