/** POL: policies for the memory of devices: pinned at the start, on the guest's calls, by a shared table, on a fault. */
import { all, always, canAlways, each, leadsTo, sometimes, type Seen } from "../../checker/property.ts";
import type { TranslationContext } from "../../model/machines/iommu/translation.ts";
import type { HostPageContext } from "../../model/machines/linux/mm/host-page.ts";
import type { CoiommuEntryContext } from "../../model/machines/policies/coiommu-entry.ts";
import type { DmaSlotContext } from "../../model/machines/device/dma-slot.ts";
import type { GuestDriverContext } from "../../model/machines/policies/guest-driver.ts";
import type { HostPressureContext } from "../../model/machines/policies/host-pressure.ts";
import type { RingSnoopContext } from "../../model/machines/policies/ring-snoop.ts";
import type { PoliciesDesign, PoliciesSizes } from "../../model/systems/studies/policies-design.ts";
import { hasFaults } from "../../model/systems/studies/policies-faults.ts";
import { inStudy } from "./parameters.ts";
import { vfioRule } from "./sources.ts";

const page = each<HostPageContext>("policy-page");
const translation = each<TranslationContext>("policy-translation");
const device = each<DmaSlotContext>("policy-device");
const guest = each<GuestDriverContext>("policy-guest");
const guests = all<GuestDriverContext>("policy-guest");
const pressure = each<HostPressureContext>("policy-pressure");
const entry = each<CoiommuEntryContext>("policy-entry");
const presence = each<{ readonly page: number; readonly present: boolean }>("policy-presence");
const lock = each<{ owner: string | null }>("mutex");

const of = (condition: (design: PoliciesDesign, sizes: PoliciesSizes) => boolean = () => true) =>
  inStudy<PoliciesDesign, PoliciesSizes>("policies", condition);
const asksFirst = ({ policy }: PoliciesDesign): boolean => policy === "viommu" || policy === "coiommu";
const isCoiommu = ({ policy }: PoliciesDesign): boolean => policy === "coiommu";
const lies = (design: PoliciesDesign, { guestLies }: PoliciesSizes): boolean => isCoiommu(design) && guestLies;
const honest = (_: PoliciesDesign, { guestLies }: PoliciesSizes): boolean => !guestLies;

const reaches = ({ present, cached, users }: TranslationContext): boolean => present || cached || users > 0;
/** Without translation: lost at once, or not before the report is answered. */
const MISSED = ["lost", "dropped", "waiting", "offering", "diverted"];
/** From the call of dma_map until it has returned from dma_unmap. */
const uses = ({ context }: Seen<GuestDriverContext>, wanted: number): boolean => context.page === wanted;

