/** Changes of a list of steps that no run can tell from the list, each with the reason. */
import type { Variant } from "./variants.ts";

export interface Unnoticed {
  readonly knob: string;
  readonly orders: readonly string[];
  readonly words: readonly string[];
  readonly why: string;
}

const unnoticed = (knob: string, orders: readonly string[], why: string, words: readonly string[]): Unnoticed => ({
  knob,
  orders,
  words,
  why,
});

const ENTRIES: readonly Unnoticed[] = [
  unnoticed(
    "entryAttach",
    ["standard"],
    "the second word is not used before the first one has the Present bit, and a cache tag is not read by hardware",
    ['"write-second" before "assign-tags"'],
  ),
  unnoticed(
    "entryReplace",
    ["detach-then-tag"],
    "the second word is not used before the first one has the Present bit, and a cache tag is not read by hardware",
    ['"write-second" before "assign-tags"'],
  ),
  unnoticed(
    "entryReplace",
    ["break-then-make"],
    "a tag of the new page table covers nothing before the entry names that table",
    ['"clear-present" before "assign-tags"'],
  ),
  unnoticed("entryReplace", ["detach-then-tag"], "ATS is off on this path since the first attach", [
    '"clear-present" before "ats-off"',
  ]),
  ...(["entryDetach", "entryReplace"] as const).map((knob) =>
    unnoticed(
      knob,
      knob === "entryDetach" ? ["standard", "tags-first"] : ["detach-then-attach", "detach-then-tag"],
      "the entry was invalidated without Present: no hardware reads its words, and pasid_clear_entry() writes all of them in a row",
      ['"zero-second" before "zero-first"'],
    ),
  ),
  unnoticed(
    "entryDetach",
    ["standard"],
    "the entry was invalidated without Present: the drain finds the same, and a flush has nothing left to reach",
    ['"drain-prq" before "zero-second"', '"unassign-tags" before "drain-prq"'],
  ),
];

const LIFETIMES: readonly Unnoticed[] = [
  unnoticed(
    "deviceRelease",
    ["removed-first"],
    "once the fault parameters are removed no response reads dev->iommu, whoever holds the mutex of the fault queue",
    ['"free-data" before "unlock-queue"'],
  ),
];

const HELD_AFTER_FLUSH = "after the flush no work is left that takes the lock, and one thread binds and unbinds";
const NOTHING_LEFT = "after the drain nothing names the attach handle or the fault parameters";
const STOPPED = "the device sends no page request between the two, and the wire is drained after both";

const TEARDOWN: readonly Unnoticed[] = [
  unnoticed(
    "attach",
    ["standard"],
    "a device sends its requests when both are done: before, the IOMMU does not translate for it, or PRI is off",
    ['"start" before "open"'],
  ),
  unnoticed("teardownOrder", ["standard"], STOPPED, ['"block" before "stop"']),
  unnoticed("resetOrder", ["standard", "drain-then-reset"], STOPPED, ['"block" before "stop"']),
  unnoticed(
    "resetOrder",
    ["standard", "drain-then-reset"],
    "a device sends its requests when both are done: before, the IOMMU does not translate for it, or PRI is off",
    ['"start" before "open"'],
  ),
  unnoticed(
    "resetOrder",
    ["drain-then-reset"],
    "with PRI off, the device sends nothing that the IOMMU could translate",
    ['"open" before "reset"'],
  ),
  unnoticed("teardownOrder", ["standard"], "the thread that clears PRO never takes fault->mutex", [
    '"lock-queue" before "settled"',
  ]),
  unnoticed("teardownOrder", ["standard"], NOTHING_LEFT, ['"remove" before "erase"', '"free" before "remove"']),
  unnoticed("teardownOrder", ["linux-6.1.192"], NOTHING_LEFT, ['"free" before "remove"']),
  unnoticed("teardownOrder", ["linux-6.12.117-pasid"], NOTHING_LEFT, ['"remove" before "free"']),
  unnoticed("teardownOrder", ["linux-7.3-pasid"], "user space handles the groups, so that no work is queued to flush", [
    '"fence-wire" (2) before "flush"',
  ]),
  unnoticed(
    "teardownOrder",
    ["linux-7.3-pasid"],
    "whoever takes fault->mutex looks up no attach handle, and uses none",
    ['"lock-queue" before "erase"', '"free" before "unlock-queue"'],
  ),
  unnoticed("unbindAfterExit", ["linux-6.12.117"], NOTHING_LEFT, ['"remove" before "free"']),
  unnoticed("unbindAfterExit", ["linux-6.1.192"], NOTHING_LEFT, ['"free" before "remove"']),
  unnoticed("unbindAfterExit", ["linux-6.12.117"], "no work takes iommu_sva_lock, and one thread binds and unbinds", [
    '"lock" before "stop"',
    '"unlock" before "erase"',
    '"free" before "unlock"',
  ]),
  unnoticed("unbindAfterExit", ["linux-6.1.192"], HELD_AFTER_FLUSH, [
    '"fence-wire" before "lock" (2)',
    '"unlock" (2) before "erase"',
    '"remove" before "unlock" (2)',
  ]),
  unnoticed(
    "teardownOrder",
    ["linux-6.1.192-caching-mode"],
    "the wire is not drained before: requests arrive during the loop, whenever the entry is cleared",
    ['"drain" before "block"'],
  ),
  unnoticed(
    "teardownOrder",
    ["linux-6.1.192-caching-mode"],
    "intel_svm_drain_prq() is that of linux-6.1.192, where overflows hold its qi_retry loop; with an overflow this list has more than 400,000 states",
    [
      'without "settle"',
      'without "settled"',
      '"settle" before "fence-wire"',
      '"settled" before "settle"',
      '"fence-responses" before "settled"',
    ],
  ),
];

