/** Questions of the RFC thread that have numbers: what is measured for each, and what the numbers say. */

export interface NumberQuestion {
  readonly title: string;
  readonly question: string;
  /** What the numbers say; a test measures them again. */
  readonly answer: string;
  readonly system: string;
  readonly method: "bounds" | "expected";
  readonly hardware?: string;
  readonly design?: string;
  readonly set?: readonly string[];
  readonly sweep?: string;
  readonly per?: string;
  readonly counts: readonly string[];
}

export const numberQuestions: readonly NumberQuestion[] = [
  {
    title: "Look-ups and locks of a fault in RFC v1, v2 and v3",
    question:
      "Alex Williamson expects the performance to be bad, because the look-up involved for each fault is excessive. How many are there?",
    answer:
      "At most three look-ups and five locks in v1 and v2, and at most four and six in v3. The global tree of v3 is one look-up and one lock more, and it takes the place of the reference to the container. A fault that is refused early takes fewer.",
    system: "rfc",
    method: "bounds",
    design: "rfc-v1,rfc-v2,rfc-v3",
    counts: ["lookups", "locks", "references"],
  },
  {
    title: "The same fault on the IOPF core of Linux 6.1 and of Linux 6.12",
    question: "Does the newer core make the way of a fault shorter?",
    answer:
      "Not in look-ups and locks. The handler of RFC v1 takes three look-ups and five locks on the core of 6.1, and four look-ups and five locks on that of 6.12. That of RFC v2 takes as many as v1 on 6.1. All walk two page tables: that of the process and that of the IOMMU. On 6.12 the handler no longer runs while dev->iommu->lock is held, which these numbers do not show.",
    system: "stall-flat",
    method: "bounds",
    design: "rfc-v1,rfc-v2,rfc-v1-on-groups",
    counts: ["lookups", "locks", "walks"],
  },
  {
    title: "A limit on pinned pages against the working set",
    question:
      "How does a user know what to set for a locked memory limit? A device accesses four pages at random, one at a time, and at the limit the handler evicts the least recently mapped page.",
    answer:
      "The part of the accesses that fault is one minus the limit divided by the working set, at each of these limits. An access takes on average what it takes without a fault, plus that part of a fault. A fault with its eviction takes thirty times as long as an access, so half of the throughput is gone when one access in thirty faults: with this formula, at a limit 3 % below the working set. One page below four is 25 % below. Larger sets were not computed, and the formula holds only if all pages are equally likely: a device that goes round them in order faults more often, and one with favourite pages may fault less often.",
    system: "pin-limit",
    method: "expected",
    hardware: "smmu-stall",
    design: "rfc-v1",
    set: ["reclaim=direct", "slots=1", "pages=4"],
    sweep: "limit=1,2,3,4",
    counts: ["faults", "evictions"],
  },
];
