/** What can differ in the control of a page request interface, the designs, and the sizes. */
import type { Hardware } from "../../hardware/hardware.ts";
import { hardwareKnobs } from "../../hardware/knobs.ts";
import { hostKnobs, type Host } from "../../hosts/host.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import type { ConfigTrap } from "../../machines/vmm/guest-config.ts";
import type {
  InterfaceOrderName,
  QueueOrderName,
} from "../../machines/linux/iommu/drivers/page-requests/page-request-orders.ts";
import type { PagePortInput, WireCode } from "../../machines/device/page-request-port-messages.ts";
import type { RequestServiceRules } from "../../machines/linux/iommu/drivers/page-requests/request-service.ts";
import { boundsKnobs, type Bounds } from "../bounds.ts";
import type { BoundsName } from "../study.ts";

type OfHardware = Pick<
  Hardware,
  "prgiScope" | "priSharedPFVF" | "pasid" | "stopMarker" | "enableResets" | "offLastResponse" | "partialKey"
>;

export interface PriControlDesign extends OfHardware, Pick<Host, "allocations"> {
  readonly name: string;
  readonly requesters: "pasids" | "functions";
  readonly stopMethod: "with-marker" | "by-waiting";
  readonly markerRule: RequestServiceRules["markers"];
  readonly driverAnswers: RequestServiceRules["driverAnswers"];
  readonly driverRefusal: RequestServiceRules["driverRefusal"];
  readonly coreAnswers: RequestServiceRules["coreAnswers"];
  readonly refusalForgets: boolean;
  readonly withoutMemory: RequestServiceRules["withoutMemory"];
  readonly requestHandling: RequestServiceRules["requests"];
  readonly checksModes: boolean;
  readonly needsPasid: boolean;
  readonly answersWithPasid: boolean;
  readonly answerData: RequestServiceRules["answerData"];
  readonly failureCode: Exclude<WireCode, "success">;
  readonly interfaceOrder: InterfaceOrderName;
  readonly queueOrder: QueueOrderName;
  readonly configTrap: ConfigTrap;
  readonly recordWrites: "before-tail" | "after-tail";
  readonly pollsRecord: boolean;
  readonly afterFailure: PagePortInput["afterFailure"];
}

export interface PriControlSizes
  extends Pick<Hardware, "pqEntries" | "creditsPerDev">, Pick<Bounds, "itemPages" | "instances"> {
  readonly name: string;
  readonly usersStop: boolean;
  readonly refusals: boolean;
  readonly interfaceRestarts: boolean;
  readonly queueRestarts: boolean;
  readonly guestConfigures: boolean;
  readonly privateData: boolean;
  readonly oddModes: boolean;
}

const flag = { kind: "flag" } as const;
const { prgiScope, priSharedPFVF, pasid, stopMarker, enableResets, offLastResponse, partialKey } = hardwareKnobs;

