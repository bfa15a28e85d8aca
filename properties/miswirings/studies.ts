/**
 * Deliberate defects in the wiring of focused models: a call that a role never makes, or makes twice. Each is a second way to
 * break its claims.
 */
import { ANY_HARDWARE, type Request } from "../build.ts";
import { madeTwice, neverMade } from "./changes.ts";
import type { Miswiring } from "./miswiring.ts";

const CHANGES = { never: neverMade, twice: madeTwice } as const;

type Row = readonly [how: keyof typeof CHANGES, role: string, call: string, breaks: readonly string[]];

/** In a run of the suite, what each row breaks; in words: "stall-page never makes the call page.granted". */
const inRun = (system: string, host: string, set: Request["set"], rows: readonly Row[]): readonly Miswiring[] =>
  rows.map(([how, role, call, breaks]) => ({
    name: how === "never" ? `${role} never makes the call ${call}` : `${role} makes the call ${call} twice`,
    request: { system, hardware: ANY_HARDWARE, host, bounds: "small", set },
    change: CHANGES[how](role, call),
    breaks,
  }));

export const studyMiswirings: readonly Miswiring[] = [
  ...inRun("table-entries", "intended", { deviceHasAts: false, stallModel: "forced" }, [
    ["never", "entry-driver", "entry.clears-present", ["ENT-12", "ENT-14"]],
    ["twice", "entry-driver", "table.drops", ["ENT-5", "ENT-6"]],
  ]),
  ...inRun("table-entries", "intended", {}, [
    ["never", "entry-driver", "ats.turns-on", ["ENT-9", "ENT-13"]],
    ["never", "entry-driver", "ats.turns-off", ["ENT-21"]],
  ]),
  ...inRun("large-pages", "intended", {}, [["never", "large-page-handler", "range.is-flushed", ["LPG-9"]]]),
  ...inRun("failed-repair", "intended", {}, [["never", "retrying-device", "fault.is-raised", ["RPR-4"]]]),
  ...inRun("virtual-ids", "intended", {}, [
    ["never", "call-thread", "object.refs", ["VID-7", "VID-11"]],
    ["twice", "call-thread", "object.unrefs", ["VID-7", "VID-11"]],
    ["never", "call-thread", "driver.attaches", ["VID-1"]],
  ]),
  ...inRun("queue-pages", "intended", { mapCalls: 1 }, [
    ["never", "call-thread", "ioas.pins", ["HWQ-1", "HWQ-5"]],
    ["never", "call-thread", "ioas.unpins", ["HWQ-5"]],
    ["never", "call-thread", "driver.drops-hw-queue", ["HWQ-1"]],
    ["never", "call-thread", "object.unrefs", ["HWQ-8"]],
    ["twice", "call-thread", "object.refs", ["HWQ-8"]],
  ]),
  ...inRun("queue-pages", "intended", { queues: 2, queueCalls: 3, mapCalls: 0 }, [
    ["never", "mock-viommu", "object.refs", ["HWQ-10"]],
    ["never", "call-thread", "object.allocates", ["HWQ-10"]],
  ]),
  ...inRun("table-levels", "intended", {}, [["never", "table-user", "top.is-written", ["LVL-12"]]]),
  ...inRun("pasid-tables", "intended", { tableCallsFail: false, userAnswers: false }, [
    ["twice", "pasid-thread", "iopf.disables", ["PAS-10"]],
    ["never", "pasid-thread", "iopf.disables", ["PAS-7", "PAS-19"]],
    ["never", "pasid-thread", "entry.sets", ["PAS-11"]],
  ]),
  ...inRun("pasid-tables", "intended", { tableCallsFail: false }, [
    ["never", "answering-user", "lock.releases", ["PAS-17"]],
  ]),
  ...inRun("numbers-again", "intended", {}, [
    ["twice", "number-owner", "number.frees", ["NUM-5"]],
    ["never", "number-owner", "device.stops", ["NUM-9"]],
  ]),
  ...inRun("policies", "pin-all", {}, [["never", "policy-device", "access.begins", ["POL-6"]]]),
  ...inRun("stalls", "intended", { stallExits: true, stallDowngrade: true, recordLoss: "never" }, [
    ["never", "stall-page", "page.granted", ["STM-15"]],
  ]),
  ...inRun("group-open", "intended", { opensVm: false, driverPins: true, groupDevices: 2 }, [
    ["never", "group-caller", "object.begins", ["GOP-17"]],
  ]),
  ...inRun("address-ranges", "intended", { attachProbe: true, reservedWindow: "bottom" }, [
    ["never", "pin-loop", "domain.maps", ["RNG-12"]],
  ]),
  ...inRun("address-ranges", "intended", { cacheDriver: true }, [["never", "range-user", "lock.releases", ["RNG-37"]]]),
  ...inRun("address-ranges", "linux-6.12.117", { rangeFaults: true, mappingsMost: 1, aperture: "below-the-top" }, [
    ["never", "range-user", "lock.releases", ["RNG-33"]],
    ["never", "pin-loop", "domain.maps", ["RNG-30"]],
  ]),
  ...inRun(
    "iommufd",
    "linux-6.12.117",
    {
      slots: 1,
      itemPages: 1,
      instances: 1,
      pollsFd: false,
      faultQueues: 1,
      fdCloses: true,
      writeCookies: 0,
      readGroups: 0,
    },
    [
      ["never", "fault-intake", "driver.reports-fault", ["IFD-22"]],
      ["never", "control-thread", "intake.blocks", ["IFD-30"]],
      ["twice", "group-index", "pri.request", ["IFD-1"]],
    ],
  ),
  ...inRun("dirty-log", "rfc-v3", { driverPins: false }, [
    ["never", "log-user", "lock.releases", ["DRT-6", "DRT-8", "DRT-9"]],
    ["never", "log-user", "log.allocates", ["DRT-4"]],
    ["twice", "log-user", "log.attaches", ["DRT-2"]],
  ]),
  ...inRun("dirty-log", "linux-6.1.192", {}, [
    ["never", "log-user", "lock.releases", ["DRT-7"]],
    ["twice", "log-user", "log.detaches", ["DRT-3"]],
  ]),
  ...inRun("iommufd", "demand-pin", {}, [
    ["never", "group-index", "pri.request", ["IFD-36"]],
    ["never", "demand-pinner", "ioas.pins", ["IFD-35"]],
    ["never", "demand-pinner", "ioas.maps", ["IFD-33"]],
  ]),
  ...inRun(
    "accounting",
    "linux-6.1.192",
    { groups: "iommu", mdevDrivers: 0, pages: 1, rlimit: 1, fate: "forks", vaddrUpdates: true },
    [["never", "page-putting", "dma.unmaps", ["ACC-10"]]],
  ),
  ...inRun(
    "accounting",
    "rfc-v1",
    { groups: "iommu", mdevDrivers: 0, pages: 1, rlimit: 1, fate: "execs", vaddrUpdates: true },
    [["never", "type1-user", "lock.releases", ["ACC-18"]]],
  ),
  ...inRun("rfc", "rfc-v1", {}, [
    ["never", "ioctl-thread", "device.enables-feature", ["LFC-29"]],
    ["never", "ioctl-thread", "device.unregisters", ["LFC-10"]],
    ["twice", "fault-reporter", "access.answered", ["LFC-14"]],
  ]),
  ...inRun("selective", "intended", {}, [
    ["never", "ring-resolver", "lock.acquires", ["SEL-22"]],
    ["twice", "ring-resolver", "container.marks", ["MAP-3"]],
    ["twice", "notifying-vmm", "container.links", ["MAP-6"]],
  ]),
  ...inRun("selective", "intended", { unmaps: false, reclaims: false, rings: 1, pages: 3, ringPlaces: 2, limit: 2 }, [
    ["never", "eviction", "host.unpins", ["SEL-21"]],
  ]),
  ...inRun(
    "selective",
    "intended",
    { unmaps: false, rings: 1, pages: 2, ringPlaces: 1, guestDiscards: "coordinated" },
    [["never", "mediator", "lock.acquires", ["SEL-14"]]],
  ),
  ...inRun("attachments", "intended", { attachesPasid: true, pageTables: 1, groupDevices: 1 }, [
    ["never", "attach-thread", "lock.releases", ["ATT-19"]],
    ["never", "attach-thread", "group.stores", ["ATT-4", "ATT-29"]],
    ["never", "attach-thread", "reports.answers", ["ATT-21"]],
  ]),
  ...inRun("attachments", "intended", { deviceOwnFaults: true }, [
    ["never", "attach-thread", "group.looks", ["ATT-22"]],
  ]),
  ...inRun("lifetimes", "linux-6.12.117-amd", { slots: 1, userAnswers: false, iopfToggles: false }, [
    ["never", "request-thread", "object.gets", ["REF-10", "REF-20"]],
    ["never", "request-thread", "driver.reports-fault", ["REF-13"]],
  ]),
  ...inRun("lifetimes", "intended", {}, [["never", "request-thread", "device.looks-up", ["REF-11", "REF-16"]]]),
  ...inRun(
    "lru-limit",
    "thread-direct",
    { itemScript: "belady", devices: 1, hotPages: 5, itemPages: 1, guestPages: 30, lockedPages: 0, extraPages: 0 },
    [["never", "fault-resolver", "translation.maps", ["LRU-18"]]],
  ),
  ...inRun("lru-limit", "intended", { itemPages: 1, hotPages: 3, guestPages: 10, extraPages: 10, lockedPages: 1 }, [
    ["never", "work-item", "grants.used", ["LRU-15"]],
    ["twice", "locked-pages", "account.locks-down", ["LRU-1"]],
  ]),
  ...inRun("lru-limit", "thread-periodic", {}, [["never", "fault-resolver", "container.marks", ["LRU-2"]]]),
  ...inRun(
    "nested",
    "intended",
    { guestTeardowns: 0, stageChanges: false, slots: 1, pages: 1, itemPages: 1, guestManner: "bad-code" },
    [["never", "guest-fault-queue", "faults.delivered", ["NST-23"]]],
  ),
  ...inRun(
    "nested",
    "intended",
    {
      pages: 1,
      itemPages: 1,
      slots: 1,
      guestTeardowns: 0,
      stageChanges: false,
      guestUnmaps: 1,
      verdictKept: "until-invalidation",
      httu: "accessedAndDirty",
      tableMapping: "read-only",
    },
    [["never", "two-stages", "guest.invalidates", ["NST-32"]]],
  ),
  ...inRun("fault-object", "intended", {}, [["never", "object-creator", "file.awaits-gone", ["OBJ-10"]]]),
  ...inRun("two-consumers", "intended", { deviceFaultPath: "device-specific", svaGroupPages: 1 }, [
    ["never", "shared-prq", "prq.record", ["CON-10"]],
    ["twice", "shared-fault-queue", "driver.page-response", ["CON-3"]],
    ["twice", "consumer-slot", "pri.request", ["CON-7"]],
  ]),
  ...inRun("teardown", "intended", { handledBy: "user" }, [["never", "teardown-thread", "param.removes", ["TRD-24"]]]),
  ...inRun("pri-control", "intended", { guestConfigures: true, privateData: true }, [
    ["never", "page-request-port", "pri.request", ["PCL-19"]],
  ]),
  ...inRun("policies", "viommu", {}, [
    ["never", "policy-guest", "policy.before-dma", ["POL-7"]],
    ["never", "policy-hold", "container.marks", ["POL-14"]],
  ]),
  ...inRun("policies", "vpri", {}, [
    ["never", "policy-hold", "presence.sets", ["POL-25"]],
    ["never", "policy-release", "presence.clears", ["POL-25"]],
  ]),
  ...inRun("mm-events", "rfc-v2", { pages: 1, mms: 1, happens: "copies" }, [
    ["never", "mm-operation", "translation.unmaps", ["MMX-4"]],
  ]),
  ...inRun("rfc", "intended", {}, [["never", "ioctl-thread", "container.subscribes", ["LFC-5"]]]),
  ...inRun("lru-limit", "intended", {}, [["never", "translation", "iotlb.invalidated", ["LRU-14"]]]),
  ...inRun("lru-limit", "intended", { expires: "used-page" }, [
    ["never", "page-release", "container.clears", ["PIN-8"]],
  ]),
  ...inRun(
    "nested",
    "linux-6.12.117",
    { pages: 2, itemPages: 2, physicalEntries: 1, virtualEntries: 1, guestTeardowns: 0, slots: 1, stageChanges: false },
    [["never", "nested-prq", "prq.record", ["NST-16"]]],
  ),
  ...inRun(
    "teardown",
    "intended",
    { resetOrder: "drain-then-reset", deviceResets: 1, ownerExits: false, handledBy: "user" },
    [["never", "teardown-thread", "intake.awaits", ["TRD-17"]]],
  ),
  ...inRun("stalls", "intended", { stallSlots: 2, stallDupSuppress: true, stallExits: true }, [
    ["never", "region-owner", "quiesce.asks", ["STM-1"]],
  ]),
  ...inRun("group-open", "intended", { opensVm: false, driverPins: true, groupDevices: 1 }, [
    ["never", "group-caller", "object.tries", ["GOP-5"]],
  ]),
];
