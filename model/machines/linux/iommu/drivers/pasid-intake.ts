/**
 * The entries of a device in its PASID table, and the queue in which its page requests wait for the one thread that reports
 * them to the IOPF core.
 *
 * Models  VT-d: PASID entries, the page request queue and prq_event_thread(); SMMUv3: context descriptors, the event queue and
 *         its thread. A request enters while an entry translates for its PASID, and its page says under which HWPT
 *         that was: I17 (a fault is resolved under the domain that it was accepted under). A drain waits until no record of its
 *         PASID is in the queue or being reported (L3: it ends once the device has stopped).
 *         Coarser than linux/iommu/io-pgfault/fault-intake.ts, which has one entry, runs of the whole queue, and overflows.
 * Omits   A request under an entry that is not there, which hardware refuses. Caches (linux/iommu/flush).
 */
import { assign, emit, setup } from "xstate";
import { clause, linuxAt, messages } from "../../../../said.ts";
import type { Message } from "../../../../../checker/json.ts";
import { OK, type Fault } from "../../include/iommu.ts";

export interface PasidIntakeContext {
  /** By PASID: the HWPT under which the device translates. */
  readonly entries: { readonly [pasid: number]: number | null };
  /** HWPTs with a fault queue. */
  readonly faulting: readonly number[];
  /** In order of arrival; the first one may be inside a report. */
  readonly queued: readonly Fault[];
  readonly reporting: boolean;
  /** Ghost: what was missing when a request under an HWPT with a fault queue was refused first. */
  readonly refused: "handler" | "fault_param" | null;
}

export type PasidIntakeEvent =
  | { readonly type: "pri.request"; readonly fault: Fault }
  | { readonly type: "entry.clears" | "intake.drains"; readonly pasid: number }
  | { readonly type: "entry.sets"; readonly pasid: number; readonly hwpt: number }
  | { readonly type: "intake.reports" }
  | { readonly type: "kernel.warns" }
  | { readonly type: "reported"; readonly result: number };

export type PasidIntakeEmits = { readonly type: "driver.reports-fault"; readonly fault: Fault };

const PRQ = "drivers/iommu/intel/prq.c";
const PASID = "drivers/iommu/intel/pasid.c";

const s = setup({
  types: {
    context: {} as PasidIntakeContext,
    events: {} as PasidIntakeEvent,
    emitted: {} as PasidIntakeEmits,
    input: {} as { readonly pasids: readonly number[]; readonly faulting: readonly number[] },
  },
  guards: {
    canReport: ({ context }) => !context.reporting && context.queued.length > 0,
    isUnderQueue: ({ context }) => context.faulting.includes(context.queued[0]!.page),
  },
});

const isOf = ({ queued }: PasidIntakeContext, pasid: number): boolean => queued.some((fault) => fault.pasid === pasid);

export const pasidIntake = s.createMachine({
  id: "pasid-intake",
  description: "the PASID table of a device, and the page requests that wait for the thread of their IOMMU",
  meta: {
    origin: linuxAt("7.3.4", PRQ, "prq_event_thread"),
    lane: "the PASID table, the page request queue and its thread",
    messages: messages<PasidIntakeEmits>({
      "driver.reports-fault": "reports PRGI {fault.grp} of PASID {fault.pasid} to the IOPF core",
    }),
  },
  context: ({ input: { pasids, faulting } }) => ({
    entries: Object.fromEntries(pasids.map((pasid) => [pasid, null])),
    faulting,
    queued: [],
    reporting: false,
    refused: null,
  }),
  on: {
    "pri.request": {
      meta: { origin: clause("pcie", "10.4 (Page Request Services)") },
      guard: ({ context, event: { fault } }) => context.entries[fault.pasid!] !== null,
      actions: assign({
        queued: ({ context: { queued, entries }, event: { fault } }) => [
          ...queued,
          { ...fault, page: entries[fault.pasid!]! },
        ],
      }),
    },
    "entry.sets": {
      meta: { origin: linuxAt("7.3.4", PASID, "intel_pasid_setup_first_level") },
      actions: assign({ entries: ({ context, event }) => ({ ...context.entries, [event.pasid]: event.hwpt }) }),
    },
    "entry.clears": {
      meta: { origin: linuxAt("7.3.4", PASID, "intel_pasid_tear_down_entry") },
      actions: assign({ entries: ({ context, event }) => ({ ...context.entries, [event.pasid]: null }) }),
    },
    "intake.drains": {
      meta: { origin: linuxAt("7.3.4", PRQ, "intel_iommu_drain_pasid_prq") },
      guard: ({ context, event }) => !isOf(context, event.pasid),
    },
    "intake.reports": {
      description: "takes the next record of the page request queue",
      guard: "canReport",
      actions: [
        assign({ reporting: true }),
        emit(({ context }) => ({ type: "driver.reports-fault", fault: context.queued[0]! })),
      ],
    },
    "kernel.warns": {
      guard: "isUnderQueue",
      actions: assign({ refused: ({ context }) => context.refused ?? "fault_param" }),
    },
    reported: {
      actions: assign(({ context: { queued, faulting, refused }, event }) => ({
        queued: queued.slice(1),
        reporting: false,
        refused: refused ?? (event.result !== OK && faulting.includes(queued[0]!.page) ? "handler" : null),
      })),
    },
  },
});

export const pasidIntakeSteps: readonly Message[] = [{ type: "intake.reports" }];
