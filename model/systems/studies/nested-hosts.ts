/** The designs of the focused model `nested`: what was proposed, what is merged, and what the thread ended up asking for. */
import type { NestedDesign } from "./nested-design.ts";

type Choices = Omit<NestedDesign, "name">;

/** What the thread and its successors ended up asking for. */
const intended: Choices = {
  faultStageVisible: false,
  discardScope: "queue",
  stages: "nested",
  httu: "off",
  marksReadOnly: false,
  tableMapping: "writable",
  delivery: "whole-group",
  secondStage: "faulting",
  stageRule: "told",
  stage2Address: "guest-physical",
  verdictKept: "never",
  stageFilter: "vfio",
  filterUnlocks: true,
  handlerPer: "page-table",
  secondEnable: "updates",
  faultRingRecords: 0,
  ringLock: true,
  answersBy: "cookie",
  cookieReuse: "unique",
  recall: "none",
  readRollback: true,
  strayAnswer: "refused",
  teardownRule: "answers-and-drops",
  groupTimeout: "none",
  refusedAnswer: "told",
  virtualOverflow: "answered",
  indexReuse: "held-back",
  viommuKind: "vtd",
  guestManner: "once",
};

/** RFC v2 patch 6 (VFIO facts 1.5): Arm stalls, one handler for each device, the guest's faults into Eric Auger's ring. */
const rfc: Choices = {
  ...intended,
  faultStageVisible: true,
  delivery: "per-request",
  stageFilter: "iommu-driver",
  filterUnlocks: false,
  handlerPer: "device",
  secondEnable: "inverted-update",
  faultRingRecords: 1,
  answersBy: "group-index",
  refusedAnswer: "ignored",
  indexReuse: "injected",
  viommuKind: "virtio",
};

export const nestedHosts = {
  intended: {
    sentence: "Software walks the guest's table to find the stage, and whole groups go to the guest.",
    design: intended,
  },
  "rfc-v2": {
    sentence: "RFC v2, patch 6: the handler is registered with stage flags, and the test in their update is inverted.",
    design: rfc,
  },
  "rfc-v3": { sentence: "RFC v3, patch 8: as RFC v2, with the stage flags in the IOMMU core.", design: rfc },
  "eric-v13": {
    sentence: "Eric Auger's fault region, v13: a ring carries the guest's faults, and stage 2 is pinned.",
    design: {
      ...rfc,
      secondStage: "pinned",
      stageRule: "assumed-guest",
      stageFilter: "vfio",
      filterUnlocks: true,
      secondEnable: "registers",
    },
  },
  "linux-6.12.117": {
    sentence:
      "iommufd of 6.12.117, with requests without PASID as from 6.13: stage 2 is pinned, and QEMU ignores full queues.",
    design: {
      ...intended,
      secondStage: "pinned",
      stageRule: "assumed-guest",
      cookieReuse: "lowest-free",
      virtualOverflow: "ignored",
      indexReuse: "injected",
    },
  },
} as const satisfies { readonly [name: string]: { readonly sentence: string; readonly design: Choices } };
