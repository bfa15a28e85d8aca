/** The runs of the focused model of limits, and what they are known to break. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const THRASHES =
  "no page is kept until its device has used it, and two groups of two pages do not fit into the limit, so that they displace each other for ever (VFIO facts 4.2)";

export function lruLimitRuns(bounds: string): readonly SuiteRun[] {
  /** One device alone displaces nobody. */
  const thrashes = bounds === "small" ? {} : because(THRASHES, "LRU-12", "LRU-13");
  return [
    studyRun("lru-limit", "rfc-v1", bounds, {
      known: because(
        "no page is ever unmapped or unpinned, so the mapping only grows (row 25 of the RFC thread)",
        "LRU-16",
      ),
    }),
    studyRun("lru-limit", "thread-periodic", bounds, {
      known: {
        ...because(
          "the reclaim thread may release a page between the handler's last step and the response for it (F11, F12)",
          "LRU-7",
          "LRU-8",
        ),
        ...thrashes,
      },
    }),
    studyRun("lru-limit", "thread-direct", bounds, {
      known: {
        ...because(
          "the first mapped page is evicted first, even one of the group that is being served (I-17)",
          "LRU-7",
          "LRU-8",
        ),
        ...thrashes,
      },
    }),
    studyRun("lru-limit", "intended", bounds, { set: bounds === "deep" ? { devices: 3 } : {} }),
    studyRun("lru-limit", "intended", bounds, { set: { expires: "used-page" } }),
    studyRun("lru-limit", "intended", bounds, {
      set: { victims: "not-used-since", devices: 1, itemPages: 1, hotPages: 4, guestPages: 30 },
    }),
    // Commands that start over: the host does not see what they need, and can only count.
    studyRun("lru-limit", "intended", bounds, { set: { itemAccess: "restarted", thrashDetector: true } }),
    // DMA_UNMAP takes half of the limit, and the other half is locked down.
    studyRun("lru-limit", "intended", bounds, {
      set: { itemPages: 1, hotPages: 3, guestPages: 10, extraPages: 10, lockedPages: 1 },
    }),
    studyRun("lru-limit", "thread-direct", bounds, {
      set: {
        itemScript: "belady",
        devices: 1,
        hotPages: 5,
        itemPages: 1,
        guestPages: 30,
        lockedPages: 0,
        extraPages: 0,
      },
    }),
  ];
}