export const pol = [
  always({
    id: "POL-1",
    name: "reachable-page-pinned",
    statement:
      "A page that a device can reach through page tables, IOTLB or DMA in flight is pinned, whatever the guest does.",
    source: vfioRule("I-02, I-03; row 2"),
    witness: "POL-2",
    applies: of(),
    reads: { translation, page },
    given: {
      "both are the same page": ({ translation: { context: t }, page: { context: p } }) => t.page === p.page,
      "the device reaches it": ({ translation: { context: t } }) => reaches(t),
    },
    parts: { "it is pinned": ({ page: { context: p } }) => p.pins > 0 },
    values: ({ translation: { context: t }, page: { context: p } }) => ({
      "the device reaches the page": reaches(t),
      [`pins of page ${p.page}`]: p.pins,
    }),
  }),
  sometimes({
    id: "POL-2",
    name: "dma-in-flight",
    statement: "DMA is in flight.",
    source: vfioRule("row 2"),
    applies: of(),
    reads: { translation },
    holds: ({ translation: { context } }) => context.users > 0,
  }),
  always({
    id: "POL-3",
    name: "no-lost-dma",
    statement: "No DMA to a page that the guest has mapped for it is lost.",
    source: vfioRule("I-29, I-33; rows 18, 50"),
    witness: "POL-2",
    applies: of(honest),
    reads: { device },
    given: { "the access is legal": ({ device: d }) => d.context.legal },
    parts: { "it is neither lost nor dropped": ({ device: d }) => !["lost", "dropped"].includes(d.state) },
  }),
  always({
    id: "POL-4",
    name: "no-faulting-dma",
    statement: "A DMA to a page that the guest has mapped for it finds a translation at once.",
    source: vfioRule("rows 1, 3, 4, 24"),
    witness: "POL-2",
    applies: of(honest),
    reads: { device },
    given: { "the access is legal": ({ device: d }) => d.context.legal },
    parts: { "it does not miss": ({ device: d }) => !MISSED.includes(d.state) },
  }),
  sometimes({
    id: "POL-5",
    name: "dma-waits-for-fault",
    statement: "A DMA waits until a fault is handled.",
    source: vfioRule("rows 5, 24; 1.6"),
    applies: of(({ policy, deviceFault }) => deviceFault === "stall" || policy === "vpri"),
    reads: { device },
    holds: ({ device: d }) => d.state === "waiting",
  }),
  leadsTo({
    id: "POL-6",
    name: "dma-ends",
    statement:
      "A DMA to a page that the guest has mapped ends if all threads and devices keep running, and the locks and queues are fair.",
    source: vfioRule("I-33"),
    witness: "POL-2",
    applies: of(honest),
    reads: { device },
    when: ({ device: d }) => d.context.legal,
    eventually: ({ device: d }) => d.state === "idle",
    assumes: ["threads", "hardware", "devices", "lock"],
  }),
  leadsTo({
    id: "POL-7",
    name: "driver-wait-ends",
    statement:
      "A driver that waits for the host before its DMA continues if all threads keep running, and the locks and queues are fair.",
    source: vfioRule("row 4; 4.4"),
    witness: "POL-8",
    applies: of(asksFirst),
    reads: { guest },
    when: ({ guest: g }) => g.state === "mapping",
    eventually: ({ guest: g }) => g.state !== "mapping",
    assumes: ["threads", "hardware", "devices", "lock"],
  }),
  sometimes({
    id: "POL-8",
    name: "driver-waits-for-host",
    statement: "A driver waits for the host before its DMA.",
    source: vfioRule("rows 3, 4"),
    applies: of(asksFirst),
    reads: { guest },
    holds: ({ guest: g }) => g.state === "mapping",
  }),
  leadsTo({
    id: "POL-9",
    name: "idle-page-returned",
    statement: "A page that the host wants and no driver uses is given back, or used again.",
    source: vfioRule("rows 1, 25, 26"),
    witness: "POL-10",
    applies: of(honest),
    reads: { pressure, page, guests },
    when: ({ pressure: { state, context }, page: p, guests: drivers }) =>
      state === "wanting" &&
      p.context.page === context.page &&
      p.state === "resident" &&
      !drivers.some((driver) => uses(driver, context.page)),
    eventually: ({ pressure: { state, context }, page: p, guests: drivers }) =>
      p.context.page === context.page &&
      (state === "idle" || p.state === "reclaimed" || drivers.some((driver) => uses(driver, context.page))),
    assumes: ["threads", "hardware", "devices", "lock"],
  }),
  sometimes({
    id: "POL-10",
    name: "host-wants-idle-page",
    statement: "The host wants a page that no driver uses.",
    source: vfioRule("row 1"),
    applies: of(),
    reads: { pressure, guests },
    holds: ({ pressure: { state, context }, guests: drivers }) =>
      state === "wanting" && !drivers.some((driver) => uses(driver, context.page)),
  }),
  canAlways({
    id: "POL-11",
    name: "page-can-return",
    statement: "Every page can always return to the host.",
    source: vfioRule("rows 1, 25"),
    witness: "POL-2",
    applies: of(),
    reads: { page },
    holds: ({ page: p }) => p.state === "reclaimed",
  }),
  sometimes({
    id: "POL-12",
    name: "host-takes-mapped-page",
    statement: "The host takes a page from a device while a driver has it mapped.",
    source: vfioRule("rows 25, 26"),
    applies: of((design) => hasFaults(design) || design.policy === "snoop"),
    reads: { release: each<{ page: number | null }>("policy-release"), guests },
    holds: ({ release: { context }, guests: drivers }) =>
      context.page !== null && drivers.some((driver) => uses(driver, context.page!)),
  }),
  always({
    id: "POL-13",
    name: "one-pin-if-mapped",
    statement:
      "While no thread works on a page, it has one pin if it is mapped and no pin otherwise, whatever the guest does.",
    source: vfioRule("I-04, I-10"),
    witness: "POL-2",
    applies: of(),
    reads: { page, translation, lock },
    holds: ({ page: { context: p }, translation: { context: t }, lock: l }) =>
      t.page !== p.page || (!p.underflow && (l.state === "held" || p.pins === (t.present ? 1 : 0))),
    values: ({ page: { context: p }, translation: { context: t } }) => ({
      [`pins of page ${p.page}`]: p.pins,
      "dropped without a pin": p.underflow,
      mapped: t.present,
    }),
  }),
  always({
    id: "POL-14",
    name: "viommu-pins-mapped-only",
    statement: "With a virtual IOMMU, only pages that the guest has mapped are pinned.",
    source: vfioRule("row 3"),
    witness: "POL-2",
    applies: of(({ policy }) => policy === "viommu"),
    reads: { page, guests },
    given: { "the page is pinned": ({ page: { context: p } }) => p.pins > 0 },
    parts: {
      "a driver of the guest uses it": ({ page: { context: p }, guests: drivers }) =>
        drivers.some((driver) => uses(driver, p.page)),
    },
  }),
  always({
    id: "POL-15",
    name: "shared-table-agrees",
    statement: "While no thread works on a page, the shared table marks it as pinned if and only if it is mapped.",
    source: vfioRule("row 4; I-10"),
    witness: "POL-16",
    applies: of((design, sizes) => isCoiommu(design) && honest(design, sizes)),
    reads: { entry, translation, lock },
    given: {
      "both are the same page": ({ entry: { context: e }, translation: { context: t } }) => e.page === t.page,
      "the lock is free": ({ lock: l }) => l.state !== "held",
    },
    parts: {
      "the table says pinned if and only if it is mapped": ({ entry: { context: e }, translation: { context: t } }) =>
        e.pinned === t.present,
    },
    values: ({ entry: { context: e }, translation: { context: t } }) => ({
      "the table says pinned": e.pinned,
      mapped: t.present,
    }),
  }),
  sometimes({
    id: "POL-16",
    name: "idle-page-reused",
    statement: "A page stays pinned while no driver has it mapped, and is used again without a call to the host.",
    source: vfioRule("row 4"),
    applies: of(isCoiommu),
    reads: { entry },
    holds: ({ entry: { context: e } }) => e.pinned && e.count === 0 && !e.accessed,
  }),
  always({
    id: "POL-17",
    name: "unpin-spares-mapped",
    statement: "The unpin thread takes no page that was mapped since its last look.",
    source: vfioRule("row 4; 4.4"),
    witness: "POL-16",
    applies: of(isCoiommu),
    reads: { entry },
    holds: ({ entry: { context: e } }) => !e.tookUsed,
  }),
  always({
    id: "POL-18",
    name: "shared-table-counts",
    statement: "The shared table counts every driver that has the page mapped.",
    source: vfioRule("row 4"),
    witness: "POL-16",
    applies: of((design, sizes) => isCoiommu(design) && honest(design, sizes)),
    reads: { entry, guests },
    holds: ({ entry: { context: e }, guests: drivers }) =>
      e.count === drivers.filter((driver) => uses(driver, e.page)).length,
    values: ({ entry: { context: e }, guests: drivers }) => ({
      "the table counts": e.count,
      drivers: drivers.filter((driver) => uses(driver, e.page)).map(({ name }) => name),
    }),
  }),
  sometimes({
    id: "POL-19",
    name: "backup-ring-used",
    statement: "A packet waits in the backup ring.",
    source: vfioRule("4.4; row 18"),
    applies: of(({ deviceFault, backupSlots }) => deviceFault === "divert" && backupSlots > 0),
    reads: { ring: each<{ packets: readonly unknown[] }>("backup-ring") },
    holds: ({ ring }) => ring.context.packets.length > 0,
  }),
  sometimes({
    id: "POL-20",
    name: "device-on-unmapped-page",
    statement: "A device works on a page that the guest has not mapped for it.",
    source: vfioRule("4.4"),
    applies: of((_, { guestLies }) => guestLies),
    reads: { device },
    holds: ({ device: d }) => d.state === "accessing" && !d.context.legal,
  }),
  sometimes({
    id: "POL-21",
    name: "guest-waits-for-pinning",
    statement: "The guest does not run yet because the host still pins its memory.",
    source: vfioRule("row 1"),
    applies: of(({ policy }) => policy === "pin-all"),
    reads: { policy: each<never>("policy"), page },
    holds: ({ policy, page: p }) => policy.state === "starting" && p.context.pins > 0,
  }),
  sometimes({
    id: "POL-22",
    name: "lie-sets-pinned-bit",
    statement: "The guest sets the pinned bit of a page that is not mapped, while no thread works on a page.",
    source: vfioRule("row 4; 4.4"),
    applies: of(lies),
    reads: { entry, translation, lock },
    holds: ({ entry: { context: e }, translation: { context: t }, lock: l }) =>
      e.page === t.page && l.state !== "held" && e.pinned && !t.present,
  }),
  sometimes({
    id: "POL-23",
    name: "lie-clears-pinned-bit",
    statement: "The guest clears the pinned bit of a page that is mapped, while no thread works on a page.",
    source: vfioRule("row 4; 4.4"),
    applies: of(lies),
    reads: { entry, translation, lock },
    holds: ({ entry: { context: e }, translation: { context: t }, lock: l }) =>
      e.page === t.page && l.state !== "held" && !e.pinned && t.present,
  }),
  sometimes({
    id: "POL-24",
    name: "lie-drops-count",
    statement: "The guest clears the mapping count of a page that a driver has mapped.",
    source: vfioRule("row 4; 4.4"),
    applies: of(lies),
    reads: { entry, device },
    holds: ({ entry: { context: e }, device: { context: d } }) => d.page === e.page && d.legal && e.count === 0,
  }),
  always({
    id: "POL-25",
    name: "presence-table-agrees",
    statement: "While no thread works on a page, the table of the device calls it present if and only if it is mapped.",
    source: vfioRule("4.4; I-10"),
    witness: "POL-2",
    applies: of(({ policy }) => policy === "vpri"),
    reads: { presence, translation, lock },
    given: {
      "both are the same page": ({ presence: { context: p }, translation: { context: t } }) => p.page === t.page,
      "no thread works on it": ({ lock: l }) => l.state !== "held",
    },
    parts: {
      "present means mapped": ({ presence: { context: p }, translation: { context: t } }) => p.present === t.present,
    },
    values: ({ presence: { context: p }, translation: { context: t } }) => ({
      "the device's table says present": p.present,
      mapped: t.present,
    }),
  }),
  sometimes({
    id: "POL-26",
    name: "descriptor-waits",
    statement: "A descriptor of the available ring waits until its page is mapped.",
    source: vfioRule("4.4"),
    applies: of(({ policy }) => policy === "snoop"),
    reads: { policy: each<RingSnoopContext>("policy"), page },
    holds: ({ policy: { context: c }, page: { context: p } }) => c.probed?.page === p.page && p.pins === 0,
  }),
] as const;
