/** Traces made by hand whose steps say what they are in the kernel: what the tests of charts and sentences tell. */
import type { Json } from "../checker/json.ts";
import type { SaidRecord, StepRecord, TraceRecord, TransferRecord } from "../checker/run-record.ts";
import { unmapAgainstFault } from "./example.ts";

interface More {
  readonly says?: SaidRecord;
  readonly transfers?: readonly TransferRecord[];
  readonly changes?: StepRecord["changes"];
  readonly values?: { readonly [name: string]: Json };
  readonly holds?: boolean;
}

/** A step that the component takes of itself. */
export const stepOf = (component: string, type: string, more: More = {}): StepRecord => ({
  action: { kind: "event", component, event: { type } },
  transfers: [],
  changes: [],
  ...more,
});

/** A message that a channel delivers. */
export const takenFrom = (channel: string, to: string, type: string, more: More = {}): StepRecord => ({
  action: { kind: "deliver", channel },
  changes: [],
  ...more,
  transfers: [{ from: channel, to, how: "delivered", message: { type } }, ...(more.transfers ?? [])],
});

export const said = (text: string, by = ""): { readonly says: SaidRecord } => ({ says: { text, by } });

export const messageOf = (
  from: string,
  how: TransferRecord["how"],
  to: string,
  type: string,
  says?: SaidRecord,
): TransferRecord => ({ from, to, how, message: { type }, ...(says && { says }) });

export const becomes = (component: string, before: string, after: string, says?: string) => ({
  component,
  before: { state: before, context: {} },
  after: { state: after, context: {}, ...(says !== undefined && { says }) },
});

const UNPIN = "vfio_unmap_unpin()";
const next = { text: "takes the next step of the release", by: UNPIN, listed: true } as const;
const release = (...transfers: readonly TransferRecord[]): StepRecord =>
  stepOf("release", "release.steps", { says: next, transfers });
const invalidation = messageOf("release", "sent", "commands", "command.invalidates-atc", {
  text: "invalidates the ATC of device 0 for page 0",
  by: UNPIN,
});

/** A page is unpinned before the device has dropped its translation. */
export const unpinBeforeWait: TraceRecord = {
  ...unmapAgainstFault,
  property: { id: "SAFE-1", statement: "A page that a device can reach is pinned." },
  kind: "always",
  reads: ["atc", "page"],
  components: ["device", "atc", "release", "page", "iommu", "prq"],
  lanes: {
    device: "device 0",
    atc: "the ATC of device 0",
    release: "the release of a page, under iommu->lock",
    page: "page 0 of the guest, with its pins and its struct page",
  },
  steps: [
    stepOf("device", "device.looks-up", {
      ...said("asks for page 0", "PCIe Base Specification, 10.2 (ATS Translation Services)"),
      transfers: [messageOf("device", "call", "atc", "atc.looks-up")],
      changes: [becomes("atc", "empty", "filled", "holds a translation of page 0")],
    }),
    release(
      messageOf("release", "sent", "commands", "command.fences", { text: "waits for it to complete", by: UNPIN }),
      invalidation,
    ),
    release(messageOf("release", "call", "page", "host.unpins", { text: "unpins page 0", by: "unpin_user_page()" })),
    takenFrom("commands", "iommu", "command.invalidates-atc", {
      transfers: [messageOf("iommu", "call", "atc", "atc.invalidates")],
    }),
  ].map((step, k) => ({
    ...step,
    holds: k < 2,
    values: { "the ATC holds page 0": k < 3, pins: k < 2 ? 1 : 0 },
  })),
};
