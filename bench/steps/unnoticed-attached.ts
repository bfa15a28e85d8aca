/** Of the lists of whom an unmap tells, of listeners, and of the features of a PCIe function. */
import { unnoticed, type Unnoticed } from "./unnoticed-entry.ts";

const BROKEN_ALREADY = "in this order INV-1 is violated already";
export const LISTS: readonly Unnoticed[] = [
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
export const LISTENERS: readonly Unnoticed[] = [
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
export const FEATURES: readonly Unnoticed[] = [
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
