/** Questions about iommufd_fault_fops_read(): its lock, a copy that fails, and the order of groups. */
import type { Scenario } from "../../scenario.ts";
import { queue, still } from "./requests.ts";

export const readScenarios: readonly Scenario[] = [
  {
    id: "reader-faults-under-mutex",
    question: "May a read of the fault queue hold the lock that the fault handler needs while it copies to user space?",
    askedBy: "iommufd/fault: Use a separate spinlock to protect fault->deliver list, 3d49020a327c",
    rows: [41],
    given: "Two groups of a device, and a buffer that is paged in by a device behind the same IOMMU.",
    when: "the read copies the first group while the second is reported.",
    answer:
      "No: it can deadlock. The copy waits for the thread that reports faults, and that thread waits for the lock. With a lock of its own for the deliver list the reporting thread never waits for user space.",
    evidence: { kind: "verified", where: "Linux 3d49020a327c" },
    runs: [
      {
        label: "a spinlock for the deliver list",
        request: still({ slots: 2, bufferFaults: true, writeCookies: 0 }),
        expect: { "LCK-10": "holds", "IFD-24": "holds", "IFD-26": "holds" },
      },
      {
        label: "one mutex for deliver list and copy",
        request: still({ slots: 2, bufferFaults: true, writeCookies: 0, deliverLock: "mutex" }),
        expect: { "LCK-10": "violated", "IFD-24": "violated", DEADLOCK: "violated" },
      },
    ],
    chart: { run: 1, property: "LCK-10" },
  },
  {
    id: "partial-group-delivery",
    question: "What does user space hold when the copy of a group fails in the middle?",
    askedBy: "iommufd: Avoid partial fault group delivery in iommufd_fault_fops_read, 091ab6d70dc4",
    rows: [58],
    given: "Groups of two records, and a buffer of which a part is not mapped.",
    when: "the first record is copied, and the second is not.",
    answer:
      "Nothing, if iommufd_fault_fops_read() counts whole groups: the group is read again later. If it counts records, user space holds a cookie that is erased already. If it continues after the failure, the read never returns, and neither does a detach.",
    evidence: { kind: "verified", where: "Linux 091ab6d70dc4 and 172fc8b19825 (CVE-2026-64290)" },
    runs: [
      {
        label: "read counts groups, and ends at the failure",
        request: still({ itemPages: 2, copiesFail: true }),
        expect: { "IFD-14": "holds", "IFD-26": "holds", "IFD-1": "holds" },
      },
      {
        label: "read counts records",
        request: still({ itemPages: 2, copiesFail: true, readCounts: "records" }),
        expect: { "IFD-14": "violated" },
      },
      {
        label: "read continues after the failure",
        request: queue({ copiesFail: true, onCopyFailure: "retries" }),
        expect: { "IFD-26": "violated", "IFD-22": "violated", "LCK-11": "violated" },
      },
    ],
    chart: { run: 2, property: "IFD-26" },
  },
  {
    id: "order-of-faults",
    question: "Does user space read faults in the order of their arrival, even when a copy to its buffer fails?",
    askedBy: "IOPF core facts, I24 (reading loses no group, delivers none twice, and keeps the order)",
    rows: [],
    given: "Two groups that wait in the fault queue, and a buffer that may not be mapped.",
    when: "the copy of the first group fails and the group goes back to the list.",
    answer: "Yes: a group whose copy failed goes back to the head of the list; at the tail it would be read last.",
    evidence: {
      kind: "derived",
      where: "IOPF core facts 3.2, I24 (reading loses no group, delivers none twice, and keeps the order)",
    },
    runs: [
      {
        label: "the group goes back to the head",
        request: still({ slots: 2, copiesFail: true, writeCookies: 0 }),
        expect: { "IFD-39": "holds", "IFD-40": "witnessed" },
      },
      {
        label: "the group goes back to the tail",
        request: still({ slots: 2, copiesFail: true, writeCookies: 0, restoresAt: "tail" }),
        expect: { "IFD-39": "violated" },
      },
    ],
  },
];
