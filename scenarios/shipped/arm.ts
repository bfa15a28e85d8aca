/** Findings about SMMUv3. */
import { newest, type Shipped } from "./shipped.ts";

export const armFindings: readonly Shipped[] = [
  {
    id: "inv-range-reads-array-before-tlbi",
    title: "An unmap does not tell a device that is attached before its TLBI, and the device keeps the page in its ATC",
    functions: ["arm_smmu_domain_inv_range()", "arm_smmu_install_new_domain_invs()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "absent",
        read: "arm_smmu_tlb_inv_range_domain() issues the TLBI and waits, and arm_smmu_atc_inv_domain() reads the list after that.",
      },
      {
        tree: "6.12.117",
        state: "absent",
        read: "arm_smmu_tlb_inv_range_domain() issues the TLBI and waits, and arm_smmu_atc_inv_domain() reads the list after that.",
      },
      newest(
        "present",
        "arm_smmu_domain_inv_range() loads smmu_domain->invs, and then issues the TLBI and the ATC invalidations of that array.",
      ),
    ],
    conditions:
      "two devices with ATS share a domain and its ASID, and the second is attached while a page is unmapped that the first has used.",
    scenario: "list-read-before-iotlb",
    run: 1,
    property: "INV-1",
    mail: {
      subject: "iommu/arm-smmu-v3: an attach beside an unmap may leave a stale ATC entry",
      body: `
In 7.3.4, arm_smmu_domain_inv_range() loads the array of invalidations
first, and issues TLBI and ATC_INV for what it has loaded. The smp_mb()
before the load makes the IOPTE change visible to a walk by the SMMU. It
does not cover a hit in the IOTLB:

  CPU0, unmap                      CPU1, attach of device B
  clear the IOPTE
  smp_mb()
  invs = rcu_dereference()
                                   publish the array with B
                                   write the STE, enable ATS
                                   B: Translation Request, which hits the
                                   IOTLB entry that device A left under
                                   the same ASID; B's ATC has the page
  TLBI, CMD_SYNC
  ATC_INV for A, CMD_SYNC
  the page is freed

Nothing tells B. In 6.12.117 the TLBI came before the list of devices was
read. There B is passed over in another window: from pci_enable_ats()
until arm_smmu_attach_commit() has set master->ats_enabled.

This is by reading 7.3.4, and by a model of these steps. It was not run on
hardware. In the model 7.3.4 does not have the problem if the TLBI and its
CMD_SYNC come before the load of the array.`,
    },
  },
  {
    id: "invs-lock-of-a-replaced-array",
    title: "An ATC invalidation reaches a device after its detach, if another attach has replaced the array",
    functions: ["arm_smmu_domain_inv_range()", "arm_smmu_invs_unref()", "arm_smmu_install_new_domain_invs()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "rewritten",
        read: "arm_smmu_atc_inv_domain() makes the commands under devices_lock and submits them after it: a detach may return between the two.",
      },
      {
        tree: "6.12.117",
        state: "rewritten",
        read: "arm_smmu_atc_inv_domain() makes the commands under devices_lock and submits them after it: a detach may return between the two.",
      },
      newest(
        "present",
        "arm_smmu_domain_inv_range() holds the rwlock of the array that it has loaded; arm_smmu_invs_unref() takes that of the array that is published.",
      ),
    ],
    conditions: "an unmap runs while one device or PASID is attached to its domain and another is detached from it.",
    scenario: "fence-of-a-replaced-array",
    run: 0,
    property: "INV-5",
    mail: {
      subject: "iommu/arm-smmu-v3: the rwlock of invs does not fence a detach after an attach",
      body: `
A comment in arm_smmu_domain_inv_range() of 7.3.4 says that no ATC
invalidation can be going on after a domain is detached. The read side
holds invs->rwlock of the array that it has loaded. An attach publishes
another array, with a lock of its own:

  CPU0, unmap                CPU1
  invs = rcu_dereference()
  read_lock(&invs->rwlock)
                             attach of B: publishes a new array
                             detach of A: arm_smmu_invs_unref() takes
                             the rwlock of the new array, and returns
  ATC_INV for A

If the device of A is removed or reset after its detach, the command may
time out.

This is by reading 7.3.4, and by a model of these steps. It was not run on
hardware. In the model, a detach that waits for a grace period does not
have the problem.`,
    },
  },
  {
    id: "smmu-ats-before-pasid-restored",
    title: "A function level reset attaches the device again, with ATS, before PASID Enable is restored",
    functions: ["pcie_flr()", "pci_dev_reset_iommu_done()", "arm_smmu_enable_ats()", "pci_restore_pasid_state()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "absent",
        read: "pcie_flr() leaves the page tables of the device alone, and pci_restore_state() restores PASID before ATS.",
      },
      {
        tree: "6.12.117",
        state: "absent",
        read: "pcie_flr() leaves the page tables of the device alone, and pci_restore_state() restores PASID before ATS.",
      },
      newest(
        "present",
        "pcie_flr() ends with pci_dev_reset_iommu_done(), which attaches the device again; arm_smmu_attach_commit() calls arm_smmu_enable_ats(). arm_smmu_enable_pasid() is called at probe alone, and pci_restore_state() restores PASID after pcie_flr() has returned.",
      ),
    ],
    conditions:
      "a device with ATS and PASID behind an SMMUv3 is attached, and its user resets it. Drivers that enable PASID at each attach, or ATS at probe, are not concerned.",
    scenario: "reset-attaches-before-restore",
    run: 0,
    property: "FEA-1",
    mail: {
      subject: "PCI: pcie_flr() attaches the device, with ATS, before PASID is restored",
      body: `
pcie_flr() of 7.3.4 calls pci_dev_reset_iommu_done() before it returns.
For an SMMUv3 that attaches the device again, and arm_smmu_attach_commit()
enables ATS. The registers of the device are restored later:

  pci_reset_function()
    __pci_reset_function_locked()
      pcie_flr()                        clears PASID Enable and ATS Enable
        pci_dev_reset_iommu_done()      attach: arm_smmu_enable_ats()
    pci_dev_restore()
      pci_restore_state()
        pci_restore_pasid_state()       PASID Enable, with ATS enabled

PASID Enable must not change while ATS is enabled. arm_smmu_enable_pasid()
runs at probe alone, so that nothing enables PASID before the attach. In
the model the order is right if the device is attached again after
pci_restore_state().

This is by reading 7.3.4 and by a model; it was not run on hardware.`,
    },
  },
];
