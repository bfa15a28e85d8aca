/** Questions about RFC faults that meet what is not there yet, or not any more, and about devices that tolerate some. */
import type { Scenario } from "../../scenario.ts";
import { study } from "../request.ts";

type Set = Parameters<typeof study>[2];
const intended = (set: Set = {}) => study("rfc", "intended", set);
const posted = (version: "rfc-v1" | "rfc-v2" | "rfc-v3", set: Set = {}) => study("rfc", version, set);

export const rfcLateScenarios: readonly Scenario[] = [
  {
    id: "flag-before-handler",
    question: "When may a device count as enabled for page faults?",
    askedBy: "Shenming Lu, 2021-02-02 (M5)",
    rows: [43, 45],
    given: "A flag that says that the whole path of a fault is ready, from the device to the handler.",
    when: "the flag is set before the handler is registered, or after.",
    answer:
      "After the handler is registered. A flag that is set earlier is wrong for a while, although ioctls of one thread never see it.",
    evidence: { kind: "shown" },
    runs: [
      { label: "iopf_enabled is set last", request: intended(), expect: { "LFC-29": "holds" } },
      {
        label: "iopf_enabled is set first",
        request: intended({ enableOrder: "flag-first" }),
        expect: { "LFC-29": "violated", "LFC-8": "holds" },
      },
    ],
  },
  {
    id: "handler-after-free",
    question: "What keeps the container alive while a handler works on a fault?",
    askedBy: "Alex Williamson, 2021-05-18",
    rows: [21],
    given: "A handler that has looked up its container and has not taken the container's lock yet.",
    when: "the group is detached, and the last detach frees the container.",
    answer:
      "In RFC v3 nothing does: the node is freed under the handler. A use count of the group, as in RFC v2, deadlocks: a handler that drops the last use unregisters itself with its own lock held. A reference that keeps the memory alone is enough.",
    evidence: {
      kind: "verified",
      where:
        "review of RFC v3 by Alex Williamson, 2021-05-18; VFIO facts D-11 (v3: the handler uses a node that detaching has freed), and derived from D-17 (v2: the handler may drop the last reference and take the container apart under its own lock)",
    },
    runs: [
      {
        label: "a raw pointer (RFC v3)",
        request: intended({ handlerReference: "none" }),
        expect: { "LFC-9": "violated", "LCK-10": "holds" },
      },
      {
        label: "a use of the group (RFC v2)",
        request: intended({ handlerReference: "user" }),
        expect: { "LFC-9": "holds", "LCK-10": "violated", "LFC-28": "violated" },
      },
      {
        label: "a reference to the memory",
        request: intended(),
        expect: { "LFC-9": "holds", "LCK-10": "holds", "LFC-28": "holds" },
      },
    ],
    chart: { run: 0, property: "LFC-9" },
  },
  {
    id: "detach-against-fault",
    question: "Can the detach of a group deadlock with a fault of its device?",
    askedBy:
      "VFIO facts, D-05 (v2, v3: detaching takes the locks of container and device in the opposite order to a fault: deadlock)",
    rows: [20, 21],
    given: "A fault takes the device's lock, then the container's lock.",
    when: "the group is detached, or ENABLE fails in the middle and unwinds.",
    answer:
      "Yes, in RFC v3: both ways unregister the handler with the container's lock held. In RFC v2 the handler's use of the group keeps the detach away, and only the unwinding of ENABLE deadlocks. Unregistering without the container's lock avoids it.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts, D-05 (v2, v3: detaching takes the locks of container and device in the opposite order to a fault: deadlock)",
    },
    runs: [
      { label: "RFC v3", request: posted("rfc-v3"), expect: { "LCK-10": "violated", DEADLOCK: "violated" } },
      {
        label: "RFC v2",
        request: posted("rfc-v2"),
        expect: { "LFC-16": "holds", "LCK-10": "violated" },
      },
      {
        label: "RFC v2, ENABLE fails",
        request: posted("rfc-v2", { secondDevice: "none", unmaps: false }),
        expect: { "LFC-16": "violated" },
      },
      {
        label: "locks of RFC v2, no use of the group",
        request: intended({ registerUnder: "container-lock" }),
        expect: { "LCK-10": "violated", "LFC-16": "violated", DEADLOCK: "violated" },
      },
      {
        label: "unregisters without the container's lock",
        request: intended(),
        expect: { "LCK-10": "holds", "LCK-11": "holds", "LFC-16": "holds", "LFC-17": "holds", DEADLOCK: "holds" },
      },
    ],
    chart: { run: 3, property: "LCK-10" },
  },
  {
    id: "feature-bit",
    question: "Does FEAT_IOPF mean that every access of the device may fault?",
    askedBy: "Kevin Tian, 2021-02-01 (M4)",
    rows: [5, 35],
    given: "A device that tolerates faults on its buffers, and not on its rings.",
    when: "page faults are enabled for the container because the device has the bit.",
    answer:
      "No: the bit says that faults can be reported. A ring that is not mapped ends in an error of the device, although user space may rely on it.",
    evidence: { kind: "verified", where: "mail of Kevin Tian, 2021-02-01" },
    runs: [
      {
        label: "the feature bit decides",
        request: intended({ firstDevice: "selective", admission: "feature-bit" }),
        expect: { "LFC-6": "violated", "LFC-8": "violated" },
      },
      {
        label: "the tolerance of the device decides",
        request: intended({ firstDevice: "selective" }),
        expect: { "LFC-6": "holds", "LFC-8": "holds", "LFC-20": "witnessed" },
      },
    ],
    chart: { run: 0, property: "LFC-8" },
  },
  {
    id: "two-phases",
    question: "Can page faults be enabled in two phases, with devices that tolerate every fault first?",
    askedBy: "Kevin Tian, 2021-02-04 (M6)",
    rows: [35, 48],
    given: "One device that tolerates every fault, and one that tolerates some, in one container.",
    when: "the first phase enables the tolerant device, and treats the other as if it could not fault.",
    answer:
      "Yes: faults serve the tolerant device while it is alone, and everything is pinned as soon as the other one joins. The second phase must not enable both by the feature bit.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "first phase",
        request: intended({ secondDevice: "selective", unmaps: false }),
        expect: { "LFC-6": "holds", "LFC-8": "holds", "LFC-19": "witnessed", "LFC-20": "witnessed" },
      },
      {
        label: "second phase by the feature bit",
        request: intended({ secondDevice: "selective", admission: "feature-bit", unmaps: false }),
        expect: { "LFC-6": "violated" },
      },
    ],
  },
  {
    id: "enable-fails-half-way",
    question: "What does ENABLE leave behind when the second device refuses?",
    askedBy: "Alex Williamson, 2021-05-18",
    rows: [32, 64],
    given: "Another user has a handler for the second device, and a device has one handler.",
    when: "ENABLE fails at the second device, and unwinds by counting devices, in an order that may have changed.",
    answer:
      "Counted unwinding, as in RFC v3, can disable what another user had enabled, and leave its own device enabled. Taking back exactly what was done, device by device, leaves nothing behind.",
    evidence: { kind: "verified", where: "review of RFC v3 by Alex Williamson, 2021-05-18" },
    runs: [
      {
        label: "the error path goes by a count",
        request: intended({
          secondDevice: "full",
          foreignUser: true,
          mixedContainer: "refused",
          enableUnwind: "counted",
          unmaps: false,
        }),
        expect: { "LFC-12": "violated", "LFC-13": "violated" },
      },
      {
        label: "the error path undoes what was done",
        request: intended({ secondDevice: "full", foreignUser: true, mixedContainer: "refused", unmaps: false }),
        expect: { "LFC-12": "holds", "LFC-13": "holds" },
      },
    ],
    chart: { run: 0, property: "LFC-12" },
  },
  {
    id: "unrecoverable-faults",
    question: "Must VFIO's handler check that a fault is a page request?",
    askedBy: "Lu Baolu, 2021-03-10",
    rows: [20],
    given: "A device whose access cannot fault; it is aborted, and the record says so.",
    when: "the handler of RFC v2, which does not check, gets the record.",
    answer: "Handler or core must check. Otherwise the handler answers a fault that no device waits for.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "refused before the handler",
        request: intended({ firstDevice: "selective", admission: "feature-bit" }),
        expect: { "LFC-14": "holds" },
      },
      {
        label: "the handler serves it",
        request: intended({ firstDevice: "selective", admission: "feature-bit", unrecoverableFaults: "served" }),
        expect: { "LFC-14": "violated" },
      },
    ],
    chart: { run: 1, property: "LFC-14" },
  },
];
