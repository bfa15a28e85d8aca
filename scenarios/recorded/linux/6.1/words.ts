/** From the messages of our machines to the events of a recording of Linux 6.1. */
import type { Json, Message } from "../../../../checker/json.ts";
import { EXECUTE, WRITE, type Fault } from "../../../../model/machines/linux/include/iommu.ts";
import type { DeviceFaultDataContext } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/device-fault-data-messages.ts";

/** What the recording says of the message on its way to the component; undefined when it says nothing of it. */
export function event61(message: Message, to: string): Json | undefined {
  switch (message.type) {
    case "handler.called": {
      if (to !== "test-handler") return undefined;
      const { device, grp, pasid, page, last } = message["fault"] as Fault;
      const type = message["unrecoverable"] === true ? 1 : 2;
      return { ev: "handler", dev: device, type, grp, pasid, addr: page, last };
    }
    case "work.begun":
      return deliver(message["members"] as readonly Fault[]);
    case "mm.faults": {
      const { mm, page, perm, user, ok } = message as unknown as {
        mm: number;
        page: number;
        perm: number;
        user: boolean;
        ok: boolean;
      };
      return { ev: "mm_fault", mm, addr: page, write: (perm & WRITE) !== 0, exec: (perm & EXECUTE) !== 0, user, ok };
    }
    case "driver.page-response":
      return {
        ev: "response",
        dev: message["device"]!,
        grp: message["grp"]!,
        pasid: message["pasid"]!,
        resp_pasid: message["responsePasid"]!,
        code: String(message["code"]).toUpperCase(),
        addr: message["page"]!,
      };
    case "kernel.logs":
      return { ev: "log", level: "warn", dev: message["device"]!, msg: "no pending PRQ, drop response" };
    case "allocation.fails":
      return { ev: "alloc_fail", in: message["in"]! };
    default:
      return undefined;
  }
}

function deliver(members: readonly Fault[]): Json {
  const { device, grp, pasid } = members.at(-1)!;
  const pages = members.map((member) => ({
    addr: member.page,
    perm: member.perm,
    pasid: member.pasid,
    last: member.last,
  }));
  return { ev: "deliver", dev: device, grp, pasid, via: "sva", count: members.length, pages };
}

export function state61({ device, queue, handler, partial, pending }: DeviceFaultDataContext): Json {
  const brief = ({ grp, pasid, page }: Fault): Json => ({ grp, pasid, addr: page });
  return {
    ev: "state",
    dev: device,
    iopf: queue !== null,
    handler: handler !== null,
    partial: partial.map(brief),
    pending: pending.map(({ fault }) => brief(fault)),
  };
}