const NOTIFIERS: readonly Unnoticed[] = [
  unnoticed(
    "releaseOrder",
    ["nothing-pinned"],
    "the devices of its run stall and have no ATC; the list standard holds the same steps where devices have one",
    ['"wait" (2) before "invalidate-atc"'],
  ),
  unnoticed(
    "notifier",
    ["invalidate-range"],
    "the devices of its run stall and have no ATC; the same callback is held with an ATC in sequence-retry",
    ['"wait" (2) before "invalidate-atc"'],
  ),
];

const PAGE_REQUESTS: readonly Unnoticed[] = [
  unnoticed(
    "interfaceOrder",
    ["standard"],
    "both concern requests from before Stopped; neither is needed by the other, and both are over before Enable is set",
    ['"fence-responses" before "forget"', '"reset" before "fence-responses"'],
  ),
  unnoticed(
    "interfaceOrder",
    ["standard"],
    "Reset leaves the register of the allocation as it is, and the device reads it only with Enable set",
    ['"allocate" before "reset"'],
  ),
  unnoticed(
    "interfaceOrder",
    ["linux-6.1.192", "linux-6.12.117"],
    "pci_enable_pri() reads Stopped and then writes the allocation, and the device reads that only with Enable set",
    ['"allocate" before "await-stopped"'],
  ),
  unnoticed(
    "interfaceOrder",
    ["linux-6.12.117"],
    "context_flip_pri() lets the IOMMU take page requests, and a device without Enable sends none",
    ['"await-stopped" before "accept"'],
  ),
  unnoticed(
    "interfaceOrder",
    ["linux-6.12.117-amd"],
    "only a deliberate defect and a question take this list, and both find PCL-1, PCL-3 and PCL-7 broken all the same: " +
      "with one group of one page it has 234,970 states, too many for a run of the suite",
    [
      'without "drain-thread"',
      'without "remove"',
      'without "await-stopped"',
      'without "allocate"',
      '"remove" before "drain-thread"',
      '"disable" before "remove"',
      '"allocate" before "await-stopped"',
      '"enable" before "allocate"',
    ],
  ),
];

const IOMMUFD: readonly Unnoticed[] = [
  unnoticed("hwptDetach", ["standard"], "the same thread destroys page tables, so none is destroyed between the two", [
    '"unref" before "free"',
  ]),
  unnoticed("hwptReplace", ["standard"], "the same thread destroys page tables, so none is destroyed between the two", [
    '"unref" before "free"',
  ]),
];

