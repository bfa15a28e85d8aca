/** The knobs of the focused model `notifiers`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import { boundsKnobs } from "../bounds.ts";
import type { NotifiersDesign, NotifiersSizes } from "./notifiers-design.ts";

export const notifiersKnobs: KnobTable<NotifiersDesign> = {
  faultOrder: {
    id: "VFIO facts 4.3",
    values: choice({
      "compare-under-lock": "It reads the number, gets the page, takes its lock, compares the number, and maps.",
      "compare-before-lock": "It compares before it takes its lock (deliberate defect).",
      "sample-after-get": "It gets the page before it reads the number (deliberate defect).",
      "without-wait": "It does not wait while an invalidation is under way (deliberate defect).",
    }),
    sentence: "In which order a driver serves a fault of its device.",
  },
  closeOrder: {
    id: "I-30",
    values: choice({
      "revoke-first": "It revokes the handle under its lock, takes the listener off, waits, and frees it.",
      "revoke-unlocked": "It revokes the handle without its lock (CVE-2025-21732).",
      "remove-first": "It takes the listener off before it revokes the handle (deliberate defect).",
      "free-early": "It frees the listener without the wait (deliberate defect).",
      "remove-under-lock": "It waits for the callbacks with the lock held that they take (deliberate defect).",
      "revoke-twice": "It revokes the handle once more before it frees the listener (deliberate defect).",
    }),
    sentence: "In which order a driver stops listening.",
  },
  removalReads: {
    id: "I-30",
    values: choice({
      "under-lock": "Under the spinlock, which is held until deferred removals are done.",
      lockless: "Without it (before 319561669a59).",
    }),
    sentence: "How mmu_interval_notifier_remove() reads the sequence count for which it waits.",
  },
  callbackOrder: {
    id: "VFIO facts 4.3",
    values: choice({
      "under-lock": "It takes the lock, sets the number, looks for its handle, and unmaps.",
      "without-look": "It unmaps with a handle that may be gone (CVE-2025-21732).",
      "unmap-unlocked": "It drops the lock before it unmaps (as xe before 84211b1c0db6).",
      "without-sequence": "It sets no number (deliberate defect).",
      "keeps-lock": "It returns with its lock held (deliberate defect).",
    }),
    sentence: "What the callback of a listener does at the start of an invalidation.",
  },
  collapseTells: {
    id: "I-02",
    values: choice({
      range: "Those that listen to any of its pages.",
      "first-page": "Those that listen to its first page, of that page alone (deliberate defect).",
      nobody: "Nobody (CVE-2022-48991).",
    }),
    sentence: "Whom khugepaged tells when it collapses pages.",
  },
  afterRefusal: {
    id: "I-12",
    values: choice({
      "ends-those-told": "All that were told of the start, and the interval tree.",
      "ends-list": "All of the list, also the one that refused; the interval tree is left as it is (Linux).",
      "ends-nobody": "Nobody (before c2655835fd8c).",
    }),
    sentence: "Who is told of the end after a listener of the list has refused.",
  },
};

export const notifiersSizeKnobs: KnobTable<NotifiersSizes> = {
  pages: boundsKnobs.pages,
  threads: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "How many threads take pages from the process at a time.",
  },
  listeners: {
    id: "bound",
    values: choice({
      tree: "Two in the interval tree: a GPU for all pages, and ODP for the last one.",
      list: "Two in the list: KVM for all pages, and VFIO for the last one.",
      both: "ODP in the interval tree for all pages, and VFIO in the list for the last one.",
      "one-of-tree": "ODP in the interval tree.",
    }),
    sentence: "Who listens to the memory of the process.",
  },
  memory: {
    id: "bound",
    values: choice({
      discards: "The process discards pages.",
      reaping: "It discards pages, and the OOM reaper takes them, which must not sleep.",
      collapses: "khugepaged collapses all pages.",
    }),
    sentence: "What may happen to memory in one run.",
  },
  refuses: {
    id: "bound",
    values: { kind: "flag" },
    sentence: "Whether the listener that is called last refuses where it must not sleep.",
  },
};
