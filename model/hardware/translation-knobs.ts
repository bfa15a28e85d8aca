/** The knobs of translation and invalidation: device caches, page tables, stages, and who tolerates a fault. */
import { choice } from "../knobs.ts";

const flag = { kind: "flag" } as const;
const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

export const translationKnobs = {
  ats: {
    id: "K25",
    values: choice({
      off: "Devices cache no translations.",
      full: "Devices cache the result of all stages of translation.",
      split: "Devices cache the result of the first stage only.",
    }),
    sentence: "Whether devices cache translations (ATS), and of which stages.",
  },
  atcEntries: { id: "K26", values: integer(0, 4), sentence: "Entries of a device's translation cache (ATC)." },
  atcNegCache: {
    id: "K26",
    values: flag,
    sentence: "Whether the ATC keeps a completion without access, which PCIe forbids.",
  },
  atcInvDefect: {
    id: "K27",
    values: choice({
      none: "The device handles an ATC invalidation as PCIe asks.",
      "completes-early":
        "The device completes the invalidation while reads that use the old translation are in flight.",
      "fill-survives-invalidation": "The device keeps a translation that was on its way when the invalidation came.",
      "waits-for-answers": "The device completes the invalidation only after its page requests are answered.",
    }),
    sentence: "What the device does wrong with the invalidation of its ATC.",
  },
  atcInvTimeout: {
    id: "K27",
    values: choice({
      never: "An ATC invalidation always completes.",
      possible: "An ATC invalidation may time out.",
    }),
    sentence: "Whether the invalidation of a device's ATC may time out.",
  },
  atcInvTimeoutPolicy: {
    id: "K27",
    values: choice({
      stuck: "The fence behind the invalidation never completes.",
      errorFence: "The fence completes with an error, which software handles.",
      reportComplete: "The fence reports that the invalidation is complete, which is the mistake of XSA-373.",
    }),
    sentence: "What the fence behind a timed-out ATC invalidation does.",
  },
  cmdqInOrder: {
    id: "K28",
    values: flag,
    sentence: "Whether page responses and invalidations leave one command queue in order.",
  },
  negCaching: { id: "K29", values: flag, sentence: "Whether the IOMMU caches that an entry is not present." },
  httu: {
    id: "K30",
    values: choice({
      off: "Hardware writes no bit of a page table.",
      accessed: "Hardware sets the access flag of an entry that it uses.",
      accessedAndDirty: "Hardware sets the access flag, and the dirty state of an entry that a device writes through.",
    }),
    sentence: "Which bits of page tables hardware sets by itself.",
  },
  drainSupport: {
    id: "K31",
    values: choice({
      none: "No command covers page requests on their way to the queue.",
      pd: "A wait command with the page-request drain bit covers page requests on their way to the queue.",
    }),
    sentence: "Whether a command drains page requests.",
  },
  stages: {
    id: "K32",
    values: choice({
      s1: "Hardware walks stage 1 only.",
      s2: "Hardware walks stage 2 only.",
      nested: "Hardware walks stage 1 of the guest and stage 2 of the host.",
    }),
    sentence: "Which stages of translation hardware walks.",
  },
  faultStageVisible: { id: "K33", values: flag, sentence: "Whether a fault says at which stage it happened." },
  priSharedPFVF: {
    id: "K34",
    values: flag,
    sentence: "Whether virtual functions share the PRI of their physical function, and its failure.",
  },
  faultable: {
    id: "K35",
    values: { kind: "members", below: 8 },
    sentence: "The queues of the device that tolerate a fault; a fault of another queue is fatal to the device.",
  },
  givesUp: {
    id: "G2",
    values: choice({
      never: "The device waits until it gets the response.",
      keepsIndex: "It may give the access up, and uses the group index again only after the response.",
      freesIndex: "It may give the access up, and uses the group index again at once (deliberate defect).",
    }),
    sentence: "Whether a device may give up an access whose page request group is not answered.",
  },
  retryThrottle: {
    id: "K36",
    values: integer(0, 4),
    sentence: "Steps by which the IOMMU delays a translation completion without access; 0: it does not delay.",
  },
} as const;
