/** Runs of the focused model `selective`. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const run = (host: string, bounds: string, set: SuiteRun["set"] = {}, known: SuiteRun["known"] = {}): SuiteRun =>
  studyRun("selective", host, bounds, { set, known });

/** Everything is pinned until the PF driver's hint comes: otherwise no ring of today's call is ever fetched. */
const hinted = { knowledge: "pf-hint", unmaps: false, rings: 1, rejects: false } as const;
const onePage = { ...hinted, pages: 2, ringPages: 1, ringPlaces: 1 } as const;
const twoPages = { ...hinted, pages: 3, ringPages: 2, ringPlaces: 1 } as const;
const limited = { unmaps: false, reclaims: false, rings: 1, pages: 3, ringPlaces: 2, limit: 2 } as const;
const discards = { unmaps: false, rings: 1, pages: 2, ringPlaces: 1, guestDiscards: "coordinated" } as const;

const notMapped = "vfio_pin_pages() pins and does not map: after the mapping of DMA_MAP was evicted, the ring faults";

/** What the designs of the past break. */
const known = {
  today: {
    ...because(`${notMapped} (rows 71 and 72 of the RFC thread)`, "SEL-1", "SEL-5", "SEL-6"),
    ...because(
      "vfio_pin_pages() charges nothing in a container with a domain, because it assumes that DMA_MAP has charged (VFIO facts 2.2)",
      "SEL-20",
    ),
  },
  rfcV3: {
    ...because(`${notMapped} (D-20)`, "SEL-1", "SEL-5", "SEL-6"),
    ...because(
      "faults are served inside the pinned ranges only, so that faults on buffers are refused (D-19)",
      "SEL-7",
    ),
  },
};
const halfWay = because(
  "vfio_unpin_pages() ends half way through a ring of two pages, and returns success (D-21)",
  "SEL-9",
);

export function selectiveRuns(bounds: string): readonly SuiteRun[] {
  const small = bounds === "small";
  const ring = small ? onePage : twoPages;
  return [
    run("intended", bounds),
    run("intended", bounds, ring),
    run("intended", bounds, limited),
    run("intended", bounds, discards),
    // The second page of a ring is refused at the limit, and the first is given back.
    ...(small ? [] : [run("intended", bounds, { ...limited, rings: 2, ringPages: 2, pages: 4 })]),
    run("today", bounds, { ...onePage, guestDiscards: "coordinated" }, known.today),
    run("today", bounds, ring, known.today),
    run("rfc-v3", bounds, ring, small ? known.rfcV3 : { ...known.rfcV3, ...halfWay }),
  ];
}
