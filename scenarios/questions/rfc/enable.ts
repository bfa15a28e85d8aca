/** Questions about the life of page faults in a container: enabling, attaching, detaching, and what comes too early or late. */
import type { Scenario } from "../../scenario.ts";
import { study } from "../request.ts";

type Set = Parameters<typeof study>[2];
const intended = (set: Set = {}) => study("rfc", "intended", set);
const posted = (version: "rfc-v1" | "rfc-v2" | "rfc-v3", set: Set = {}) => study("rfc", version, set);
const TWO_DOMAINS = { secondDevice: "full", secondDomain: "own", unmaps: false } as const;

export const rfcScenarios: readonly Scenario[] = [
  {
    id: "enable-after-map",
    question: "May VFIO_IOMMU_ENABLE_IOPF be called after memory is mapped?",
    askedBy: "Shenming Lu, 2021-01-30 (M3); Alex Williamson, 2021-05-18",
    rows: [22, 32],
    given: "A container with a page that DMA_MAP has pinned and mapped.",
    when: "page faults are enabled for the container, and the page is unmapped.",
    answer:
      "Not as posted: DMA_UNMAP then looks at the bitmap only, so the page stays pinned and the device still reaches it. It is enough that ENABLE fails after DMA_MAP, or that it converts what is mapped.",
    evidence: { kind: "verified", where: "review of RFC v3 by Alex Williamson, 2021-05-18" },
    runs: [
      { label: "RFC v3", request: posted("rfc-v3"), expect: { "LFC-3": "violated", "LFC-4": "violated" } },
      {
        label: "ENABLE fails after DMA_MAP",
        request: posted("rfc-v3", { enableAfterMap: "refused" }),
        expect: { "LFC-3": "holds", "LFC-4": "holds", "LFC-19": "witnessed" },
      },
      {
        label: "ENABLE converts what is mapped",
        request: intended(),
        expect: { "LFC-3": "holds", "LFC-4": "holds", "LFC-5": "holds", "LFC-26": "witnessed" },
      },
    ],
    chart: { run: 0, property: "LFC-3" },
  },
  {
    id: "pins-before-notifier",
    question: "In which order must ENABLE drop pins and register its MMU notifier?",
    askedBy: "review of RFC v3, on converting existing mappings",
    rows: [32],
    given: "ENABLE converts what is pinned, so that the notifier manages it from then on.",
    when: "the kernel takes a page while ENABLE is under way.",
    answer:
      "The notifier must be registered first. The container's lock does not keep the kernel from taking a page that is not pinned and not watched.",
    evidence: { kind: "shown" },
    runs: [
      { label: "ENABLE registers the notifier, then drops pins", request: intended(), expect: { "LFC-5": "holds" } },
      {
        label: "ENABLE drops pins, then registers the notifier",
        request: intended({ notifierWhen: "last" }),
        expect: { "LFC-5": "violated" },
      },
    ],
    chart: { run: 1, property: "LFC-5" },
  },
  {
    id: "attach-after-enable",
    question: "What does a group with an IOMMU domain of its own need when it is attached after ENABLE?",
    askedBy:
      "VFIO facts, D-09 (v2, v3: a domain that is added later has no mappings but shares the bits: Success for ever)",
    rows: [19, 32],
    given: "Two devices that tolerate faults, in two domains, and one bitmap for both.",
    when: "a fault of the first device has mapped a page, and the second device then faults on it.",
    answer:
      "It needs a replay of the pages whose bits are set. Without it the handler finds the bit set, answers Success and maps nothing, and the device faults again for ever.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts, D-09 (v2, v3: a domain that is added later has no mappings but shares the bits: Success for ever)",
    },
    runs: [
      {
        label: "the new domain gets no replay",
        request: intended({ ...TWO_DOMAINS, lateDomain: "skipped" }),
        expect: { "LFC-1": "violated", "LFC-15": "violated", "LFC-18": "violated" },
      },
      {
        label: "the new domain gets a replay",
        request: intended(TWO_DOMAINS),
        expect: { "LFC-1": "holds", "LFC-15": "holds", "LFC-18": "holds" },
      },
    ],
    chart: { run: 0, property: "LFC-1" },
  },
  {
    id: "mixed-container",
    question: "What happens in a container in which only some devices can fault?",
    askedBy: "Shenming Lu, 2021-01-25 (M1), patch 3; Alex Williamson, 2021-01-29",
    rows: [5, 21, 22],
    given: "RFC v1: each DMA_MAP asks whether every device of the container can fault. One can.",
    when: "memory is mapped, and then a device that cannot fault is attached, in the same domain or in one of its own.",
    answer:
      "In RFC v1 a device that cannot fault is aborted at the first hole of the domain that it joins. vfio_iommu_type1_attach_group() ends when the group has joined a domain, and fills no holes. In a new domain vfio_iommu_replay() pins and maps everything, so the new device meets no hole; vfio_iommu_map() of the next fault of the first device then maps the page a second time there. io-pgtable-arm refuses that with -EEXIST, and so the fault is refused on Arm, which these runs model. VT-d only warns (DMA PTE ... already set) and AMD page tables v1 replace the entry; both return 0, and the page is pinned a second time. Everything that is mapped must be pinned in every domain before the attach returns; RFC v2 and v3 refuse such a device.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts, D-15 (v1: each DMA_MAP checks again whether devices can fault; a device that cannot fault and is plugged in later meets holes, and pages are pinned twice); Linux 6.12.117, vfio_iommu_type1_attach_group(), vfio_iommu_replay(), __arm_lpae_map(), __domain_mapping(), iommu_v1_map_pages()",
    },
    runs: [
      {
        label: "RFC v1, the same domain",
        request: posted("rfc-v1", { secondDevice: "none" }),
        expect: { "LFC-6": "violated", "LFC-8": "violated" },
      },
      {
        label: "RFC v1, a domain of its own, on Arm",
        request: posted("rfc-v1", { secondDevice: "none", secondDomain: "own" }),
        expect: { "LFC-6": "holds", "LFC-2": "violated", "LFC-8": "violated" },
      },
      {
        label: "holes are filled at attach",
        request: intended({ secondDevice: "none" }),
        expect: { "LFC-6": "holds", "LFC-8": "holds" },
      },
      {
        label: "the device is refused",
        request: intended({ secondDevice: "none", mixedContainer: "refused" }),
        expect: { "LFC-6": "holds", "LFC-8": "holds" },
      },
    ],
    chart: { run: 0, property: "LFC-8" },
  },
  {
    id: "hot-plug-pins-twice",
    question: "Is memory pinned twice when a device that cannot fault is plugged in later?",
    askedBy:
      "VFIO facts, D-15 (v1: each DMA_MAP checks again whether devices can fault; a device that cannot fault and is plugged in later meets holes, and pages are pinned twice)",
    rows: [21, 22],
    given:
      "A page that a fault has pinned and mapped; the new device gets a domain of its own, so that it is replayed.",
    when: "the device is attached, and the page is unmapped.",
    answer:
      "Yes, in RFC v1: the replay pins again what faults had pinned, DMA_UNMAP drops one pin, and the other stays. A replay must copy the translations.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts, D-15 (v1: each DMA_MAP checks again whether devices can fault; a device that cannot fault and is plugged in later meets holes, and pages are pinned twice)",
    },
    runs: [
      {
        label: "RFC v1",
        request: posted("rfc-v1", { secondDevice: "none", secondDomain: "own" }),
        expect: { "LFC-2": "violated", "LFC-4": "violated" },
      },
      {
        label: "the replay copies translations",
        request: intended({ secondDevice: "none", secondDomain: "own", faultPins: "lasting" }),
        expect: { "LFC-2": "holds", "LFC-4": "holds" },
      },
    ],
    chart: { run: 0, property: "LFC-4" },
  },
  {
    id: "unregister-while-pending",
    question: "What happens if a handler cannot be unregistered because a fault is pending?",
    askedBy: "Alex Williamson, 2021-05-18",
    rows: [21],
    given: "Unregistering returns EBUSY while a fault waits for its response; RFC v3 warns and continues.",
    when: "a group is detached.",
    answer:
      "As posted it cannot happen, because the handler responds within the device's lock that unregistering needs. Once responses come later, from a workqueue or a guest, the handler outlives its group; the detach must then wait, without the container's lock.",
    evidence: { kind: "shown" },
    runs: [
      { label: "RFC v3", request: posted("rfc-v3"), expect: { "LFC-10": "holds" } },
      {
        label: "response within the report, EBUSY ignored",
        request: intended({ unregisterBusy: "ignored" }),
        expect: { "LFC-10": "holds" },
      },
      {
        label: "response later, EBUSY ignored",
        request: intended({ handling: "deferred", unregisterBusy: "ignored" }),
        expect: { "LFC-10": "violated", "LFC-27": "witnessed" },
      },
      {
        label: "response later, the detach waits",
        request: intended({ handling: "deferred" }),
        expect: { "LFC-10": "holds", "LFC-17": "holds", "LFC-27": "witnessed" },
      },
      {
        label: "response later, the detach waits with the container's lock",
        request: intended({ handling: "deferred", registerUnder: "container-lock" }),
        expect: { "LFC-17": "violated", "LCK-10": "violated" },
      },
    ],
    chart: { run: 2, property: "LFC-10" },
  },
  {
    id: "early-fault",
    question: "Can a fault be reported before the handler can find the container of its device?",
    askedBy: "Alex Williamson, 2021-05-18",
    rows: [21, 43, 45],
    given: "Enabling a device: the feature, the handler, and in RFC v3 a node that leads to the container.",
    when: "the device faults between two of these steps.",
    answer:
      "Yes, in RFC v3: the node that leads to the container is inserted last, and the fault is aborted. The node must be inserted and filled in before the handler is registered. No access on which user space may rely is affected, because the ioctl has not returned.",
    evidence: { kind: "verified", where: "review of RFC v3 by Alex Williamson, 2021-05-18" },
    runs: [
      {
        label: "the node is inserted last (v3)",
        request: intended({ enableOrder: "node-last", secondDevice: "full", unmaps: false }),
        expect: { "LFC-7": "violated", "LFC-8": "holds" },
      },
      {
        label: "the node is inserted first",
        request: intended({ secondDevice: "full", unmaps: false }),
        expect: { "LFC-7": "holds", "LFC-11": "holds" },
      },
      {
        label: "the node is inserted first and not filled in",
        request: intended({ enableOrder: "node-unfilled" }),
        expect: { "LFC-11": "violated" },
      },
    ],
    chart: { run: 2, property: "LFC-11" },
  },
];