export const priControlKnobs: KnobTable<PriControlDesign> = {
  prgiScope,
  priSharedPFVF,
  pasid,
  stopMarker,
  enableResets,
  offLastResponse,
  partialKey,
  allocations: hostKnobs.allocations,
  requesters: {
    id: "hardware facts 2.4",
    values: choice({
      pasids: "Two PASIDs of one function ask for pages.",
      functions: "A physical and a virtual function ask for pages.",
    }),
    sentence: "Who shares the page request interface.",
  },
  stopMethod: {
    id: "hardware facts 2.6",
    values: choice({
      "with-marker": "A stop leaves its groups behind and sends a stop marker.",
      "by-waiting": "A stop waits for the responses to its groups.",
    }),
    sentence: "How the use of a PASID is stopped.",
  },
  markerRule: {
    id: "H20",
    values: choice({
      consumed: "Software takes the stop marker and sends no response.",
      answered: "Software takes the stop marker for a page request and answers it.",
    }),
    sentence: "What software does with a stop marker.",
  },
  driverAnswers: {
    id: "H3",
    values: choice({
      last: "The driver answers the last request of a group that it refuses.",
      every: "The driver answers every request that it refuses, which PCIe forbids.",
      none: "The driver logs a refused request and answers nothing.",
    }),
    sentence: "Which of the requests that the driver refuses it answers.",
  },
  driverRefusal: {
    id: "H3",
    values: choice({
      success: "The driver refuses with Success, so that the device asks again.",
      invalid: "The driver refuses with Invalid Request.",
      failure: "The driver refuses with Response Failure, which disables the interface.",
    }),
    sentence: "The response of the driver to a request that it refuses.",
  },
  coreAnswers: {
    id: "H3",
    values: choice({
      last: "The core answers the last request of a group that it refuses.",
      every: "The core answers every request that it refuses, which PCIe forbids.",
      none: "The core answers nothing.",
    }),
    sentence: "Which of the requests that the core refuses it answers.",
  },
  refusalForgets: {
    id: "D3",
    values: flag,
    sentence: "Whether the partial faults of a group are discarded when its last request is refused.",
  },
  withoutMemory: {
    id: "H5",
    values: choice({
      success: "The response is Success, so that the device asks again.",
      invalid: "The response is Invalid Request, so that the access fails.",
      failure: "The response is Response Failure, which disables the interface.",
    }),
    sentence: "The response when there is no memory for a group.",
  },
  requestHandling: {
    id: "H27",
    values: choice({
      served: "The IOPF core resolves page requests.",
      denied: "Each last request is answered with Response Failure.",
    }),
    sentence: "What software does with page requests.",
  },
  checksModes: {
    id: "B34",
    values: flag,
    sentence: "Whether the driver refuses page requests of modes that are not supported: privileged, execute.",
  },
  needsPasid: {
    id: "hardware facts 2.1",
    values: flag,
    sentence: "Whether the driver refuses page requests without a PASID, as VT-d and AMD do in 6.12.",
  },
  answersWithPasid: {
    id: "H19",
    values: flag,
    sentence: "Whether page responses of software carry the PASID of the request.",
  },
  answerData: {
    id: "B37",
    values: choice({
      returned: "The response carries the private data of the request.",
      "by-pasid": "The response carries private data whenever the request has a PASID.",
      cleared: "The response carries zeroes.",
      ignored: "The response does not carry the private data.",
    }),
    sentence: "What page responses of software say of private data.",
  },
  failureCode: {
    id: "H4",
    values: choice({
      failure: "The response code is Response Failure.",
      reserved: "The response code is 2, the value of IOMMU_PAGE_RESP_FAILURE, which PCIe reserves.",
      invalid: "The response code is Invalid Request.",
    }),
    sentence: "The code that a failure has in the page response message.",
  },
  interfaceOrder: {
    id: "S18",
    values: choice({
      standard:
        "Disable, wait for Stopped, drain, discard partial faults, wait for responses, reset, allocate, enable.",
      "linux-6.1.192":
        "Linux 6.1.192, VT-d: pci_disable_pri() at a detach, pci_reset_pri() and pci_enable_pri() at the next attach; no drain.",
      "linux-6.12.117":
        "Linux 6.12.117, VT-d: block, drain, remove the device from its queue, pci_disable_pri(); then reset and enable.",
      "linux-6.12.117-amd":
        "Linux 6.12.117, AMD: iopf_queue_flush_dev() waits for work and not for the PPR log, before the entry is cleared.",
      "no-stopped": "Software does not wait until the PRI status register says Stopped.",
      "no-drain": "Software waits for Stopped, and keeps requests from before it (deliberate defect).",
      "no-thread-drain": "Partial faults are discarded while the thread may have a record in hand (deliberate defect).",
      "no-response-fence": "The interface restarts while earlier responses are on their way (deliberate defect).",
      "no-reset": "Credits of dead groups stay used (deliberate defect).",
    } satisfies { readonly [name in InterfaceOrderName]: string }),
    sentence: "The steps that disable and enable the page request interface of a device.",
  },
  queueOrder: {
    id: "H38",
    values: choice({
      standard: "Disable the queue, drain it, discard partial faults, enable it.",
      "no-drain": "The queue is not drained, and enabling it discards the requests in it.",
      "no-thread-drain": "Partial faults are discarded while the thread may have a record in hand (deliberate defect).",
      "no-forget": "Partial faults stay, and join a later group.",
    } satisfies { readonly [name in QueueOrderName]: string }),
    sentence: "The steps that disable and enable the page request queue.",
  },
  configTrap: {
    id: "S31",
    values: choice({
      emulated: "The VMM emulates the PRI capability, and the guest writes nothing of the device.",
      clamped: "The guest's writes reach the device within what it was granted.",
      none: "The guest's writes reach the device unchanged.",
    } satisfies { readonly [name in ConfigTrap]: string }),
    sentence: "What becomes of a guest's writes to Enable, Reset and Allocation.",
  },
  recordWrites: {
    id: "H30",
    values: choice({
      "before-tail": "The record is visible before the tail that announces it.",
      "after-tail": "The tail becomes visible before the record, so that software can read an old record.",
    }),
    sentence: "The order in which software sees a record and the tail of the queue.",
  },
  pollsRecord: {
    id: "H30",
    values: flag,
    sentence: "Whether the driver waits until the record is not zero, and zeroes it after use.",
  },
  afterFailure: {
    id: "S18",
    values: choice({
      silent: "The device sends no page request until it is enabled again, as PCIe asks.",
      "asks-on": "The device keeps sending page requests.",
    }),
    sentence: "What a device does after a Response Failure.",
  },
};

export const priControlSizeKnobs: KnobTable<PriControlSizes> = {
  pqEntries: hardwareKnobs.pqEntries,
  creditsPerDev: hardwareKnobs.creditsPerDev,
  itemPages: boundsKnobs.itemPages,
  instances: boundsKnobs.instances,
  usersStop: { id: "bound", values: flag, sentence: "Whether a requester may be told to stop." },
  refusals: { id: "bound", values: flag, sentence: "Whether software may refuse a request." },
  interfaceRestarts: {
    id: "bound",
    values: flag,
    sentence: "Whether the interface may be turned off and on again.",
  },
  queueRestarts: { id: "bound", values: flag, sentence: "Whether the queue may be turned off and on again." },
  guestConfigures: { id: "bound", values: flag, sentence: "Whether a guest may write to the PRI capability." },
  privateData: { id: "bound", values: flag, sentence: "Whether requests of the first requester carry private data." },
  oddModes: {
    id: "bound",
    values: flag,
    sentence: "Whether the second requester may also request privileged or execute access.",
  },
};

const SMALL: Omit<PriControlSizes, "name"> = {
  pqEntries: 4,
  creditsPerDev: 2,
  itemPages: 2,
  instances: 2,
  usersStop: false,
  refusals: false,
  interfaceRestarts: false,
  queueRestarts: false,
  guestConfigures: false,
  privateData: false,
  oddModes: false,
};

export const priControlBounds: { readonly [name in BoundsName]: Omit<PriControlSizes, "name"> } = {
  small: { ...SMALL, usersStop: true },
  default: { ...SMALL, usersStop: true, refusals: true, interfaceRestarts: true, queueRestarts: true },
  deep: {
    ...SMALL,
    pqEntries: 5,
    creditsPerDev: 3,
    instances: 3,
    usersStop: true,
    refusals: true,
    interfaceRestarts: true,
    queueRestarts: true,
    guestConfigures: true,
  },
};
