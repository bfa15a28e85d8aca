/** Bugs of drains that wait for a mark in a ring. */
import { inTrees, PRESENT_IN_ALL, type Defect } from "./defect.ts";

export const ringDrains: readonly Defect[] = [
  {
    id: "drain-beside-gpu-reset",
    title: "amdgpu drains retry faults of a GPU that is being reset, and reads registers of its ring",
    kind: "published",
    sources: ["message 20260214010245.3671907-80-sashal@kernel.org"],
    where: "drm/amdkfd, svm_range_drain_retry_fault()",
    trees: inTrees("present", "fixed", "fixed"),
    fix: {
      subject: "drm/amdkfd: Handle GPU reset and drain retry fault race",
      commit: "5b57c3c3f223",
      releases: [],
    },
    shownBy: "ring-drain resetLock=none",
  },
  {
    id: "drain-waits-for-lost-mark",
    title: "A drain waits for the stamp of an entry that a reset has taken out of the ring",
    kind: "clause",
    sources: ["IOPF core L3"],
    where: "a ring whose memory outlives the reset; amdgpu ends the wait on an empty ring, and after a second",
    shownBy: "ring-drain waitEnds=reached",
  },
  {
    id: "drain-by-position-over-reset",
    title: "A drain waits until the read pointer comes to a position from before a reset",
    kind: "clause",
    sources: ["IOPF core L3"],
    where: "a ring whose pointers a reset sets to 0",
    shownBy: "ring-drain waitEnds=position resetLock=none",
    breaks: ["DRN-3"],
  },
  {
    id: "reset-wakes-no-drain",
    title: "A reset empties the ring, and does not wake the drain that waits for it",
    kind: "read",
    sources: ["IOPF core L3"],
    where: "amdgpu of 6.1.192: amdgpu_ih_process() alone wakes; the drain gives up after a second",
    trees: inTrees("present", "fixed", "fixed"),
    fix: {
      subject: "drm/amdkfd: Handle GPU reset and drain retry fault race (a reset waits for the drain)",
      commit: "5b57c3c3f223",
      releases: [],
    },
    shownBy: "ring-drain resetWakes=false resetLock=none",
    breaks: ["DRN-3"],
  },
  {
    id: "ring-empty-while-handled",
    title: "A drain takes the ring as empty while its last entry is being handled",
    kind: "read",
    sources: ["message 20260214010245.3671907-80-sashal@kernel.org"],
    where: "amdgpu: amdgpu_irq_dispatch() advances the read pointer first, and the drain compares both pointers",
    trees: PRESENT_IN_ALL,
    shownBy: "ring-drain waitEnds=passed-or-empty",
  },
  {
    id: "device-in-reset-passed-over",
    title: "A drain passes over a device in reset whose ring is not stopped yet, and counts it as drained",
    kind: "read",
    sources: ["message 20260214010245.3671907-80-sashal@kernel.org"],
    where: "drm/amdkfd since 5b57c3c3f223",
    trees: inTrees("absent", "present", "present"),
    shownBy: "ring-drain resetLock=tries",
  },
];
