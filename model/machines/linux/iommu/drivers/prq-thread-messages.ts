/** Rules, context, events and messages of prq-thread.ts, and what the messages say. */
import type { Message } from "../../../../../checker/json.ts";
import { linux, linux61, linux612, messages } from "../../../../said.ts";
import type { PageRequest } from "../../../../units.ts";
import type { Fault, PageResponse } from "../../include/iommu.ts";
import type { PrqChecks, Refusal } from "../intel/prq-checks.ts";
import { LOOKS, READS, REPORTS, RESTARTS, type PageRequestDriver } from "./page-request-drivers.ts";
import type { PageGroupResponse } from "./response-encoder.ts";

/** What differs between drivers, and deliberate defects. */
export interface PrqThreadRules {
  /** K17 (clearPolicy). "never": a deliberate defect; the thread does not write the register. */
  readonly clearPolicy: "drainedOnly" | "immediate" | "never";
  /** K18 (discardScope): whether the thread discards partial faults after an overflow. */
  readonly discards: boolean;
  /** Before or after it clears the overflow bit; B2 (an overflow must purge partial faults) asks for before. */
  readonly discardWhen: "before-clear" | "after-clear";
  /** I8 (no lost wake-up): before it reads the queue. "after-read": H9 (lost interrupt). */
  readonly acknowledgeWhen: "before-read" | "after-read";
  /** K16: when the thread writes the head register. */
  readonly headAdvance: "perEntry" | "batch";
  /** 6.1: this thread responds to a last request that the core refused (iopf-core 1.5). */
  readonly answersErrors: boolean;
  /** K38: the workaround of AMD for erratum ERBT1312; the thread starts again while the pending bit is set. */
  readonly rereads?: boolean;
  /**
   * What it clears before it reads the queue. "both" and "seen" are of a thread that reads the status register first, as
   * amd_iommu_handle_irq(): it restarts the log after the queue if the overflow flag was set then. Default: "pending".
   */
  readonly clears?: "pending" | "both" | "seen";
  /** Whose functions the steps name. */
  readonly driver?: PageRequestDriver;
  /**
   * "once": the thread reads the records up to the tail that it read when the run began, and leaves later ones to the next
   * run. "until-empty" (the default): it reads the tail again after each record.
   */
  readonly tail?: "once" | "until-empty";
  /**
   * VT-d's thread of 6.12.117 checks each record, logs, completes iommu->prq_complete and returns whether it had a record.
   * Absent: no request fails the checks, and nobody waits for the thread.
   */
  readonly inFull?: PrqChecks;
}

export type PrqThreadEvent =
  | { readonly type: "prq.interrupt" }
  | { readonly type: "thread.acknowledges" | "thread.reads-tail" | "thread.pops" | "thread.publishes" }
  | ({ readonly type: "prq.record" } & PageRequest)
  | { readonly type: "prq.empty" }
  | { readonly type: "reported"; readonly device: number; readonly result: number }
  | { readonly type: "thread.checks-overflow" | "thread.discards" | "thread.clears-overflow" }
  | {
      readonly type: "prq.registers";
      readonly empty: boolean;
      readonly records: number;
      readonly overflow: boolean;
      readonly pending: boolean;
    }
  | { readonly type: "queue.returns" };

/** Lines of the kernel's log, by names of ours; "invalid-request" shows the record. */
export type PrqLog =
  | {
      readonly type: "thread.logs";
      readonly line: Exclude<Refusal, "unknown-device"> | "overflow-detected" | "overflow-cleared";
    }
  | { readonly type: "thread.logs"; readonly line: "invalid-request"; readonly request: PageRequest };

export type PrqThreadEmits =
  | PageResponse
  | PageGroupResponse
  | PrqLog
  | { readonly type: "prq.clears-interrupt" | "prq.pops" | "prq.publishes-head" }
  | { readonly type: "prq.clears-status"; readonly overflow: boolean }
  | { readonly type: "prq.reads-registers" | "prq.clears-overflow" | "queue.discards" }
  | { readonly type: "driver.reports-fault"; readonly fault: Fault }
  /** In full only: wakes the drains, and returns IRQ_RETVAL(handled). */
  | { readonly type: "completion.completes" }
  | { readonly type: "thread.returns"; readonly result: number };

const STEPS = ["acknowledges", "pops", "publishes", "checks-overflow", "discards", "clears-overflow"] as const;
const asSteps = (names: readonly string[]): readonly Message[] => names.map((step) => ({ type: `thread.${step}` }));

export const prqThreadSteps = ({ tail }: Pick<PrqThreadRules, "tail">): readonly Message[] =>
  asSteps(tail === "once" ? ["reads-tail", ...STEPS] : STEPS);

export interface PrqThreadContext {
  readonly rules: PrqThreadRules;
  /** An interrupt came while the thread ran. */
  readonly again: boolean;
  /** The fault in iommu_report_device_fault(); kept only with `answersErrors`. */
  readonly fault: Fault | null;
  /** Records up to the tail that this run has read; 0 without `tail: "once"`. */
  readonly left: number;
  /** The overflow flag was set when it read the status register before the queue. */
  readonly saw: boolean;
  /** In full only: the run had a record. */
  readonly handled: boolean;
}

const PRQ = "drivers/iommu/intel/prq.c";
const BAD = linux612(PRQ, "handle_bad_prq_event");
export const DISCARD = linux("drivers/iommu/io-pgfault.c", "iopf_queue_discard_partial");

export const prqThreadSays = messages<PrqThreadEmits>({
  "driver.page-response": {
    says: "responds {code} to PRGI {grp}, which the core refused",
    origin: linux61("drivers/iommu/intel/svm.c", "handle_bad_prq_event"),
  },
  "command.responds": { says: "refuses PRGI {prgi} of device {device} and responds {code}", origin: BAD },
  "thread.logs": "logs {line}",
  "prq.clears-interrupt": { says: "clears the pending interrupt", origin: LOOKS },
  "prq.clears-status": { says: "clears the pending bit{overflow? and the overflow bit:}", origin: LOOKS },
  "prq.pops": { says: "reads the record at the head of the queue", origin: READS },
  "prq.publishes-head": { says: "writes the head register", origin: READS },
  "prq.reads-registers": { says: "reads the status register", origin: LOOKS },
  "prq.clears-overflow": { says: "clears the overflow bit", origin: RESTARTS },
  "driver.reports-fault": {
    says: "reports page {fault.page} of PRGI {fault.grp} of device {fault.device}",
    origin: REPORTS,
  },
  "queue.discards": { says: "discards the partial faults of all devices", origin: DISCARD },
  "completion.completes": {
    says: "completes iommu->prq_complete",
    origin: linux("kernel/sched/completion.c", "complete"),
  },
  "thread.returns": "returns {result}: whether there was a record",
});
