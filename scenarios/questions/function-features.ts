/** Questions about ATS, PASID and PRI of a function: in which order they are enabled, disabled, and restored after a reset. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const features = (set: Set = {}, host = "intended") => study("function-features", host, set);
const VIRTUAL = { virtualFunction: true, functionResets: 0 } as const;

export const functionFeaturesScenarios: readonly Scenario[] = [
  {
    id: "pasid-enabled-before-ats",
    question: "In which order must a driver enable PASID and ATS of a function?",
    askedBy: "c694bc8b612d",
    rows: [],
    given: "A function has ATS, PASID and PRI, all disabled.",
    when: "its driver enables all of them.",
    answer:
      "PASID first, and off last: PASID Enable must not change while ATS is enabled. AMD's driver had it the other way round for some releases before 6.17; 6.12.117 has the fix. The same holds where two callers share the work: PASID that is enabled only when somebody needs it is enabled under ATS.",
    evidence: {
      kind: "verified",
      where: "pdev_enable_caps() of 6.12.117 and 7.3.4, and the fix c694bc8b612d as posted for 6.12",
    },
    runs: [
      { label: "PASID first", request: features(), expect: { "FEA-1": "holds", "FEA-2": "witnessed" } },
      {
        label: "ATS first",
        request: features({ featureEnable: "ats-pasid-pri" }),
        expect: { "FEA-1": "violated" },
      },
      {
        label: "PASID when it is needed",
        request: features({ changesWith: "pasid-by-need" }),
        expect: { "FEA-1": "violated" },
      },
      {
        label: "PASID off first",
        request: features({ featureDisable: "pasid-ats-pri" }),
        expect: { "FEA-1": "violated", "FEA-3": "violated" },
      },
    ],
    chart: { run: 1, property: "FEA-1" },
  },
  {
    id: "reset-attaches-before-restore",
    question: "May a reset attach the device again before its registers are restored?",
    askedBy: "pci_dev_reset_iommu_done() of Linux 7.3.4",
    rows: [],
    given:
      "PASID is enabled at probe and ATS at attach, as SMMUv3 does. The device is attached, or an attach waits for the reset.",
    when: "its user resets it.",
    answer:
      "No. The FLR clears PASID Enable; pcie_flr() then attaches the device again, or lets an attach that waited go on, and both enable ATS; pci_restore_state() enables PASID after that. VT-d in scalable mode, which enables ATS at probe, and AMD, which disables all three at the block, are not concerned. It is derived from the code of 7.3.4, and was not seen on hardware.",
    evidence: {
      kind: "derived",
      where: "pcie_flr(), pci_restore_pasid_state(), arm_smmu_attach_prepare() and arm_smmu_enable_ats() of 7.3.4",
    },
    runs: [
      {
        label: "SMMUv3 of 7.3.4",
        request: features({}, "linux-7.3.4-smmuv3"),
        expect: { "FEA-1": "violated" },
      },
      {
        label: "attached after the restore",
        request: features({ resetBlocks: "whole-reset" }, "linux-7.3.4-smmuv3"),
        expect: { "FEA-1": "holds", "FEA-2": "witnessed" },
      },
      { label: "VT-d of 7.3.4", request: features({}, "linux-7.3.4-vtd"), expect: { "FEA-1": "holds" } },
      {
        label: "AMD, in the same way",
        request: features({ resetBlocks: "flr" }, "linux-6.12.117-amd"),
        expect: { "FEA-1": "holds" },
      },
    ],
    chart: { run: 0, property: "FEA-1" },
  },
  {
    id: "attach-beside-reset",
    question: "What does an attach beside a reset do to PASID and ATS in 6.12.117?",
    askedBy: "f5b16b802174",
    rows: [],
    given: "A driver enables PASID and ATS at attach.",
    when: "the function is reset between the two.",
    answer:
      "The reset clears PASID, the attach goes on and enables ATS, and the restore enables PASID under it. An attach by VFIO and the reset share no lock before the prepare and done of later kernels.",
    evidence: {
      kind: "derived",
      where: "attach_device() (AMD) and pci_reset_function() of 6.12.117, which share no lock",
    },
    runs: [
      { label: "AMD of 6.12.117", request: features({}, "linux-6.12.117-amd"), expect: { "FEA-1": "violated" } },
      {
        label: "attach waits for the FLR",
        request: features({ resetBlocks: "flr" }, "linux-6.12.117-amd"),
        expect: { "FEA-1": "holds", "FEA-8": "witnessed" },
      },
    ],
    chart: { run: 0, property: "FEA-1" },
  },
  {
    id: "virtual-functions-share-pasid",
    question: "May a detach of a physical function disable PASID while its virtual functions are attached?",
    askedBy: "detach_device() of AMD",
    rows: [],
    given:
      "A virtual function shares PASID and PRI of its physical function. Both are attached to domains with PASIDs.",
    when: "the physical function is detached.",
    answer:
      "No. pci_enable_pasid() of the virtual function succeeded because the physical function had PASID enabled, and nothing counts it as a user. After the detach its driver has noted PASID as enabled, and its ATC keeps translations of PASIDs. A driver that enables features from probe to release is not concerned.",
    evidence: { kind: "derived", where: "detach_device() (AMD) and pci_enable_pasid() of 6.12.117 and 7.3.4" },
    runs: [
      {
        label: "AMD",
        request: features(VIRTUAL, "linux-6.12.117-amd"),
        expect: { "FEA-3": "violated", "FEA-5": "violated" },
      },
      {
        label: "from probe to release",
        request: features(VIRTUAL),
        expect: { "FEA-3": "holds", "FEA-5": "holds", "FEA-4": "witnessed" },
      },
    ],
    chart: { run: 0, property: "FEA-5" },
  },
  {
    id: "pri-where-ats-fails",
    question: "What if ATS cannot be enabled after PRI was?",
    askedBy: "iommu_enable_pci_caps() of VT-d in 6.1.192",
    rows: [],
    given: "VT-d of 6.1.192 enables PASID, PRI and ATS, in this order.",
    when: "pci_enable_ats() fails.",
    answer:
      "PRI stays enabled in a function without ATS. VT-d of 7.3.4 and AMD of 6.12.117 enable PRI last, and only where ATS is enabled.",
    evidence: { kind: "verified", where: "iommu_enable_pci_caps() of 6.1.192, iommu_enable_pci_pri() of 7.3.4" },
    runs: [
      {
        label: "VT-d of 6.1.192",
        request: features({ atsFails: true }, "linux-6.1.192-vtd"),
        expect: { "FEA-6": "violated" },
      },
      {
        label: "PRI only with ATS",
        request: features({ atsFails: true }),
        expect: { "FEA-6": "holds", "FEA-7": "witnessed" },
      },
    ],
    chart: { run: 0, property: "FEA-6" },
  },
];
