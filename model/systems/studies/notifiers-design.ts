/** Designs and sizes of the focused model `notifiers`: listeners to the memory of a process that come and go. */
import type { OwnerRules } from "../../machines/linux/mm/notifier/listeners/listener-owner.ts";
import type { Happening, Kind, ThreadRules } from "../../machines/linux/mm/notifier/listeners/thread-steps.ts";
import type { Study } from "../study.ts";

export interface NotifiersDesign extends OwnerRules, Omit<ThreadRules, "kinds" | "refuser"> {
  readonly name: string;
}

/** Who listens, in the order in which they are called. */
export const LISTENERS = {
  tree: { gpu: "tree", odp: "tree" },
  list: { kvm: "list", vfio: "list" },
  both: { odp: "tree", vfio: "list" },
  "one-of-tree": { odp: "tree" },
} as const satisfies { readonly [listeners: string]: { readonly [listener: string]: Kind } };

/** What may happen to memory in one run. */
const HAPPENINGS = {
  discards: ["discard"],
  reaping: ["discard", "reap"],
  collapses: ["collapse"],
} as const satisfies { readonly [events: string]: readonly Happening[] };

export const happeningsOf = (memory: keyof typeof HAPPENINGS): readonly Happening[] => HAPPENINGS[memory];

export interface NotifiersSizes {
  readonly name: string;
  readonly pages: number;
  readonly threads: number;
  readonly listeners: keyof typeof LISTENERS;
  readonly memory: keyof typeof HAPPENINGS;
  readonly refuses: boolean;
}

const RIGHT: Omit<NotifiersDesign, "name"> = {
  faultOrder: "compare-under-lock",
  closeOrder: "revoke-first",
  removalReads: "under-lock",
  callbackOrder: "under-lock",
  collapseTells: "range",
  afterRefusal: "ends-those-told",
};

export const notifiersHosts: Study<NotifiersDesign, NotifiersSizes>["hosts"] = {
  intended: {
    sentence: "Whoever was told of the start is told of the end, also where a listener has refused.",
    design: RIGHT,
  },
  "linux-6.12.117": {
    sentence:
      "Linux 6.1.192, 6.12.117 and 7.3.4: a refusal in the list leaves the invalidation of the interval tree open.",
    design: { ...RIGHT, afterRefusal: "ends-list" },
  },
};
