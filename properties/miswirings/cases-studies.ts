/** Deliberate defects in the machines of focused models: a case, a test or an action that is missing. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import { actionLeftOut, caseLeftOut, testLeftOut } from "./cases.ts";
import { madeTwice, neverMade, withInput } from "./changes.ts";
import type { Miswiring } from "./miswiring.ts";

type Row = Omit<Miswiring, "request">;

const inRun = (system: string, host: string, set: Request["set"], rows: readonly Row[]): readonly Miswiring[] =>
  rows.map((row) => ({ ...row, request: { system, hardware: ANY_HARDWARE, host, bounds: "small", set } }));

/** VT-d: pci_reset_pri() before pci_disable_pri(). */
const RESET_FIRST = [
  "refuse",
  "drain-queue",
  "drain-thread",
  "fence-responses",
  "remove",
  "reset",
  "disable",
  "accept",
  "await-stopped",
  "allocate",
  "enable",
];

export const studyCases: readonly Miswiring[] = [
  ...inRun("failed-repair", "intended", {}, [
    {
      name: "a handler takes a page that is there for one that is gone",
      change: caseLeftOut({ role: "restore-handler", state: "handling", on: "range.seen", at: 0 }),
      breaks: ["RPR-3"],
    },
  ]),
  ...inRun("address-ranges", "intended", { rangeFaults: true }, [
    {
      name: "the pin loop drops iommu->lock between two batches, and does not call cond_resched()",
      change: actionLeftOut({ role: "pin-loop", state: "pausing", on: "loop.yields", at: 2 }, 0),
      breaks: ["RNG-24"],
    },
    {
      name: "a device requests the page of an access before this one",
      change: actionLeftOut({ role: "range-device", state: "idle", on: "device.touches", at: 0 }, 0),
      breaks: ["RNG-28"],
    },
  ]),
  ...inRun("address-ranges", "linux-6.12.117", { mappingsMost: 2 }, [
    {
      name: "DMA_MAP goes on though its range has an address of another mapping",
      change: caseLeftOut({ role: "range-user", state: "checking", on: "list.checked", at: 0 }),
      breaks: ["RNG-10"],
    },
  ]),
  ...inRun("address-ranges", "intended", { cacheDriver: true }, [
    {
      name: "an mdev driver keeps the pages of its old entry when it pins another guest page",
      change: actionLeftOut({ role: "page-cache-driver", state: "clearing", on: "driver.clears", at: 0 }, 0),
      breaks: ["RNG-34", "RNG-35"],
    },
  ]),
  ...inRun("address-ranges", "intended", { attachProbe: true, reservedWindow: "bottom" }, [
    {
      name: "DMA_MAP goes on when the check of its range has refused it",
      change: caseLeftOut({ role: "range-user", state: "checking", on: "list.checked", at: 0 }),
      breaks: ["RNG-20"],
    },
    {
      name: "the reserved region of a device is not the one that firmware reports",
      change: withInput("new-device", { reserved: [1] }),
      breaks: ["RNG-22"],
    },
  ]),
  ...inRun("table-entries", "linux-6.12.117", {}, [
    {
      name: "an attach or a detach returns after its first step",
      change: testLeftOut({ role: "entry-driver", state: "working", on: "driver.steps", at: 1 }),
      breaks: ["ENT-23"],
    },
  ]),
  ...inRun("stalls", "intended", { streamKind: "pcie", stallEnabled: false }, [
    {
      name: "an SMMU stalls a transaction though stalls are off for its stream",
      change: testLeftOut({ role: "stalled-transaction", state: "trying", on: "page.absent", at: 0 }),
      breaks: ["STM-13"],
    },
  ]),
  ...inRun("mm-events", "hmm", { happens: "updates" }, [
    {
      name: "a fault handler goes on before it has the answer whether the address is valid",
      change: testLeftOut({ role: "mm-event-handler", state: "looking", on: "always", at: 0 }),
      breaks: ["MMX-8"],
    },
  ]),
  ...inRun("mm-events", "hmm", { happens: "copies" }, [
    {
      name: "a fault handler returns Invalid for a page that is in a mapping",
      change: testLeftOut({ role: "mm-event-handler", state: "finding", on: "container.found", at: 0 }),
      breaks: ["MMX-12"],
    },
  ]),
  ...inRun("policies", "coiommu", {}, [
    {
      name: "a driver in a guest leaves its mapping in the shared table",
      change: actionLeftOut({ role: "policy-driver", state: "idle", on: "policy.after-dma", at: 0 }, 0),
      breaks: ["POL-18"],
    },
    {
      name: "the unpin thread reads the word of a page that a balloon wants, and writes it in another step",
      change: caseLeftOut({ role: "policy-unpin", state: "clearing", on: "unpin.clears", at: 0 }),
      breaks: ["POL-17"],
    },
  ]),
  ...inRun(
    "pri-control",
    "linux-6.12.117",
    {
      usersStop: false,
      refusals: false,
      interfaceRestarts: true,
      queueRestarts: false,
      creditsPerDev: 2,
      pqEntries: 4,
      instances: 2,
    },
    [
      {
        name: "a function begins a group whatever the state of its interface",
        change: testLeftOut({ role: "page-request-port", state: "enabled", on: "group.requests", at: 1 }),
        breaks: ["PCL-35"],
      },
      {
        name: "the host grants an interface one credit more than it has",
        change: withInput("control0", { grant: 3 }),
        breaks: ["PCL-9"],
      },
      {
        name: "the interface is reset while it is still enabled, which changes nothing",
        change: withInput("control0", { interfaceOrder: RESET_FIRST }),
        breaks: ["PCL-6"],
      },
    ],
  ),
  ...inRun(
    "accounting",
    "linux-6.1.192",
    { groups: "iommu", mdevDrivers: 0, containers: 2, pages: 2, rlimit: 3, recordFails: true },
    [
      {
        name: "a charge to an mm is never refused",
        change: caseLeftOut({ role: "mm-account", on: "account.charges", at: 0 }),
        breaks: ["ACC-6"],
      },
    ],
  ),
  ...inRun(
    "pri-control",
    "intended",
    { requesters: "functions", stopMethod: "by-waiting", creditsPerDev: 3, pqEntries: 3, oddModes: true },
    [
      {
        name: "the service collects a group before it has looked at the last request of it",
        change: testLeftOut({ role: "request-service", state: "inspecting", on: "service.takes", at: 1 }),
        breaks: ["PCL-33"],
      },
    ],
  ),
  ...inRun("accounting", "linux-6.1.192", { oddPage: "mmio" }, [
    {
      name: "a driver's pin takes every page for one that the pin list has",
      change: testLeftOut({ role: "page-pinning", state: "getting", on: "dma.found", at: 0 }),
      breaks: ["ACC-34"],
    },
  ]),
  ...inRun("accounting", "intended", { closes: true, repins: true, recordFails: true }, [
    {
      name: "a pin is not entered in the list, so that the release of its container does not find it",
      change: actionLeftOut({ role: "page-pinning", state: "recording", on: "pinning.records", at: 0 }, 0),
      breaks: ["ACC-15"],
    },
  ]),
  ...inRun(
    "accounting",
    "rfc-v1",
    { groups: "iommu", mdevDrivers: 0, pages: 1, rlimit: 1, fate: "execs", vaddrUpdates: true },
    [
      {
        name: "a fault handler takes no lock against an update of the address",
        change: (system) =>
          neverMade("accounted-fault", "lock.releases")(neverMade("accounted-fault", "lock.acquires")(system)),
        breaks: ["ACC-12"],
      },
    ],
  ),
  ...inRun("rfc", "intended", { mixedContainer: "refused", secondDevice: "full", foreignUser: true }, [
    {
      name: "VFIO enables IOMMU_DEV_FEAT_IOPF of a device where another user has enabled it",
      change: caseLeftOut({ role: "iopf-device", on: "device.enables-feature", at: 0 }),
      breaks: ["LFC-12"],
    },
  ]),
  ...inRun("lru-limit", "thread-periodic", {}, [
    {
      name: "the reclaim thread never begins a check",
      change: caseLeftOut({ role: "reclaim-thread", state: "idle", on: "reclaim.locks", at: 0 }),
      breaks: ["LRU-16"],
    },
  ]),
  ...inRun(
    "nested",
    "intended",
    { pages: 3, itemPages: 3, physicalEntries: 3, virtualEntries: 3, guestTeardowns: 0, stageChanges: false, slots: 1 },
    [
      {
        name: "each request is collected as a group, whether it has the Last flag or not",
        change: testLeftOut({ role: "stage-router", state: "collecting", on: "router.collects", at: 0 }),
        breaks: ["NST-7"],
      },
    ],
  ),
  ...inRun("selective", "intended", { unmaps: false, reclaims: false, rings: 1, pages: 3, ringPlaces: 2, limit: 2 }, [
    {
      name: "a mediator leaves out the last step of its plan",
      change: actionLeftOut({ role: "mediator", state: "working", on: "mediator.steps", at: 1 }, 0),
      breaks: ["SEL-8"],
    },
  ]),
  ...inRun("selective", "intended", { unmaps: true }, [
    {
      name: "DMA_UNMAP ends its walk before the last page that is mapped",
      change: testLeftOut({ role: "notifying-vmm", state: "unmap.walking", on: "container.next", at: 0 }),
      breaks: ["SEL-11"],
    },
  ]),
  ...inRun(
    "iommufd",
    "intended",
    {
      faultQueues: 1,
      instances: 1,
      deviceDetaches: false,
      itemPages: 2,
      copiesFail: true,
      bufferFaults: true,
      pollsFd: true,
      writeCookies: 2,
    },
    [
      {
        name: "poll() of a fault queue sleeps though a group can be read",
        change: testLeftOut({ role: "fault-reader", state: "idle", on: "deliver.seen", at: 0 }),
        breaks: ["IFD-27"],
      },
      {
        name: "the IOPF core takes each request for the last of its group",
        change: caseLeftOut({ role: "reporter", state: "taking-reference", on: "param.got", at: 0 }),
        breaks: ["GRP-8"],
      },
    ],
  ),
  ...inRun("translation-caches", "linux-6.12.117", { tableFree: "after-flush", httu: "accessed" }, [
    {
      name: "an invalidation leaves the caches of intermediate tables as they are",
      change: actionLeftOut({ role: "table-walker", on: "walks.flushes", at: 0 }, 0),
      breaks: ["TLB-15"],
    },
    {
      name: "a page request gets lost before the IOMMU, and its device waits for the response",
      change: actionLeftOut({ role: "caching-device", state: "settling", on: "device.goes-on", at: 1 }, 0),
      breaks: ["TLB-18"],
    },
  ]),
  ...inRun("translation-caches", "intended", { atcInvTimeout: "never" }, [
    {
      name: "a device goes on as if its access had arrived, and leaves it in flight",
      change: actionLeftOut({ role: "caching-device", state: "in-flight", on: "device.arrives", at: 0 }, 0),
      breaks: ["TLB-16"],
    },
  ]),
  ...inRun("fault-object", "intended", {}, [
    {
      name: "the allocation of a fault object fails at a step behind its publication",
      change: testLeftOut({ role: "object-creator", state: "creating", on: "creator.fails", at: 0 }),
      breaks: ["OBJ-13"],
    },
  ]),
  ...inRun("events-queue", "intended", {}, [
    {
      name: "each event that was read is taken off the count of a vEVENTQ twice",
      change: madeTwice("veventq-reader", "vevent.is-read"),
      breaks: ["VEQ-3"],
    },
    {
      name: "read() of a vEVENTQ returns EINVAL for a buffer of any size",
      change: testLeftOut({ role: "veventq-reader", state: "opening", on: "reader.finds-file", at: 1 }),
      breaks: ["VEQ-8"],
    },
    {
      name: "read() of a vEVENTQ leaves the event that it copies in the list",
      change: actionLeftOut({ role: "veventq", on: "vevent.fetches", at: 0 }, 0),
      breaks: ["VEQ-8"],
    },
  ]),
];
