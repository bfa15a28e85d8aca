/** IFD, the second part: the calls of user space, and a VMM that pins on demand. */
import { always, each, leadsTo, optional, sometimes } from "../../../checker/property.ts";
import { EINVAL } from "../../../model/machines/linux/include/iommu.ts";
import type { LockedVmContext } from "../../../model/machines/linux/mm/locked-vm.ts";
import type { DemandPinnerContext } from "../../../model/machines/vmm/demand-pinner.ts";
import type { IoasContext } from "../../../model/machines/linux/iommu/iommufd/fault/ioas.ts";
import type { FaultIntakeContext } from "../../../model/machines/linux/iommu/io-pgfault/fault-intake.ts";
import { coreRule, vfioRule } from "../sources.ts";
import { here, isDemand, isFree, queuesUp, reads, index, queues, handler, reader, writer, KERNEL } from "./parts.ts";

export const ifdCalls = [
  always({
    id: "IFD-14",
    name: "read-counts-whole-groups",
    statement: "The count that a read returns covers whole groups, and their cookies are outstanding.",
    source: coreRule("I22, I23; B14"),
    witness: "IFD-15",
    applies: here(),
    reads: { reader },
    holds: ({ reader: { state, context } }) => state !== "unlocking" || context.counted === context.whole.length,
    values: ({ reader: { context } }) => ({
      counted: context.counted,
      "records of whole groups": context.whole.length,
    }),
  }),
  sometimes({
    id: "IFD-15",
    name: "read-returns-group",
    statement: "A read returns a group.",
    source: coreRule("3.2"),
    applies: here(reads),
    reads: { reader },
    holds: ({ reader: { state, context } }) => state === "unlocking" && context.counted > 0,
  }),
  always({
    id: "IFD-16",
    name: "short-buffer-refused",
    statement:
      "A read with a buffer that is too small for the first group fails, and does not return 0 like the end of the file.",
    source: coreRule("B16"),
    witness: "IFD-17",
    applies: here(),
    reads: { reader },
    holds: ({ reader: { state, context } }) => state !== "unlocking" || !context.tooBig || context.error === EINVAL,
  }),
  sometimes({
    id: "IFD-17",
    name: "short-buffer",
    statement: "A buffer is too small for the first group.",
    source: coreRule("B16"),
    applies: here((host, { itemPages }) => itemPages > 1 && host.faultUser === "anybody"),
    reads: { reader },
    holds: ({ reader: { context } }) => context.tooBig,
  }),
  always({
    id: "IFD-18",
    name: "write-counts-consumed",
    statement: "A write returns how many responses it has consumed, even if a later response is bad.",
    source: vfioRule("I-40, B-30"),
    witness: "IFD-19",
    applies: here(),
    reads: { writer },
    holds: ({ writer: { state, context } }) =>
      state !== "unlocking" || context.done === 0 || context.result === context.done,
    values: ({ writer: { context } }) => ({ returns: context.result, consumed: context.done }),
  }),
  sometimes({
    id: "IFD-19",
    name: "write-bad-cookie",
    statement: "A write names a cookie that is not outstanding, and answers nothing.",
    source: vfioRule("I-40"),
    applies: here((host, bounds) => isFree(host, bounds) && bounds.writeCookies > 0),
    reads: { writer },
    holds: ({ writer: { state, context } }) =>
      state === "unlocking" && context.code === "success" && context.done === 0,
  }),
  leadsTo({
    id: "IFD-24",
    name: "report-not-blocked",
    statement: "The thread that reports faults returns from each report, whatever user space does.",
    source: coreRule("I25, L7; B12"),
    witness: "IFD-25",
    applies: here(),
    reads: { intake: each<FaultIntakeContext>("fault-intake") },
    when: ({ intake }) => intake.context.reporting,
    eventually: ({ intake }) => !intake.context.reporting,
    assumes: KERNEL,
  }),
  sometimes({
    id: "IFD-25",
    name: "report-during-read",
    statement: "A fault is reported while a read is inside the kernel.",
    source: coreRule("I25"),
    applies: here(reads),
    reads: { intake: each<FaultIntakeContext>("fault-intake"), reader },
    holds: ({ intake, reader: r }) => intake.context.reporting && !["idle", "asleep", "locking"].includes(r.state),
  }),
  leadsTo({
    id: "IFD-26",
    name: "read-returns",
    statement: "A read returns, whatever happens to its buffer.",
    source: coreRule("L7; B15"),
    witness: "IFD-15",
    applies: here(),
    reads: { reader },
    when: ({ reader: r }) => !["idle", "asleep"].includes(r.state),
    eventually: ({ reader: r }) => r.state === "idle",
    assumes: KERNEL,
  }),
  always({
    id: "IFD-27",
    name: "no-lost-wakeup",
    statement: "No thread sleeps in poll while a group can be read and no wake-up is on its way.",
    source: coreRule("3.2"),
    witness: "IFD-28",
    applies: here((host, { pollsFd }) => pollsFd && host.faultUser === "anybody"),
    reads: { reader, queues, handler },
    holds: ({ reader: r, queues: all_, handler: h }) =>
      r.state !== "asleep" ||
      h.state === "waking" ||
      !all_.some(
        ({ context: q }) => q.queue === r.context.queue && q.entries.some(({ place }) => place === "delivered"),
      ),
  }),
  sometimes({
    id: "IFD-28",
    name: "thread-in-poll",
    statement: "A thread sleeps in poll.",
    source: coreRule("3.2"),
    applies: here((host, { pollsFd }) => pollsFd && host.faultUser === "anybody"),
    reads: { reader },
    holds: ({ reader: r }) => r.state === "asleep",
  }),
  always({
    id: "IFD-33",
    name: "vmm-success-page-mapped",
    statement: "A VMM that pins on demand responds Success only for a mapped page.",
    source: coreRule("I19"),
    witness: "IFD-34",
    applies: here(isDemand),
    reads: { ioas: each<IoasContext>("ioas") },
    holds: ({ ioas }) => !ioas.context.successWithoutEntry,
  }),
  sometimes({
    id: "IFD-34",
    name: "page-mapped-on-demand",
    statement: "A page is mapped because a device asked for it.",
    source: vfioRule("6.1"),
    applies: here(isDemand),
    reads: { ioas: each<IoasContext>("ioas") },
    holds: ({ ioas }) => ioas.context.mapped.length > 0,
  }),
  always({
    id: "IFD-35",
    name: "demand-pages-charged",
    statement: "Each page that is mapped on demand is pinned, and each pinned page is charged, within the limit.",
    source: vfioRule("I-05, I-07"),
    witness: "IFD-34",
    applies: here(isDemand),
    reads: { ioas: each<IoasContext>("ioas"), account: each<LockedVmContext>("locked-vm") },
    holds: ({ ioas: { context: i }, account: { context: a } }) =>
      a.charged === i.pinned.length && a.charged <= a.limit && i.mapped.every((page) => i.pinned.includes(page)),
  }),
  leadsTo({
    id: "IFD-36",
    name: "vmm-answers-group",
    statement: "A group is answered if the VMM keeps running.",
    source: vfioRule("I-34"),
    witness: "IFD-38",
    applies: here(isDemand),
    reads: { index },
    when: ({ index: i }) => i.state === "waiting",
    eventually: ({ index: i }) => i.state !== "waiting",
    assumes: [...KERNEL, "vmm"],
  }),
  always({
    id: "IFD-39",
    name: "groups-read-in-order",
    statement: "User space reads groups in the order of their arrival, even after a failed copy.",
    source: coreRule("I24"),
    witness: "IFD-40",
    applies: here(),
    reads: { queues },
    holds: ({ queues: all_ }) => all_.every(({ context }) => !context.outOfOrder),
    values: ({ queues: all_ }) => ({
      "not handed over, oldest first": all_.map(({ context }) => [...context.arrived]),
    }),
  }),
  sometimes({
    id: "IFD-41",
    name: "write-answers-success",
    statement: "A write answers a group with Success.",
    source: coreRule("3.2"),
    applies: here((host, sizes) => isFree(host, sizes) && sizes.writeCookies > 0 && sizes.readGroups > 0),
    reads: { writer },
    holds: ({ writer: { context } }) => context.done > 0 && context.code === "success",
  }),
  sometimes({
    id: "IFD-42",
    name: "cookie-zero-read",
    statement: "User space has read a group with cookie 0.",
    source: coreRule("D10"),
    applies: here(
      (host, sizes) => isFree(host, sizes) && sizes.writesZero && sizes.writeCookies > 0 && reads(host, sizes),
    ),
    reads: { queues },
    holds: ({ queues: all_ }) =>
      all_.some(({ context }) => context.entries.some(({ place, cookie }) => place === "outstanding" && cookie === 0)),
  }),
  sometimes({
    id: "IFD-40",
    name: "two-groups-wait",
    statement: "Two groups wait to be read.",
    source: coreRule("I24"),
    applies: here(queuesUp),
    reads: { queues },
    holds: ({ queues: all_ }) =>
      all_.some(({ context }) => context.entries.filter(({ place }) => place === "delivered").length > 1),
  }),
  sometimes({
    id: "IFD-37",
    name: "vmm-evicts-first-mapped",
    statement: "At the limit a VMM takes back the page that it mapped first.",
    source: vfioRule("rows 27, 34"),
    applies: here((host, { slots }) => host.limit > 0 && host.limit < slots && host.reclaim === "direct"),
    reads: { vmm: optional<DemandPinnerContext>("demand-pinner") },
    holds: ({ vmm }) => vmm.some(({ state }) => state === "evicting"),
  }),
] as const;
