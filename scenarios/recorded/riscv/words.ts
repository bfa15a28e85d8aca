/** Between the words of the recordings of a RISC-V IOMMU and the messages of our machines. */
import type { Json, Message } from "../../../checker/json.ts";
import type { ResponseCode } from "../../../model/units.ts";
import type { RiscvRegisters, RiscvStep } from "./schema.ts";

const PAGE_SIZE = 4096;
const WIRE: { readonly [Code in ResponseCode]: number } = { success: 0, invalid: 1, failure: 15 };

export const pageOf = (address: number): number => Math.floor(address / PAGE_SIZE);
const codeOf = (wire: number): ResponseCode =>
  (Object.keys(WIRE) as ResponseCode[]).find((code) => WIRE[code] === wire)!;

/** The command that software puts into the command queue, if the operation is one. */
export function commandOf(step: RiscvStep, domain: number): Message | undefined {
  switch (step.op) {
    case "device":
      return { type: "command.invalidates-configuration", device: step.device };
    case "invalidateIotlb":
      return { type: "command.invalidates-iotlb", page: pageOf(step.address), domain };
    case "invalidateAtc":
      return { type: "command.invalidates-atc", page: pageOf(step.address), device: step.device };
    case "fence":
      return { type: "command.fences", owner: "software" };
    case "respond": {
      const { device, pasid, prgi, code } = step;
      return { type: "command.responds", device, pasid, prgi, code: codeOf(code), instance: 0 };
    }
    case "pageRequest":
    case "pop":
    case "clearOverflow":
    case "clearInterrupt":
    case "enableQueue":
    case "memoryFault":
    case "map":
    case "unmap":
    case "translate":
    case "invalidateAtcComplete":
      return undefined;
  }
}

/** What devices and software do without a command: the component that takes it, and the event. */
export function eventOf(step: RiscvStep): { readonly component: string; readonly event: Message } | undefined {
  const prq = (event: Message) => ({ component: "prq", event });
  switch (step.op) {
    case "device":
      return prq({ type: "prq.configures-device", device: step.device, pri: step.pri, prpr: step.prpr });
    case "pageRequest": {
      const { device, pasid, prgi, read, write, last, address } = step;
      return prq({ type: "pri.request", device, pasid, prgi, page: pageOf(address), read, write, last, instance: 0 });
    }
    case "pop":
      return prq({ type: "prq.pops" });
    case "clearOverflow":
      return prq({ type: "prq.clears-overflow" });
    case "clearInterrupt":
      return prq({ type: "prq.clears-interrupt" });
    case "enableQueue":
      return prq({ type: step.on ? "prq.enables" : "prq.disables" });
    case "memoryFault":
      return prq({ type: "prq.faults-memory", on: step.on });
    case "invalidateAtcComplete": {
      const { device, itag, completions } = step;
      return { component: "iommu", event: { type: "atc.invalidation-completed", device, itag, completions } };
    }
    case "map":
    case "unmap":
    case "translate":
    case "invalidateIotlb":
    case "invalidateAtc":
    case "fence":
    case "respond":
      return undefined;
  }
}

/** What the recording says of a message; undefined when it says nothing of it. */
export function recordedAs(message: Message): { readonly [field: string]: Json } | undefined {
  switch (message.type) {
    case "pri.response": {
      const { device, pasid = null, prgi, code } = message as Message & { readonly code: ResponseCode };
      return { event: "pageResponse", device: device!, pasid, prgi: prgi!, code: WIRE[code] };
    }
    case "prq.record": {
      const { device, pasid, prgi, page, read, write, last } = message as { readonly [field: string]: Json };
      const address = Number(page) * PAGE_SIZE;
      return {
        event: "record",
        device: device!,
        pasid: pasid!,
        read: read!,
        write: write!,
        last: last!,
        prgi: prgi!,
        address,
      };
    }
    case "prq.empty":
      return { event: "empty" };
    case "ats.completion": {
      const { present, writable, frame } = message;
      return { event: "translated", status: 0, read: present!, write: writable!, ...(present && { frame: frame! }) };
    }
    case "access.granted":
      return { event: "translated", status: 0, frame: message["frame"]! };
    case "access.faults":
      return { event: "translated", status: 1, read: false, write: false };
    case "atc.invalidation-request":
      return {
        event: "atcInvalidate",
        device: message["device"]!,
        itag: message["itag"]!,
        address: Number(message["page"]) * PAGE_SIZE,
      };
    case "fence.completed":
      return { event: "fenceComplete" };
    case "atc.completion-unexpected":
    case "prq.interrupt":
    case "prq.registers":
    case "configuration.invalidates":
    case "iotlb.invalidates":
    case "iotlb.invalidated":
      return undefined;
    default:
      return message;
  }
}

export const registersOf = (message: Message): RiscvRegisters => {
  const { head, tail, enabled, on, overflow, memoryFault, pending } = message as Message & {
    readonly [field in "head" | "tail"]: number;
  } & { readonly [field in "enabled" | "on" | "overflow" | "memoryFault" | "pending"]: boolean };
  return { head, tail, enabled, on, overflow, memoryFault, interruptPending: pending };
};
