/** Deliberate defects in the model of policies. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Settings } from "./departure.ts";

const at = (host: string, set: Settings): Request => ({
  system: "policies",
  hardware: ANY_HARDWARE,
  host,
  bounds: "small",
  set,
});

export const policiesBreakages: Breakages = {
  departures: [
    {
      when: { takeBack: "no-sync" },
      breaks: ["POL-1"],
      reason: "a page is unpinned while the IOTLB still translates it (I-03)",
      shown: at("viommu", { takeBack: "no-sync" }),
    },
    {
      when: { takeBack: "unpin-first" },
      breaks: ["POL-1"],
      reason: "a page is unpinned while the page table still maps it (I-03)",
      shown: at("rfc-v1", { takeBack: "unpin-first" }),
    },
    {
      when: { holdOrder: "map-first" },
      breaks: ["POL-1"],
      reason: "a page is mapped before anything keeps it (I-02)",
      shown: at("pin-all", { holdOrder: "map-first" }),
    },
    {
      when: { policy: "pin-all" },
      breaks: ["POL-9", "POL-11"],
      reason: "all pages that were pinned at the start stay pinned (row 1 of the RFC thread)",
      shown: at("pin-all", {}),
    },
    {
      when: { policy: "demand" },
      breaks: ["POL-4"],
      reason: "the first access to a page that is not held faults (row 24 of the RFC thread)",
      shown: at("rfc-v1", {}),
    },
    {
      when: { deviceFault: "divert", backupSlots: 0 },
      breaks: ["POL-3"],
      reason: "without a backup ring a packet that finds no buffer is lost (VFIO facts 4.4)",
      shown: at("drop-ring", {}),
    },
    {
      when: { deviceFault: "divert", backupSlots: 1 },
      breaks: ["POL-3"],
      reason: "the backup ring has fewer slots than packets can be on their way (VFIO facts 4.4)",
      shown: at("backup-ring", { backupSlots: 1 }),
    },
    {
      when: { pressureOn: "any" },
      breaks: ["POL-6"],
      reason: "a page is taken back before the device that faulted on it has used it, again and again (VFIO facts 4.2)",
      shown: at("rfc-v1", { pressureOn: "any" }),
    },
    {
      when: { trapWaits: false },
      breaks: ["POL-14"],
      reason: "the guest's unmap call returns while the page is still mapped and pinned",
      shown: at("viommu", { trapWaits: false }),
    },
    {
      when: { unpinBy: "plain-write" },
      breaks: ["POL-3", "POL-4", "POL-18"],
      reason:
        "a driver maps the page between the read and the write of the shared word, which forgets it (row 4 of the RFC thread)",
      shown: at("coiommu", { unpinBy: "plain-write" }),
    },
    {
      when: { unpinBy: "exchange-without-count" },
      breaks: ["POL-3", "POL-4"],
      reason: "a page that a driver has mapped is taken (row 4 of the RFC thread)",
      shown: at("coiommu", { unpinBy: "exchange-without-count" }),
    },
    {
      when: { unpinBy: "exchange-without-accessed" },
      breaks: ["POL-17"],
      reason: "a page in steady use gets no second chance (row 4 of the RFC thread)",
      shown: at("coiommu", { unpinBy: "exchange-without-accessed" }),
    },
    {
      when: { bitOrder: "before-map" },
      breaks: ["POL-3", "POL-4"],
      reason: "a second driver sees the bit and starts before the page is mapped (row 4 of the RFC thread)",
      shown: at("coiommu", { bitOrder: "before-map" }),
    },
    {
      when: { unpinLocks: false },
      breaks: ["POL-3", "POL-4", "POL-13", "POL-15"],
      reason: "the host sets the bit of a page that the unpin thread is about to unmap (row 4 of the RFC thread)",
      shown: at("coiommu", { unpinLocks: false }),
    },
    {
      when: { driverWaits: false },
      breaks: ["POL-3", "POL-4"],
      reason: "the guest starts DMA before the host has emptied the mailbox (row 4 of the RFC thread)",
      shown: at("coiommu", { driverWaits: false }),
    },
    {
      when: { mailboxChecked: false },
      breaks: ["POL-7", "POL-11"],
      reason:
        "a request overwrites one in the mailbox, and the driver of the first waits for ever (row 4 of the RFC thread)",
      shown: at("coiommu", { mailboxChecked: false }),
    },
    {
      when: { restoresBit: false },
      breaks: ["POL-9", "POL-15"],
      reason:
        "a page that the table calls unpinned stays pinned, so that the unpin thread skips it (row 4 of the RFC thread)",
      shown: at("coiommu", { restoresBit: false }),
    },
    {
      when: { trustsTable: true },
      breaks: ["POL-13"],
      reason:
        "the host pins twice, or unpins what it never pinned, because the shared table says so (row 4 of the RFC thread)",
      shown: at("coiommu", { trustsTable: true, guestLies: true, drivers: 1 }),
    },
    {
      when: { policy: "vpri" },
      breaks: ["POL-4"],
      reason: "the first access to a page that is not held faults (row 24 of the RFC thread)",
      shown: at("vpri", {}),
    },
    {
      when: { policy: "vpri", bitOrder: "before-map" },
      breaks: ["POL-3"],
      reason: "a second device sees the page present and accesses it before it is mapped (VFIO facts 4.4)",
      shown: at("vpri", { bitOrder: "before-map" }),
    },
    {
      when: { withdraws: "last" },
      breaks: ["POL-3"],
      reason:
        "a device finds a page present that is unmapped already, and the IOMMU aborts its access (VFIO facts 4.4)",
      shown: at("vpri", { withdraws: "last" }),
    },
    {
      when: { snoopWaits: false },
      breaks: ["POL-3", "POL-4"],
      reason: "the device reads a descriptor before its page is mapped (VFIO facts 4.4)",
      shown: at("snoop", { snoopWaits: false }),
    },
    {
      when: { snoopSpares: false },
      breaks: ["POL-3", "POL-4"],
      reason: "a page is given back while a descriptor in the shadow ring names it (VFIO facts 4.4)",
      shown: at("snoop", { snoopSpares: false }),
    },
  ],
  unbroken: {},
};
