/** Faults of two stages: the guest's and the host's, and the guest's answers. */
import type { Study } from "../study.ts";
import type { NestedDesign, NestedSizes } from "./nested-design.ts";
import { nestedKnobs, nestedSizeKnobs } from "./nested-knobs.ts";
import { nestedHosts } from "./nested-hosts.ts";
import { wire } from "./nested-wiring.ts";

const small: Omit<NestedSizes, "name"> = {
  slots: 1,
  pages: 1,
  itemPages: 1,
  instances: 2,
  reporters: 1,
  physicalEntries: 1,
  virtualEntries: 1,
  guestTeardowns: 1,
  guestUnmaps: 0,
  stageChanges: false,
  tableFaults: true,
  stageEnabling: false,
  readFailures: false,
};

/** Why these choices do not fit each other. */
function contradiction(
  { recall, viommuKind, faultStageVisible, ringLock, faultRingRecords }: NestedDesign,
  { reporters, slots }: NestedSizes,
): string | undefined {
  const found: readonly (readonly [boolean, string])[] = [
    [
      recall !== "none" && viommuKind === "vtd",
      "no emulated VT-d has a way to recall requests (recall needs viommuKind=virtio)",
    ],
    [
      reporters > 1 && !faultStageVisible,
      "several reporters are event threads (reporters=2 needs faultStageVisible=true)",
    ],
    [reporters > slots, "each reporter needs a transaction of its own (slots)"],
    [!ringLock && faultRingRecords === 0, "a list has no head to read (ringLock=false needs faultRingRecords)"],
  ];
  return found.find(([is]) => is)?.[1];
}

export const nested: Study<NestedDesign, NestedSizes> = {
  name: "nested",
  sentence:
    "Faults of two stages of translation: their owner, their way to a guest, and the way of its responses back.",
  cut:
    "A lookup reads the page tables of its moment, and the host maps a page in one step. The stage at which a lookup " +
    "fails does not depend on caches, and the host gets a page in the same way with one stage. Hidden: stale " +
    "translations (families SAFE and NTF judge them), and what devices do to each other on the way to the guest, " +
    "except in the queue to user space that two of them share (reporters=2).",
  hosts: nestedHosts,
  knobs: nestedKnobs,
  sizeKnobs: nestedSizeKnobs,
  bounds: {
    small,
    default: { ...small, pages: 2, itemPages: 2, virtualEntries: 2, tableFaults: false },
    deep: { ...small, slots: 2, pages: 2, itemPages: 2, virtualEntries: 2, stageChanges: true, readFailures: true },
  },
  adjusted: (_, { itemPages, pages }) =>
    itemPages > pages ? [{ knob: "itemPages", from: itemPages, to: pages, because: `there are pages=${pages}` }] : [],
  contradiction,
  compose: wire,
};
