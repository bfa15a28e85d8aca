/** Page tables of PASIDs attached, replaced and detached: as intended, and as Linux 7.3.4 over VT-d and SMMUv3. */
import { because, studyRun, type SuiteRun } from "./run.ts";

/** What a version breaks is told in as small a system as shows it, at any bounds. */
const ONE = { pasidCount: 1, tableCallsFail: false, userAnswers: false } as const;
const TWO_QUEUES = { ...ONE, queueTables: 2, plainTable: false } as const;
const ONE_QUEUE = { ...ONE, queueTables: 1, plainTable: true } as const;

const ATTACH = because(
  "iommu_attach_device_pasid() stores the handle after the device uses the page table, and refuses requests in between (J77)",
  "PAS-5",
);
const LEAVES_QUEUE = because(
  "the driver takes the device off its IOPF queue before iommufd answers the groups that it holds (J75)",
  "MEM-5",
);
const LATE = because(
  "a request is reported while its attach handle is replaced and freed, and then waits under the freed handle",
  "MEM-3",
  "PAS-1",
  "PAS-13",
  "PAS-18",
);

export const pasidTablesRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("pasid-tables", "intended", bounds),
  // Two PASIDs share a fault queue.
  studyRun("pasid-tables", "intended", bounds, { set: { ...ONE, pasidCount: 2, queueTables: 1, plainTable: false } }),
  studyRun("pasid-tables", "linux-7.3.4-vtd", bounds, {
    set: TWO_QUEUES,
    known: {
      ...ATTACH,
      ...LEAVES_QUEUE,
      ...LATE,
      ...because(
        "a replace stores the handle after the device uses the new page table, whose requests find the old handle (B27)",
        "PAS-3",
      ),
    },
  }),
  studyRun("pasid-tables", "linux-7.3.4-vtd", bounds, {
    set: ONE_QUEUE,
    known: {
      ...ATTACH,
      ...LEAVES_QUEUE,
      ...LATE,
      ...because(
        "a replace by a page table without faults disables them first, and then its drain returns at once (J94)",
        "MEM-1",
      ),
    },
  }),
  studyRun("pasid-tables", "linux-7.3.4-smmuv3", bounds, {
    set: ONE_QUEUE,
    known: {
      ...ATTACH,
      ...LEAVES_QUEUE,
      ...LATE,
      ...because(
        "the device leaves its IOPF queue while a group of it is being reported, and nothing drains (D14)",
        "MEM-1",
      ),
    },
  }),
];
