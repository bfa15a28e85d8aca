/**
 * The hardware page tables (HWPTs) of one iommufd context in Linux 7.3: what each of them was allocated with. Their IDs and
 * their users are in the table of objects.
 *
 * Models  Linux 7.3.4, drivers/iommu/iommufd/iommufd_private.h: struct iommufd_hw_pagetable, iommufd_hwpt_paging,
 *         iommufd_hwpt_nested; device.c: the list of an IOAS that iommufd_device_auto_get_domain() goes through.
 * Omits   The contents of page tables. Several drivers: every HWPT fits every device.
 */
import { assign, emit, setup } from "xstate";
import { linuxAt, messages } from "../../../../../said.ts";
import type { Domain } from "../../io-pgfault/6.12/attach-handles.ts";
import type { Named } from "../objects-7.3/object-messages.ts";

const PRIVATE = "drivers/iommu/iommufd/iommufd_private.h";
const DEVICE = "drivers/iommu/iommufd/device.c";
const HWPT = "drivers/iommu/iommufd/hw_pagetable.c";
const linux73 = (file: string, ...functions: readonly string[]) => linuxAt("7.3.4", file, ...functions);

/** A page table, by the number of its memory. */
export type Table = {
  readonly hwpt: number;
  readonly id: number;
  readonly kind: "hwpt-paging" | "hwpt-nested";
  /** The object that it refers to: of a paging HWPT its IOAS, of a nested one its parent, or the vIOMMU that made it. */
  readonly base: Named;
  /** Its fault queue. */
  readonly queue: number | null;
  /** Allocated with IOMMU_HWPT_ALLOC_PASID. */
  readonly pasidCompat: boolean;
  /** Allocated with IOMMU_HWPT_ALLOC_NEST_PARENT. */
  readonly nestParent: boolean;
  /** hwpt_paging->auto_domain: made by an attach to an IOAS, and it goes with its last user. */
  readonly auto: boolean;
};

/** The domain of a page table: who handles its faults. */
export const domainOf = ({ hwpt, queue, kind }: Table): Domain => ({
  handler: queue === null ? null : { hwpt, queue, parent: false },
  nested: kind === "hwpt-nested",
});

export type PageTablesEvent =
  | { readonly type: "hwpt.looks"; readonly hwpt: number; readonly by: string }
  | { readonly type: "hwpt.lists"; readonly ioas: number; readonly by: string }
  | { readonly type: "hwpt.makes"; readonly table: Table }
  | { readonly type: "hwpt.queues"; readonly hwpt: number; readonly queue: number }
  /** hwpt_paging->auto_domain is set. */
  | { readonly type: "hwpt.becomes-auto"; readonly hwpt: number }
  | { readonly type: "hwpt.frees"; readonly hwpt: number };

export type PageTablesEmits =
  | { readonly type: "hwpt.seen"; readonly by: string; readonly table: Table }
  | { readonly type: "hwpt.listed"; readonly by: string; readonly autos: readonly number[] };

const s = setup({
  types: {
    context: {} as { readonly tables: readonly Table[] },
    events: {} as PageTablesEvent,
    emitted: {} as PageTablesEmits,
  },
});

export const pageTables = s.createMachine({
  id: "page-tables",
  description: "the HWPTs of an iommufd context",
  meta: {
    origin: linux73(PRIVATE, "to_hwpt_paging", "to_hwpt_nested"),
    lane: "the HWPTs of the iommufd context",
    messages: messages<PageTablesEmits>({
      "hwpt.seen": "shows HWPT {table.hwpt} to {by}",
      "hwpt.listed": {
        says: "lists the automatic HWPTs of the IOAS: [{autos}]",
        origin: linux73(DEVICE, "iommufd_device_auto_get_domain"),
      },
    }),
  },
  context: { tables: [] },
  on: {
    "hwpt.looks": {
      actions: emit(({ context, event }) => ({
        type: "hwpt.seen",
        by: event.by,
        table: context.tables.find(({ hwpt }) => hwpt === event.hwpt)!,
      })),
    },
    "hwpt.lists": {
      actions: emit(({ context: { tables }, event }) => ({
        type: "hwpt.listed",
        by: event.by,
        autos: tables.filter(({ auto, base }) => auto && base.at === event.ioas).map(({ hwpt }) => hwpt),
      })),
    },
    "hwpt.makes": {
      meta: { origin: linux73(HWPT, "iommufd_hwpt_paging_alloc", "iommufd_hwpt_nested_alloc") },
      actions: assign({ tables: ({ context, event }) => [...context.tables, event.table] }),
    },
    "hwpt.queues": {
      meta: { origin: linux73(HWPT, "iommufd_hwpt_alloc") },
      actions: assign({
        tables: ({ context, event: { hwpt, queue } }) =>
          context.tables.map((table) => (table.hwpt === hwpt ? { ...table, queue } : table)),
      }),
    },
    "hwpt.becomes-auto": {
      meta: { origin: linux73(DEVICE, "iommufd_device_auto_get_domain") },
      actions: assign({
        tables: ({ context, event }) =>
          context.tables.map((table) => (table.hwpt === event.hwpt ? { ...table, auto: true } : table)),
      }),
    },
    "hwpt.frees": {
      meta: { origin: linux73(HWPT, "__iommufd_hwpt_destroy") },
      actions: assign({
        tables: ({ context, event }) => context.tables.filter(({ hwpt }) => hwpt !== event.hwpt),
      }),
    },
  },
});
