/** Changes of a list of steps that no run can tell from the list, each with the reason. */
import { FEATURES, LISTENERS, LISTS } from "./unnoticed-attached.ts";
import { unnoticed, type Unnoticed } from "./unnoticed-entry.ts";
import type { Variant } from "./variants.ts";

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
