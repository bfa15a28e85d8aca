/**
 * A requester as its IOMMU knows it: the requester ID of a device, an alias of it, or a PASID. Its entry in the tables of the
 * IOMMU, the copy that hardware keeps of it, the ATS enable bit of its device, and what the device's ATC holds of one page.
 *
 * Models  PCIe 6, 10.2 to 10.5: a Translation Request needs ATS enabled in the function and allowed by the entry (SMMUv3 STE.EATS,
 *         VT-d context entry or PASID table, AMD DTE.IOTLB). Translated requests need the same, and no look-up of the page.
 *         An ATC keeps what it holds while ATS is off. VT-d 6.2.2: the context cache keeps an entry until it is invalidated by
 *         the source id of this requester.
 *         A device that is broken completes no Invalidate Request; a reset empties its ATC.
 * Omits   Faults and page requests. Accesses in flight: a translation that is cached can be used at any time. Entries that are
 *         read in part (table-entry.ts), and an entry that is not present, of which nothing is kept.
 */
import { assign, setup } from "xstate";
import { clause, iommus, messages } from "../../said.ts";
import type { Frame } from "../iommu/unmapped-page.ts";

/** Which page table an entry names: none, the one whose page is unmapped, or another. */
export interface Entry {
  readonly at: "none" | "here" | "elsewhere";
  readonly ats: boolean;
}

export type RequesterInput = {
  readonly name: string;
  /** Of the IOTLB entries of its translations. */
  readonly tag: number;
  readonly attached: boolean;
  readonly ats: boolean;
};

export interface RequesterContext {
  readonly name: string;
  readonly tag: number;
  readonly entry: Entry;
  /** What hardware keeps of the entry. */
  readonly copy: Entry | null;
  /** The enable bit of the device. */
  readonly ats: boolean;
  /** The frame that its ATC has for the page. */
  readonly atc: Frame | null;
  /** Its device completes no Invalidate Request. */
  readonly silent: boolean;
}

export type RequesterEvent =
  | { readonly type: "requester.reads-entry" | "requester.translates" | "requester.hangs" }
  | { readonly type: "entry.is-written"; readonly on: string; readonly entry: Entry }
  | { readonly type: "copy.is-flushed" | "ats.turns-on" | "ats.turns-off" | "device.is-reset"; readonly on: string }
  | { readonly type: "atc.is-flushed"; readonly on: string; readonly by: string }
  /** By software, after a time-out: the entry refuses ATS; `device`: the enable bit is cleared, too. */
  | { readonly type: "ats.is-blocked"; readonly on: string; readonly device: boolean }
  | { readonly type: "page.found"; readonly frame: Frame; readonly ats: boolean };

export type RequesterEmits =
  | { readonly type: "page.is-walked"; readonly by: string; readonly tag: number; readonly ats: boolean }
  | { readonly type: "atc.answers"; readonly by: string; readonly on: string; readonly timedOut: boolean };

/** What hardware goes by. */
export const entryInUse = ({ entry, copy }: Pick<RequesterContext, "entry" | "copy">): Entry => copy ?? entry;
/** Whether the IOMMU lets the device use what its ATC holds. */
export const usesAts = (context: Pick<RequesterContext, "entry" | "copy" | "ats">): boolean =>
  context.ats && entryInUse(context).ats;

const s = setup({
  types: {
    context: {} as RequesterContext,
    events: {} as RequesterEvent,
    emitted: {} as RequesterEmits,
    input: {} as RequesterInput,
  },
});

const answers = s.enqueueActions(({ context: { silent, name }, event, enqueue }) => {
  if (event.type !== "atc.is-flushed") return;
  if (!silent) enqueue.assign({ atc: null });
  enqueue.emit({ type: "atc.answers", by: event.by, on: name, timedOut: silent });
});

export const requester = s.createMachine({
  id: "requester",
  description: "a requester ID or PASID, with its entry, its copy in hardware, and its ATC",
  meta: {
    origin: iommus("VT-d 6.2.2, SMMUv3 5.2, AMD 2.2.2"),
    lane: "{name}: its entry and its ATC",
    messages: messages<RequesterEmits>({
      "page.is-walked": { says: "asks for the translation of the page", origin: clause("pcie", "10.2.2") },
      "atc.answers": { says: "completes the Invalidate Request of {by}", origin: clause("pcie", "10.3.2") },
    }),
  },
  context: ({ input: { name, tag, attached, ats } }) => {
    const entry: Entry = attached ? { at: "here", ats } : { at: "none", ats: false };
    return { name, tag, entry, copy: attached ? entry : null, ats, atc: null, silent: false };
  },
  on: {
    "requester.reads-entry": {
      description: "is looked up: hardware keeps its entry",
      guard: ({ context }) => context.copy === null && context.entry.at !== "none",
      actions: assign({ copy: ({ context }) => context.entry }),
    },
    "requester.translates": {
      description: "accesses the page",
      guard: ({ context }) => entryInUse(context).at === "here",
      actions: s.emit(({ context }) => ({
        type: "page.is-walked",
        by: context.name,
        tag: context.tag,
        ats: usesAts(context),
      })),
    },
    /** Of a device that may: the event is not listed elsewhere. */
    "requester.hangs": {
      description: "completes no Invalidate Request from now on",
      meta: { origin: clause("pcie", "10.3.2") },
      guard: ({ context }) => !context.silent,
      actions: assign({ silent: true }),
    },
    "page.found": {
      actions: assign({ atc: ({ context, event }) => (event.ats ? event.frame : context.atc) }),
    },
    "entry.is-written": { actions: assign({ entry: ({ event }) => event.entry }) },
    "copy.is-flushed": { actions: assign({ copy: null }) },
    "ats.turns-on": { actions: assign({ ats: true }) },
    "ats.turns-off": { actions: assign({ ats: false }) },
    "atc.is-flushed": { actions: answers },
    "ats.is-blocked": {
      actions: assign(({ context: { entry, ats }, event }) => ({
        entry: { ...entry, ats: false },
        copy: null,
        ats: ats && !event.device,
      })),
    },
    "device.is-reset": { actions: assign({ atc: null, silent: false }) },
  },
});
