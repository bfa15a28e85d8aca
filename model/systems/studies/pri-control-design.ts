/** What can differ in the control of a page request interface, the hosts, and the sizes. */
import type { Hardware } from "../../hardware/hardware.ts";
import { hardwareKnobs } from "../../hardware/knobs.ts";
import { hostKnobs, type Host } from "../../hosts/host.ts";
import type { KnobTable } from "../../knobs.ts";
import type { ConfigTrap } from "../../machines/vmm/guest-config.ts";
import {
  INTERFACE_ORDERS,
  QUEUE_ORDERS,
  type InterfaceOrderName,
  type QueueOrderName,
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
  readonly failureCode: WireCode;
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
const choice = <const Choice extends string>(...of: readonly Choice[]) => ({ kind: "choice", of }) as const;
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
    id: "2.4",
    values: choice("pasids", "functions"),
    sentence: "Who asks for pages: two PASIDs of a function, or a physical and a virtual function.",
  },
  stopMethod: {
    id: "2.6",
    values: choice("with-marker", "by-waiting"),
    sentence: "Whether a stop leaves its groups behind and sends a marker, or waits for their answers.",
  },
  markerRule: {
    id: "H20",
    values: choice("consumed", "answered"),
    sentence: "Whether software takes a stop marker for what it is, or for a request.",
  },
  driverAnswers: {
    id: "H3",
    values: choice("last", "every", "none"),
    sentence: "Which requests that the driver refuses are answered: only the last of a group may be (H18: none).",
  },
  driverRefusal: {
    id: "H3",
    values: choice("success", "invalid", "failure"),
    sentence: "What the driver answers to a request that it refuses.",
  },
  coreAnswers: {
    id: "H3",
    values: choice("last", "every", "none"),
    sentence: "Which requests that the core refuses are answered: only the last of a group may be (B26: none).",
  },
  refusalForgets: {
    id: "D3",
    values: flag,
    sentence: "Whether the partial faults of a group are forgotten when its last request is refused.",
  },
  withoutMemory: {
    id: "H5",
    values: choice("success", "invalid", "failure"),
    sentence: "What is answered when no memory is left for a group.",
  },
  requestHandling: {
    id: "H27",
    values: choice("served", "denied"),
    sentence: "Whether requests go to a core that resolves them, or each last one is answered Failure.",
  },
  checksModes: {
    id: "B34",
    values: flag,
    sentence: "Whether requests in a mode that is not supported are refused: privileged ones, and to execute.",
  },
  needsPasid: {
    id: "2.1",
    values: flag,
    sentence: "Whether the driver refuses requests without PASID, as VT-d and AMD do in 6.12.",
  },
  answersWithPasid: {
    id: "H19",
    values: flag,
    sentence: "Whether software's responses carry the PASID of the request.",
  },
  answerData: {
    id: "B37",
    values: choice("returned", "by-pasid", "cleared", "ignored"),
    sentence:
      "What software's responses say of private data: what it was; zeroes, with a PASID also where none was; or nothing.",
  },
  failureCode: {
    id: "H4",
    values: choice("failure", "reserved", "invalid"),
    sentence: "What goes out on the wire for a failure; reserved is the raw 2 of Linux.",
  },
  interfaceOrder: {
    id: "S18",
    values: choice(...(Object.keys(INTERFACE_ORDERS) as InterfaceOrderName[])),
    sentence: "The steps that turn an interface off and on again, in order.",
  },
  queueOrder: {
    id: "H38",
    values: choice(...(Object.keys(QUEUE_ORDERS) as QueueOrderName[])),
    sentence: "The steps that turn the queue off and on again, in order.",
  },
  configTrap: {
    id: "S31",
    values: choice("emulated", "clamped", "none"),
    sentence: "What becomes of a guest's writes to Enable, Reset and Allocation.",
  },
  recordWrites: {
    id: "H30",
    values: choice("before-tail", "after-tail"),
    sentence: "Whether the tail can be seen before the record that it announces.",
  },
  pollsRecord: {
    id: "H30",
    values: flag,
    sentence: "Whether software waits for a record that is not zero, and zeroes it.",
  },
  afterFailure: {
    id: "S18",
    values: choice("silent", "asks-on"),
    sentence: "What a device does after a Response Failure until it is enabled again; it has to be silent.",
  },
};

export const priControlSizeKnobs: KnobTable<PriControlSizes> = {
  pqEntries: hardwareKnobs.pqEntries,
  creditsPerDev: hardwareKnobs.creditsPerDev,
  itemPages: boundsKnobs.itemPages,
  instances: boundsKnobs.instances,
  usersStop: { id: "bound", values: flag, sentence: "Whether those who ask may be told to stop." },
  refusals: { id: "bound", values: flag, sentence: "Whether software may refuse a request." },
  interfaceRestarts: {
    id: "bound",
    values: flag,
    sentence: "Whether the interface may be turned off and on again.",
  },
  queueRestarts: { id: "bound", values: flag, sentence: "Whether the queue may be turned off and on again." },
  guestConfigures: { id: "bound", values: flag, sentence: "Whether a guest may write to the PRI capability." },
  privateData: { id: "bound", values: flag, sentence: "Whether requests of the first one carry private data." },
  oddModes: { id: "bound", values: flag, sentence: "Whether the second one may ask in modes of all kinds." },
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
