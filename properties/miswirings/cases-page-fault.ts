/** Deliberate defects in the machines of the page fault systems: a case, a test or an action that is missing. */
import type { Request } from "../build.ts";
import { actionLeftOut, caseLeftOut, testLeftOut } from "./cases.ts";
import type { Miswiring } from "./miswiring.ts";

type Row = Omit<Miswiring, "request">;

const inRun = (
  system: string,
  hardware: string,
  host: string,
  set: Request["set"],
  rows: readonly Row[],
): readonly Miswiring[] => rows.map((row) => ({ ...row, request: { system, hardware, host, bounds: "small", set } }));

const GROUPS = "rfc-v1-on-groups";

export const pageFaultCases: readonly Miswiring[] = [
  ...inRun("pin-limit", "vtd", GROUPS, {}, [
    {
      name: "a charge to locked_vm is never refused",
      change: caseLeftOut({ role: "locked-vm", on: "account.charges", at: 0 }),
      breaks: ["PIN-1"],
    },
  ]),
  ...inRun("pin-limit", "vtd", "rfc-v1", { itemPages: 2 }, [
    {
      name: "the page request queue does not look whether its ring is full",
      change: caseLeftOut({ role: "prq", state: "accepting", on: "pri.request", at: 4 }),
      breaks: ["PRQ-1"],
    },
    {
      name: "the page request queue goes on when its overflow flag is set",
      change: caseLeftOut({ role: "prq", state: "overflowed", on: "pri.request", at: 4 }),
      breaks: ["PRQ-1"],
    },
  ]),
  ...inRun("pri-overflow", "smmu-pri", GROUPS, { creditsPerDev: 1, slots: 2, itemPages: 1 }, [
    {
      name: "a device with one credit sends the last request of a group without taking it",
      change: actionLeftOut({ role: "prg-slot", state: "requesting", on: "slot.requests", at: 0 }, 0),
      breaks: ["PRQ-4"],
    },
  ]),
  ...inRun("pri-flat", "vtd", GROUPS, {}, [
    {
      name: "a device sends the last request of a group without taking a credit",
      change: actionLeftOut({ role: "prg-slot", state: "requesting", on: "slot.requests", at: 0 }, 0),
      breaks: ["CRD-1", "CRD-2"],
    },
    {
      name: "the IOPF core keeps the last request of a group as a partial fault",
      change: testLeftOut({ role: "reporter", state: "taking-reference", on: "param.got", at: 0 }),
      breaks: ["GRP-9"],
    },
  ]),
  ...inRun("pri-flat", "vtd", GROUPS, { itemPages: 2 }, [
    {
      name: "the handler returns Success after the first page that it has mapped",
      change: testLeftOut({ role: "fault-resolver", state: "marking", on: "resolver.marks", at: 0 }),
      breaks: ["RSP-10"],
    },
  ]),
  ...inRun("pri-flat", "vtd", "rfc-v1", { itemPages: 2 }, [
    {
      name: "Linux 6.1 frees its copy of a fault when the handler has taken the fault",
      change: testLeftOut({ role: "reporter", state: "in-handler", on: "handler.returns", at: 0 }),
      breaks: ["MEM-6"],
    },
  ]),
  ...inRun("pin-limit", "vtd", GROUPS, { reclaim: "direct" }, [
    {
      name: "a release of a page goes on without waiting for its fence",
      change: caseLeftOut({ role: "page-release", state: "releasing", on: "release.steps", at: 0 }),
      breaks: ["CMD-1"],
    },
  ]),
  ...inRun("pin-limit", "vtd", GROUPS, { reclaim: "periodic", slots: 1 }, [
    {
      name: "the reclaim thread takes every level for one within the limit",
      change: caseLeftOut({ role: "reclaim-thread", state: "comparing", on: "account.level", at: 0 }),
      breaks: ["PIN-12"],
    },
  ]),
  ...inRun("pin-limit", "smmu-stall", GROUPS, { reclaim: "direct" }, [
    {
      name: "the IOPF core keeps a stall as a partial fault",
      change: testLeftOut({ role: "reporter", state: "taking-reference", on: "param.got", at: 0 }),
      breaks: ["GRP-9", "STL-5"],
    },
  ]),
  ...inRun("unmap-race", "smmu-stall", GROUPS, { core: "6.12", reclaim: "none", commands: 4 }, [
    {
      name: "the IOPF core answers a stall that its handler has taken",
      change: caseLeftOut({ role: "reporter", state: "in-handler", on: "handler.returns", at: 0 }),
      breaks: ["STL-1", "STL-2", "STL-3"],
    },
  ]),
  ...inRun("mmu-notifier", "smmu-stall", "rfc-v2", {}, [
    {
      name: "an unmap leaves the page table entry present",
      change: actionLeftOut({ role: "translation", on: "translation.unmaps", at: 0 }, 0),
      breaks: ["NTF-1", "NTF-2"],
    },
    {
      name: "a handler with transient pins reads the sequence count, and takes no lock",
      change: testLeftOut({ role: "unpinned-resolver", state: "idle", on: "resolver.starts", at: 0 }),
      breaks: ["LCK-8"],
    },
    {
      name: "a handler returns before it has dropped its transient pin",
      change: testLeftOut({ role: "unpinned-resolver", state: "putting", on: "always", at: 0 }),
      breaks: ["NTF-7"],
    },
  ]),
  ...inRun("mmu-notifier", "vtd", "hmm", { pages: 1, instances: 1, commands: 1 }, [
    {
      name: "an ATC completes an invalidation whenever an access ends",
      change: testLeftOut({ role: "atc-entry", on: "dma.retires", at: 0 }),
      breaks: ["NTF-8"],
    },
  ]),
  ...inRun("mmu-notifier", "smmu-stall", "hmm", { unmaps: true, pages: 1, slots: 1, workers: 1 }, [
    {
      name: "DMA_UNMAP takes no lock, and DMA_MAP does",
      change: actionLeftOut({ role: "vmm", state: "unmap.locking", on: "vmm.locks", at: 0 }, 0),
      breaks: ["LCK-2"],
    },
  ]),
];
