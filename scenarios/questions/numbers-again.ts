/** Questions about numbers that are given out again, and about late events that carry an old one. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const numbers = (set: Set = {}, host = "intended") => study("numbers-again", host, set);

export const numbersAgainScenarios: readonly Scenario[] = [
  {
    id: "pasid-comes-again",
    question: "Whom does a page fault reach whose PASID was given back meanwhile?",
    askedBy: "CVE-2026-31462",
    rows: [],
    given: "A process has ended, and page faults of its device with its PASID still wait.",
    when: "another process gets a PASID.",
    answer:
      "The new process, if it gets the same PASID. An ida gives out the lowest free number, so that this is the next allocation. The global PASIDs of SVA come so too, and are safe over VT-d, because unbind drains what the device has sent before the PASID is given back. amdgpu gave PASIDs back without that.",
    evidence: {
      kind: "verified",
      where:
        "iommu_alloc_global_pasid(), iommu_sva_unbind_device(), mm_pasid_drop() of 7.3.4; the fix 14b81abe7bdc was read in amdgpu_ids.c of 7.3.4",
    },
    runs: [
      { label: "drained", request: numbers(), expect: { "NUM-1": "holds", "NUM-6": "witnessed" } },
      { label: "not drained", request: numbers({}, "amdgpu-before-fix"), expect: { "NUM-1": "violated" } },
      {
        label: "drained before the stop",
        request: numbers({ numberEnd: "drain-first" }),
        expect: { "NUM-1": "violated", "NUM-9": "violated" },
      },
    ],
    chart: { run: 1, property: "NUM-1" },
  },
  {
    id: "numbers-in-turn",
    question: "Is it enough to give numbers out in turn?",
    askedBy: "14b81abe7bdc",
    rows: [],
    given: "PASIDs come from xa_alloc_cyclic(), as in amdgpu since the fix.",
    when: "processes come and go while faults of an old one wait.",
    answer:
      "It makes the bug rare, and does not exclude it: when all other PASIDs were given out, the old one comes again. An event that also says which use of the number it is of, or a number that never comes again, would exclude it; the first needs room in the event, and of the second they run out. A drain before the number is given back needs neither.",
    evidence: { kind: "derived", where: "amdgpu_pasid_alloc() of 7.3.4" },
    runs: [
      { label: "in turn", request: numbers({}, "linux-7.3.4-amdgpu"), expect: { "NUM-1": "violated" } },
      {
        label: "the event says which use",
        request: numbers({ numberEnd: "undrained", eventCarries: "number-and-life" }),
        expect: { "NUM-1": "holds", "NUM-6": "witnessed" },
      },
      {
        label: "never again",
        request: numbers({ numberEnd: "undrained", numberOrder: "retired" }),
        expect: { "NUM-1": "holds", "NUM-10": "violated" },
      },
    ],
    chart: { run: 0, property: "NUM-1" },
  },
  {
    id: "child-inherits-number",
    question: "What if a child inherits the PASID of its parent?",
    askedBy: "mm_pasid_init()",
    rows: [],
    given: "A process has a PASID, and forks.",
    when: "the child exits first.",
    answer:
      "dup_mm() copies the mm, with the pointer to what holds the PASID. Without mm_pasid_init() the exit of the child gives the PASID back while devices use it for the parent. Another process may get it, and sees faults of the parent; the parent then gives it back a second time. It was never seen in a released kernel of those that were read: 6.1.192, 6.12.117 and 7.3.4 clear it.",
    evidence: { kind: "verified", where: "mm_init() and mm_pasid_init() of 6.1.192, 6.12.117 and 7.3.4" },
    runs: [
      { label: "cleared", request: numbers(), expect: { "NUM-3": "holds", "NUM-5": "holds" } },
      {
        label: "inherited",
        request: numbers({ childNumber: "inherited" }),
        expect: { "NUM-1": "violated", "NUM-3": "violated", "NUM-5": "violated", "NUM-7": "violated" },
      },
    ],
    chart: { run: 1, property: "NUM-5" },
  },
  {
    id: "number-freed-before-stop",
    question: "May a number be given back before the device has stopped to use it?",
    askedBy: "2667ed10d9f0",
    rows: [],
    given: "A PASID is bound to the address space of a process, which a device uses.",
    when: "the process exits, and its device driver is told at the release of the file.",
    answer:
      "No. __mmput() frees the address space and came first; the driver stops the device later. The PASID belongs to the mm, and is given back by __mmdrop(), after the reference of the driver.",
    evidence: {
      kind: "verified",
      where: "__mmdrop() of 6.12.117 and 7.3.4; the text of the fix as quoted in a distribution's report",
    },
    runs: [
      { label: "after the stop", request: numbers(), expect: { "NUM-7": "holds" } },
      {
        label: "before the stop",
        request: numbers({ numberEnd: "free-first" }),
        expect: { "NUM-1": "violated", "NUM-3": "violated", "NUM-7": "violated" },
      },
    ],
    chart: { run: 1, property: "NUM-7" },
  },
  {
    id: "event-with-old-virtual-id",
    question: "Whom does an event reach that carries the virtual ID of a vDEVICE which is gone?",
    askedBy: "iommufd facts, J29 (a vDEVICE may go while its device stays attached)",
    rows: [],
    given: "A device is attached to a nested HWPT of a vIOMMU, and user space destroys its vDEVICE.",
    when: "user space makes a vDEVICE with the same virtual ID for another device.",
    answer:
      "User space gets it under the old ID, and takes it for an event of the other device. The driver has copied the ID at the attach, and nothing refuses to destroy the vDEVICE. It stays inside one vIOMMU, so that a VMM does this to its own guest only: it must detach the device first. Invalidation by the old ID fails at once, or reaches the other device.",
    evidence: {
      kind: "verified",
      where:
        "arm_smmu_attach_prepare_vmaster() and iommufd_vdevice_destroy() of 7.3.4; J29 was seen on a booted kernel, with the mock driver",
    },
    runs: [
      {
        label: "the device goes on",
        request: numbers({}, "linux-7.3.4-vdevice"),
        expect: { "NUM-1": "violated", "NUM-7": "violated" },
      },
      {
        label: "detached and drained first",
        request: numbers({ numberOrder: "any" }),
        expect: { "NUM-1": "holds", "NUM-7": "holds", "NUM-6": "witnessed" },
      },
    ],
    chart: { run: 0, property: "NUM-1" },
  },
];
