/**
 * The thread that turns a page request interface, or the page request queue, off and on again.
 *
 * Models  Linux pci_reset_pri(), pci_enable_pri(), pci_disable_pri(), and the steps around them that hardware facts 2.4, 3.1
 *         and 3.3 ask for. A list of page-request-orders.ts says which steps it takes, in which order.
 *         iopf_queue_remove_device() of 6.12, for one device. With "refuse" VT-d refuses requests of a device whose entry is
 *         not present, or whose PRE is clear (context_flip_pri()).
 * Omits   the reason: a failed device is wanted again, or a domain with page faults comes and goes. ATS, which Linux turns
 *         off before PRI. What drivers/teardown has: the records that VT-d's drain passes over, and the drain of the wire
 *         after that. Here requests are in the queue at once, and the queue is read to its end.
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { Origin } from "../../../../../../checker/said.ts";
import { atWill, linux, linux61, linux612, messages, unmerged, whereIs } from "../../../../../said.ts";
import type { ControlStep } from "./page-request-steps.ts";

/** Whose functions its steps name; "smmuv3" has no code in the listed kernels that drains or stops page requests. */
export type InterfaceDriver = "vtd" | "vtd-6.1" | "amd" | "smmuv3";

export interface ControlThreadInput {
  readonly driver: InterfaceDriver;
  /** The device of the interface, which receives the fence behind its responses. */
  readonly device: number;
  /** PRG Response PASID Required: responses to the device carry the PASID. */
  readonly prpr: boolean;
  readonly grant: number;
  readonly interfaceOrder: readonly ControlStep[];
  readonly queueOrder: readonly ControlStep[];
}

export interface ControlThreadContext extends ControlThreadInput {
  /** Remaining steps, the next one first. */
  readonly left: readonly ControlStep[];
}

export type ControlThreadEmits =
  | { readonly type: "pri.disables" | "pri.enables" | "pri.resets" | "pri.awaits-stopped" }
  | { readonly type: "pri.allocates"; readonly credits: number }
  | { readonly type: "prq.reads-registers" | "prq.disables" | "prq.enables" }
  | { readonly type: "service.is-idle" | "service.forgets" }
  | { readonly type: "service.removes"; readonly device: number }
  | { readonly type: "prq.configures-device"; readonly device: number; readonly pri: boolean; readonly prpr: boolean }
  | { readonly type: "responses.fences"; readonly device: number }
  | { readonly type: "markers.passed" };

const s = setup({
  types: {
    context: {} as ControlThreadContext,
    events: {} as
      | { readonly type: "control.restarts-interface" | "control.restarts-queue" | "control.steps" }
      | { readonly type: "prq.registers"; readonly empty: boolean }
      | { readonly type: "responses.fenced" },
    emitted: {} as ControlThreadEmits,
    input: {} as ControlThreadInput,
  },
  guards: {
    isLast: ({ context }) => context.left.length === 1,
    isDrain: ({ context }) => context.left[0] === "drain-queue",
    isFence: ({ context }) => context.left[0] === "fence-responses",
  },
});

const NAMES = {
  disable: "pri.disables",
  enable: "pri.enables",
  "await-stopped": "pri.awaits-stopped",
  reset: "pri.resets",
  "drain-queue": "prq.reads-registers",
  "drain-thread": "service.is-idle",
  forget: "service.forgets",
  "queue-off": "prq.disables",
  "queue-on": "prq.enables",
} as const;

const act = s.enqueueActions(({ context: { left, grant, device, prpr }, enqueue }) => {
  const step = left[0]!;
  if (step === "allocate") enqueue.emit({ type: "pri.allocates", credits: grant });
  else if (step === "fence-responses") enqueue.emit({ type: "responses.fences", device });
  else if (step === "remove") enqueue.emit({ type: "service.removes", device });
  else if (step === "refuse" || step === "accept")
    enqueue.emit({ type: "prq.configures-device", device, pri: step === "accept", prpr });
  else enqueue.emit({ type: NAMES[step] });
  // A Stop Marker that arrived while the queue was off is lost, and the empty queue holds none.
  if (step === "queue-on") enqueue.emit({ type: "markers.passed" });
});
const pass = s.assign({ left: ({ context }) => context.left.slice(1) });

const ATS = "drivers/pci/ats.c";
const INTEL = "drivers/iommu/intel/iommu.c";
const PRQ = "drivers/iommu/intel/prq.c";
const SVM = "drivers/iommu/intel/svm.c";
const AMD = "drivers/iommu/amd/iommu.c";
const PPR = "drivers/iommu/amd/ppr.c";
const SMMU = "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c";
const IOPF = "drivers/iommu/io-pgfault.c";

const inDrivers = (vtd: Origin, others: { readonly [driver in Exclude<InterfaceDriver, "vtd">]: Origin }): Origin =>
  whereIs(vtd, "driver", others);
