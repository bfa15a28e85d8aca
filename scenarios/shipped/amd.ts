/** Findings about drivers/iommu/amd. */
import { newest, type Shipped } from "./shipped.ts";

export const amdFindings: readonly Shipped[] = [
  {
    id: "amd-overflow-cleared-unseen",
    title: "An overflow of the PPR log is cleared unseen, and the log stays stopped",
    functions: ["amd_iommu_handle_irq()", "amd_iommu_restart_log()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "absent",
        read: "amd_iommu_int_thread() does not look at the overflow flag of the PPR log, and nothing restarts that log. The flags of event log and GA log are cleared unseen there as well.",
      },
      {
        tree: "6.12.117",
        state: "present",
        read: "amd_iommu_handle_irq() reads the status register, writes int_mask | overflow_mask to it, handles the log, and calls the overflow handler only if the value that was read had the flag. amd_iommu_restart_log() is called from nowhere else.",
      },
      newest("present", "amd_iommu_handle_irq() and amd_iommu_restart_log() are the same."),
    ],
    conditions:
      "the log overflows between the read and the write of the status register in amd_iommu_handle_irq(). That the log does not start again by itself is what amd_iommu_restart_log() takes for granted: it, too, runs after the flag was cleared.",
    scenario: "queue-accepts-again",
    run: 1,
    property: "LIV-4",
    mail: {
      subject: "iommu/amd: log overflow is cleared unseen in amd_iommu_handle_irq()",
      body: `
amd_iommu_handle_irq() reads MMIO_STATUS_OFFSET once, and then writes
int_mask | overflow_mask to it:

	status = readl(...);
	while (status & mask) {
		writel(mask, ...);
		int_handler(iommu);
		if ((status & overflow_mask) && overflow_handler)
			overflow_handler(iommu);
		status = readl(...);
	}

If the log overflows after the readl() and before the writel(), the
write clears an overflow flag that status does not have. The overflow
handler is not called, and the next readl() shows no flag either. If
the log does not run again until it is restarted, as the handler takes
for granted, no entry and no interrupt follow that would call the
handler. For the PPR log this ends page requests of every device behind
the IOMMU; event log and GA log use the same function.

In a model of the log and this function it is enough to write back only
the bits that were read as set, as in writel(status & mask). A flag that
is set later is then seen by the next read.

This is by reading 6.12.117 and 7.3.4, which have the same code, and by
a model; no AMD hardware was used.`,
    },
  },
  {
    id: "amd-refusal-is-failure",
    title: "AMD answers a refused page request with Response Failure, which ends page requests for the function",
    functions: ["iommu_call_iopf_notifier()", "amd_iommu_complete_ppr()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "absent",
        read: "ppr_notifier() of iommu_v2.c answers PPR_INVALID for a PASID that it does not know. It answers PPR_FAILURE only where a driver's inv_ppr_cb() asks for it.",
      },
      {
        tree: "6.12.117",
        state: "present",
        read: "iommu_call_iopf_notifier() answers IOMMU_PAGE_RESP_FAILURE to a request that is malformed or without a valid PASID, last or not.",
      },
      newest(
        "present",
        "iommu_call_iopf_notifier() answers as in 6.12.117; iommu_sva_bind_device() does not refuse x86.",
      ),
    ],
    conditions:
      "a device sends one request without a PASID, or with one that is not valid. Where SVA can be bound, other users of the interface lose their page requests. iommu_sva_bind_device() of 6.12.117 refuses it on x86, that of 7.3.4 does not.",
    scenario: "refused-requests",
    run: 8,
    property: "PCL-8",
    mail: {
      subject: "iommu/amd: one invalid PPR entry disables page requests of the function",
      body: `
iommu_call_iopf_notifier() of 6.12.117 completes a PPR entry that it does
not accept with IOMMU_PAGE_RESP_FAILURE, whether it is the last of its
group or not. The value is 2, a code that PCIe reserves and that a function
treats as Response Failure. A function that receives one stops page
requests, until software resets and enables the interface again.
Thus one bad request ends page requests for all functions that share the
interface. VT-d answers Invalid Request in the same case, to the last
request only; in the model the interface stays enabled for the others.

ppr_notifier() of 6.1 answers PPR_INVALID to a PASID that it does not
know. 7.3.4 does the same as 6.12.117.

This is by reading and by a model; no AMD hardware was used.`,
    },
  },
  {
    id: "amd-root-and-mode-apart",
    title: "An unmap beside a map that adds a level unmaps nothing, and the page stays mapped",
    functions: ["fetch_pte()", "alloc_pte()", "increase_address_space()", "iommu_v1_unmap_pages()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "present",
        read: "increase_address_space() writes iop.root and then iop.mode; fetch_pte() and alloc_pte() read the mode and then the root, without a lock.",
      },
      {
        tree: "6.12.117",
        state: "fixed",
        read: "increase_address_space() writes both within a sequence count, and fetch_pte() and alloc_pte() read again if it has changed.",
      },
      newest("fixed", "the generic page table keeps both in one word, which increase_top() writes."),
    ],
    fixed: "by 1e56310b40fd (iommu/amd/pgtbl: Fix possible race while increase page table level), CVE-2025-39961",
    conditions:
      "a map beyond the addresses that the page table covers, beside an unmap or a map of another address in the same page table. A map in this window may also enter its page at another place.",
    scenario: "unmap-while-levels-grow",
    run: 2,
    property: "LVL-3",
  },
  {
    id: "amd-level-published-first",
    title: "A map beside one that adds a level returns before the IOMMU can reach the page",
    functions: ["increase_address_space()", "alloc_pte()", "amd_iommu_update_and_flush_device_table()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "present",
        read: "increase_address_space() writes iop.root and iop.mode, and then calls amd_iommu_update_and_flush_device_table(). alloc_pte() of another thread reads iop.mode without the lock.",
      },
      {
        tree: "6.12.117",
        state: "present",
        read: "increase_address_space() ends the sequence count, and then calls amd_iommu_update_and_flush_device_table(). alloc_pte() of another thread takes no lock.",
      },
      newest("fixed", "increase_top() calls amd_iommu_change_top() before it writes top_of_table."),
    ],
    fixed: "in 7.3.4: increase_top() updates the entries of the devices before it publishes the new top",
    conditions:
      "two maps beyond the addresses that the page table covers, at once, and a device that uses the second one at once. domain_flush_np_cache() takes domain->lock after a map in a guest, which ends it there.",
    scenario: "level-published-first",
    run: 1,
    property: "LVL-9",
  },
  {
    id: "amd-detach-takes-pasid-of-vfs",
    title: "A detach of a physical function disables PASID for its virtual functions, which are attached",
    functions: ["detach_device()", "pdev_disable_caps()", "pci_disable_pasid()", "pci_enable_pasid()"],
    evidence: "model and source",
    trees: [
      {
        tree: "6.1.192",
        state: "absent",
        read: "detach_device() disables PASID in pdev_iommuv2_disable() alone, for a domain of iommu_v2.",
      },
      {
        tree: "6.12.117",
        state: "present",
        read: "detach_device() calls pdev_disable_caps(), and pci_disable_pasid() of a physical function clears PASID Enable. pci_enable_pasid() of a virtual function succeeds if its physical function has PASID enabled, and counts nothing.",
      },
      newest("present", "detach_device(), pci_disable_pasid() and pci_enable_pasid() are the same in this."),
    ],
    conditions:
      "a physical function and one of its virtual functions are attached with PASIDs, and the physical function is detached, as when its driver is unbound for VFIO.",
    scenario: "virtual-functions-share-pasid",
    run: 0,
    property: "FEA-5",
    mail: {
      subject: "iommu/amd: detach of a PF disables PASID for its attached VFs",
      body: `
VFs share the PASID configuration of their PF. pci_enable_pasid() of a VF
returns 0 if the PF has PASID enabled, and nothing counts the VF as a user.
detach_device() of the PF calls pdev_disable_caps(), and thus
pci_disable_pasid(), which clears PASID Enable of the PF:

  VF: attach_device()   pci_enable_pasid() returns 0, pasid_enabled = 1
  PF: detach_device()   pci_disable_pasid() clears PASID Enable
  VF                    is attached with PASIDs that it cannot send

The VF's dev_data->pasid_enabled stays 1, and an attach of a PASID to the
VF does not fail. In the model it is enough that PASID stays enabled from
probe to release.

This is by reading 6.12.117 and 7.3.4 and by a model; it was not run on
hardware.`,
    },
  },
];
