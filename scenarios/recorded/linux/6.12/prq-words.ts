/** From the messages of VT-d's machines to the events of a recording. */
import type { Json, Message } from "../../../../checker/json.ts";
import type { PageGroupResponse } from "../../../../model/machines/linux/iommu/drivers/response-encoder.ts";
import type { PrqLog } from "../../../../model/machines/linux/iommu/drivers/prq-thread-messages.ts";
import type { PageRequest } from "../../../../model/units.ts";

const IOMMU = "dmar0";
/** The requester id of device 0 in the recordings. */
const FIRST_RID = 256;

const LOG: { readonly [line in Exclude<PrqLog["line"], "invalid-request">]: readonly [level: string, text: string] } = {
  "no-pasid": ["err", "Page request without PASID"],
  "not-canonical": ["err", "Address is not canonical"],
  privileged: ["err", "Page request in Privilege Mode"],
  execute: ["err", "Execution request not supported"],
  "overflow-detected": ["info", "PRQ overflow detected"],
  "overflow-cleared": ["info", "PRQ overflow cleared"],
};

/** The two words of a page request descriptor (VT-d 7.4.1) as the kernel prints them: "%08llx %08llx". */
function descriptor({ device, pasid, prgi, page, read, write, last, mode }: PageRequest): string {
  const bit = (set: boolean | undefined, at: bigint): bigint => BigInt(set === true) << at;
  const low = [
    1n,
    bit(pasid !== null, 8n),
    BigInt(FIRST_RID + device) << 16n,
    BigInt(pasid ?? 0) << 32n,
    bit(mode?.endsWith("execute"), 52n),
    bit(mode?.startsWith("privileged"), 53n),
  ];
  const high = [bit(read, 0n), bit(write, 1n), bit(last, 2n), BigInt(prgi) << 3n, BigInt(page)];
  return [low, high]
    .map((bits) =>
      bits
        .reduce((sum, it) => sum | it)
        .toString(16)
        .padStart(8, "0"),
    )
    .join(" ");
}

function logged(log: PrqLog): Json {
  if (log.line === "invalid-request")
    return { ev: "log", level: "err", msg: `${IOMMU}: Invalid page request: ${descriptor(log.request)}` };
  const [level, text] = LOG[log.line];
  return { ev: "log", level, msg: `IOMMU: ${IOMMU}: ${text}` };
}

/** What a recording says of the message; undefined: nothing. */
export function prqWord(message: Message): Json | undefined {
  switch (message.type) {
    case "command.responds": {
      const { device, pasid, prgi, wireCode, last } = message as PageGroupResponse;
      return {
        ev: "qi_pgrp_resp",
        rid: FIRST_RID + device,
        pasid_present: pasid !== null,
        pasid: pasid ?? 0,
        code: wireCode,
        prg: prgi,
        lpig: last,
      };
    }
    case "thread.logs":
      return logged(message as PrqLog);
    case "prq.clears-overflow":
      return { ev: "pro_cleared" };
    case "completion.waits":
      return { ev: "prq_thread", from: "wait" };
    case "command.drains":
      return { ev: "qi_drain", n: (message["descriptors"] as readonly string[]).length };
    default:
      return undefined;
  }
}
