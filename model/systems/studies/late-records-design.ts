/** Designs, sizes and knobs of the focused model `late-records`: completion records that software writes later. */
import type { CopyOrder } from "../../machines/linux/dma/idxd/record-copy.ts";
import type { CloseOmits } from "../../machines/linux/dma/idxd/work-queue-file.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import type { BoundsName } from "../study.ts";

export interface LateRecordsDesign {
  readonly name: string;
  readonly closeHoldsLog: boolean;
  readonly closeOmits: CloseOmits;
  readonly copyOrder: CopyOrder;
  readonly blockOnFault: boolean;
}

export interface LateRecordsSizes {
  readonly name: string;
  /** How often each queue is opened. */
  readonly opens: number;
}

const INTENDED: Omit<LateRecordsDesign, "name"> = {
  closeHoldsLog: false,
  closeOmits: "nothing",
  copyOrder: "status-last",
  blockOnFault: false,
};

export const lateRecordsHosts = {
  intended: {
    sentence: "A close waits for its own copies without evl->lock, and queues do not block on faults (a proposal).",
    design: INTENDED,
  },
  "linux-6.12.117": {
    sentence: "idxd of Linux 6.12.117 and 7.3.4, with queues that do not block on faults.",
    design: { ...INTENDED, closeHoldsLog: true },
  },
  "linux-6.12.117-bof": {
    sentence: "idxd of Linux 6.12.117 and 7.3.4, with queues that block on faults (block_on_fault).",
    design: { ...INTENDED, closeHoldsLog: true, blockOnFault: true },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<LateRecordsDesign, "name"> } };

export const lateRecordsBounds: { readonly [name in BoundsName]: Omit<LateRecordsSizes, "name"> } = {
  small: { opens: 2 },
  default: { opens: 3 },
  deep: { opens: 4 },
};

const flag = { kind: "flag" } as const;

export const lateRecordsKnobs: KnobTable<LateRecordsDesign> = {
  closeHoldsLog: {
    id: "I-38",
    values: flag,
    sentence: "Whether a close holds evl->lock while it waits for copies (idxd_cdev_evl_drain_pasid()).",
  },
  closeOmits: {
    id: "iopf-core 2.1",
    values: choice({
      nothing: "It takes all steps.",
      "device-drain": "It does not wait until the device has drained the PASID (deliberate defect).",
      marks: "It leaves the entries of the PASID in the event log (deliberate defect).",
      "work-drain": "It does not wait for copies that are queued or under way (deliberate defect).",
    } satisfies { readonly [omits in CloseOmits]: string }),
    sentence: "Which step a close leaves out.",
  },
  copyOrder: {
    id: "I18",
    values: choice({
      "status-last": "The status after everything else (idxd_copy_cr()).",
      "status-first": "The status before the rest (deliberate defect).",
      "status-alone": "The status, although the rest could not be copied (deliberate defect).",
    } satisfies { readonly [order in CopyOrder]: string }),
    sentence: "In which order a record is copied.",
  },
  blockOnFault: {
    id: "S12",
    values: flag,
    sentence: "Whether the engine waits for the page response of a descriptor (block_on_fault of a work queue).",
  },
};

export const lateRecordsSizeKnobs: KnobTable<LateRecordsSizes> = {
  opens: { id: "bound", values: { kind: "integer", from: 1, to: 4 }, sentence: "How often each work queue is opened." },
};
