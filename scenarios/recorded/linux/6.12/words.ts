/** From the messages of our machines to the events of a recording of Linux 6.12. */
import type { Json, Message } from "../../../../checker/json.ts";
import type { Fault } from "../../../../model/machines/linux/include/iommu.ts";
import {
  pending,
  users,
  type FaultParamContext,
} from "../../../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";

/** A group of a device, as machines name it. */
type Named = { readonly device: number; readonly group: number };

/** Recordings number the groups in the order of their delivery; machines use the lowest unused id of the device. */
export class Tokens {
  readonly #tokens = new Map<string, number>();
  #delivered = 0;

  deliver(message: Message): number {
    this.#delivered += 1;
    this.#tokens.set(this.#key(message), this.#delivered);
    return this.#delivered;
  }

  of(named: Named | Message): number | null {
    return this.#tokens.get(this.#key(named)) ?? null;
  }

  named(token: number): Named | undefined {
    const found = [...this.#tokens].find(([, value]) => value === token);
    const [device, group] = found?.[0].split(":").map(Number) ?? [];
    return device === undefined || group === undefined ? undefined : { device, group };
  }

  free(message: Message): void {
    this.#tokens.delete(this.#key(message));
  }

  #key(named: Named | Message): string {
    const { device, group } = named as Named;
    return `${device}:${group}`;
  }
}

/** What a recording says of a message of the core; undefined when it says nothing of it. */
export function coreWord(message: Message, tokens: Tokens): Json | undefined {
  switch (message.type) {
    case "driver.page-response":
      return {
        ev: "response",
        dev: message["device"]!,
        grp: message["grp"]!,
        pasid: message["pasid"]!,
        code: String(message["code"]).toUpperCase(),
        g: tokens.of(message),
        last: message["last"]!,
      };
    case "work.runs":
      return { ev: "work_run", g: tokens.of(message) };
    case "group.frees":
      tokens.free(message);
      return undefined;
    case "kernel.warns":
      return { ev: "warn_on", in: message["in"]! };
    case "kernel.logs": {
      const msg = `iopf with pasid ${Number(message["pasid"])} aborted`;
      return { ev: "log", level: "warn", dev: message["device"]!, msg };
    }
    case "allocation.fails":
      return { ev: "alloc_fail", in: message["in"]! };
    default:
      return undefined;
  }
}

/** A group reaches a handler; `via` is the handler's name in recordings. */
export function deliverWord(message: Message, tokens: Tokens, via: string): Json {
  const g = tokens.deliver(message);
  const members = message["members"] as readonly Fault[];
  const { device, grp, pasid } = members.at(-1)!;
  const pages = members.map(({ page, perm, pasid: own, last }) => ({ addr: page, perm, pasid: own, last }));
  return { ev: "deliver", g, dev: device, grp, pasid, via, count: members.length, pages };
}

export function state612(context: FaultParamContext, tokens: Tokens): Json {
  const { device: dev, queue, partial } = context;
  if (queue === null) return { ev: "state", dev, iopf: false };
  return {
    ev: "state",
    dev,
    iopf: true,
    users: users(context),
    partial: partial.map(({ grp, pasid, page }) => ({ grp, pasid, addr: page })),
    pending: pending(context).map(({ id }) => tokens.of({ device: dev, group: id })),
  };
}