const DISABLES = inDrivers(linux612(INTEL, "intel_iommu_disable_iopf"), {
  "vtd-6.1": linux61(INTEL, "intel_iommu_disable_sva"),
  amd: linux612(AMD, "detach_device"),
  smmuv3: unmerged,
});
const QUEUE_OFF = inDrivers(linux612(PRQ, "intel_iommu_finish_prq"), {
  "vtd-6.1": linux61(SVM, "intel_svm_finish_prq"),
  amd: linux612("drivers/iommu/amd/init.c", "iommu_disable"),
  smmuv3: linux(SMMU, "arm_smmu_device_disable"),
});
const QUEUE_ON = inDrivers(linux612(PRQ, "intel_iommu_enable_prq"), {
  "vtd-6.1": linux61(SVM, "intel_svm_enable_prq"),
  amd: linux612(PPR, "amd_iommu_enable_ppr_log"),
  smmuv3: linux(SMMU, "arm_smmu_device_reset"),
});
/** AMD's driver waits for queued work only. */
const DRAINS = inDrivers(linux612(PRQ, "intel_iommu_drain_pasid_prq"), {
  "vtd-6.1": linux61(SVM, "intel_svm_drain_prq"),
  amd: unmerged,
  smmuv3: unmerged,
});
const FENCES = inDrivers(linux("drivers/iommu/intel/dmar.c", "qi_submit_sync"), {
  "vtd-6.1": linux("drivers/iommu/intel/dmar.c", "qi_submit_sync"),
  amd: linux612(AMD, "iommu_completion_wait"),
  smmuv3: linux(SMMU, "arm_smmu_cmdq_issue_cmd_with_sync"),
});
const CONFIGURES = inDrivers(linux612(INTEL, "context_flip_pri"), {
  "vtd-6.1": unmerged,
  amd: unmerged,
  smmuv3: unmerged,
});

export const controlThread = s.createMachine({
  id: "control-thread",
  description: "the thread that disables and enables a page request interface, or the page request queue",
  meta: {
    origin: DISABLES,
    lane: "the thread that restarts the page request interface of device {device}",
    messages: messages<ControlThreadEmits>({
      "pri.disables": { says: "clears Enable of the page request interface", origin: linux(ATS, "pci_disable_pri") },
      "pri.enables": { says: "sets Enable of the page request interface", origin: linux(ATS, "pci_enable_pri") },
      "pri.resets": { says: "resets the page request interface", origin: linux(ATS, "pci_reset_pri") },
      "pri.awaits-stopped": { says: "finds Stopped set", origin: linux(ATS, "pci_enable_pri") },
      "pri.allocates": { says: "allows {credits} outstanding requests", origin: linux(ATS, "pci_enable_pri") },
      "prq.reads-registers": {
        says: "reads head and tail of the page request queue",
        origin: DRAINS,
      },
      "prq.disables": { says: "disables the page request queue", origin: QUEUE_OFF },
      "prq.enables": { says: "enables the page request queue", origin: QUEUE_ON },
      "service.is-idle": { says: "waits until queued work is done", origin: linux(IOPF, "iopf_queue_flush_dev") },
      "service.forgets": { says: "discards the partial faults", origin: linux(IOPF, "iopf_queue_discard_partial") },
      "service.removes": {
        says: "takes device {device} off the IOPF queue",
        origin: linux612(IOPF, "iopf_queue_remove_device"),
      },
      "prq.configures-device": {
        says: "{pri?sets:clears} PRE of device {device}",
        origin: CONFIGURES,
      },
      "responses.fences": {
        says: "sends a fence behind the responses to device {device}",
        origin: FENCES,
      },
      "markers.passed": "finds no Stop Marker in the empty queue",
    }),
  },
  context: ({ input }) => ({ ...input, left: [] }),
  initial: "idle",
  states: {
    idle: {
      description: "restarts nothing",
      on: {
        "control.restarts-interface": {
          description: "begins to restart the page request interface of device {device}",
          meta: { origin: atWill("who attaches and detaches the device") },
          target: "working",
          actions: assign({ left: ({ context }) => context.interfaceOrder }),
        },
        "control.restarts-queue": {
          description: "begins to restart the page request queue",
          meta: { origin: QUEUE_OFF },
          target: "working",
          actions: assign({ left: ({ context }) => context.queueOrder }),
        },
      },
    },
    working: {
      description: "restarts an interface or the queue",
      on: {
        "control.steps": [
          {
            description: "takes the next step of the restart",
            meta: { listed: true },
            guard: "isDrain",
            target: "looking",
            actions: act,
          },
          { guard: "isFence", target: "fencing", actions: act },
          { guard: "isLast", target: "idle", actions: [act, pass] },
          { actions: [act, pass] },
        ],
      },
    },
    looking: {
      description: "reads head and tail of the page request queue",
      on: {
        "prq.registers": [
          { guard: ({ event }) => !event.empty, target: "working" },
          { target: "working", actions: pass },
        ],
      },
    },
    fencing: {
      description: "waits for the fence behind the responses",
      on: { "responses.fenced": { target: "working", actions: pass } },
    },
  },
});

export const controlSteps: readonly Message[] = [{ type: "control.steps" }];