const BROKEN_ALREADY = "in this order INV-1 is violated already";
const LISTS: readonly Unnoticed[] = [
  unnoticed(
    "unmapOrder",
    ["list-first"],
    "an attach waits for the lock of the list, and commands wait for the store; without a lock INV-1 is violated already",
    ['without "barrier"', '"read" before "barrier"'],
  ),
  unnoticed("unmapOrder", ["list-first", "iotlb-first"], "the lock of the list does not protect the page", [
    '"free" before "end-read"',
  ]),
  unnoticed("unmapOrder", ["iotlb-first"], "nobody waits for those who read this list", [
    'without "end-read"',
    '"end-read" before "atc"',
  ]),
  unnoticed("attachOrder", ["listed-first"], "a device on the list is told whether or not its ATS is on", [
    '"ats-off" before "list"',
  ]),
  ...(
    [
      ["attachOrder", ["listed-first", "listed-last"]],
      ["detachOrder", ["unlisted-last", "unlisted-first"]],
    ] as const
  ).map(([knob, orders]) =>
    unnoticed(
      knob,
      orders,
      "nothing is translated for the device while either its entry or its enable bit has no ATS",
      ['"write-entry" before "ats-off"'],
    ),
  ),
  unnoticed(
    "attachOrder",
    ["listed-first", "listed-last"],
    "the copy is of an entry of another page table, whose pages are not in the model",
    ['"flush-atc" before "flush-copy"'],
  ),
  unnoticed("attachOrder", ["listed-last"], BROKEN_ALREADY, ['without "flush-atc"', '"ats-on" before "flush-atc"']),
  unnoticed("detachOrder", ["unlisted-last", "unlisted-first"], "the new entry fills no ATC from the IOTLB", [
    '"flush-atc" before "flush-iotlb"',
  ]),
  unnoticed(
    "detachOrder",
    ["unlisted-last", "unlisted-first"],
    "ATS comes on only where it was off, and then the ATC has no page of the table that the device leaves",
    ['"ats-on" before "flush-atc"'],
  ),
  unnoticed("detachOrder", ["unlisted-last"], "the ATC was emptied before", ['"unlist" before "ats-on"']),
  unnoticed("detachOrder", ["unlisted-first"], BROKEN_ALREADY, [
    'without "flush-iotlb"',
    'without "flush-atc"',
    '"flush-iotlb" before "flush-copy"',
  ]),
];

const UNDER_ONE_LOCK = "the two are under one lock, and whoever looks takes it";
const LISTENERS: readonly Unnoticed[] = [
  unnoticed(
    "dmaUnmapOrder",
    ["under-lock"],
    "each is under iommu->lock, which handlers and callbacks take; only the end of the wait is seen without it",
    ['"clear-entry" before "unlink"', '"clear-bit" before "clear-entry"', '"invalidate-iotlb" before "clear-bit"'],
  ),
  unnoticed("closeOrder", ["revoke-first"], UNDER_ONE_LOCK, ['"forget" before "revoke"']),
  unnoticed("closeOrder", ["revoke-first"], "no callback waits for a removal; only its wait must be without the lock", [
    '"remove" before "unlock"',
  ]),
  unnoticed("faultOrder", ["compare-under-lock"], "getting a page calls no callback here; mm-events has that (D-06)", [
    '"lock" before "get"',
  ]),
  unnoticed("callbackOrder", ["under-lock"], "a number that is set earlier makes more faults start over", [
    '"sequence" before "lock"',
  ]),
  unnoticed("callbackOrder", ["under-lock"], UNDER_ONE_LOCK, ['"look" before "sequence"']),
];

const PRI_ANYWHERE = "PCIe has no rule about PRI Enable beside ATS or PASID: PRI may change before or after them";
const FEATURES: readonly Unnoticed[] = [
  unnoticed("featureEnable", ["pasid-pri-ats"], PRI_ANYWHERE, ['"pri" before "pasid"', '"ats" before "pri"']),
  unnoticed("featureDisable", ["pri-ats-pasid"], PRI_ANYWHERE, ['"ats" before "pri"']),
  unnoticed("featureDisable", ["ats-pasid-pri"], PRI_ANYWHERE, ['"pri" before "pasid"']),
  unnoticed("featureDisable", ["ats-pri-pasid"], PRI_ANYWHERE, ['"pri" before "ats"', '"pasid" before "pri"']),
  unnoticed(
    "featureDisable",
    ["ats-pri-pasid"],
    "PASID that stays enabled is enabled before ATS at the next attach, and PRI without ATS is known of this design",
    ['without "pasid"', 'without "pri"'],
  ),
  unnoticed("featureRestore", ["pasid-pri-ats"], PRI_ANYWHERE, ['"pri" before "pasid"', '"ats" before "pri"']),
];

export const UNNOTICED: readonly Unnoticed[] = [
  ...FEATURES,
  ...ENTRIES,
  ...LIFETIMES,
  ...TEARDOWN,
  ...NOTIFIERS,
  ...LISTENERS,
  ...PAGE_REQUESTS,
  ...IOMMUFD,
  ...LISTS,
];

type Named = Pick<Variant, "knob" | "order" | "words">;

export const reasonFor = ({ knob, order, words }: Named): string | undefined =>
  UNNOTICED.find((one) => one.knob === knob && one.orders.includes(order) && one.words.includes(words))?.why;
