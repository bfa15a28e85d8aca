/**
 * The memory of the processes whose PASIDs devices use, as far as a page fault reads it.
 *
 * Models  Linux 6.1, drivers/iommu/io-pgfault.c: iopf_handle_single(). iommu_sva_find() finds the mm of a PASID and takes a
 *         reference unless the process has exited; vma_lookup(), the permission check, and handle_mm_fault() follow
 *         (iopf-core 1.3; I19: Success only if every page of the group is mapped).
 * Omits   pages: handle_mm_fault() fails only for an area that always raises SIGBUS. Stacks that grow. mmap_lock: a fault is
 *         handled in one step.
 */
import { assign, enqueueActions, setup } from "xstate";
import { linux61, messages } from "../../../../said.ts";
import { EXECUTE, PRIVILEGED, READ, WRITE, type Fault, type ResponseCode } from "../../include/iommu.ts";

/** struct vm_area_struct: bytes from `start` up to `end`. */
export type Area = {
  readonly start: number;
  readonly end: number;
  /** Bits READ, WRITE, EXECUTE. */
  readonly prot: number;
  readonly sigbus: boolean;
};

export type AddressSpace = {
  readonly mm: number;
  /** The PASID in iommu_sva_pasid, by which iommu_sva_find() finds the mm; null: none. */
  readonly pasid: number | null;
  /** mm_users is 0: mmget_not_zero() fails. */
  readonly exited: boolean;
  /** By start. */
  readonly areas: readonly Area[];
};

export type AddressSpacesContext = { readonly spaces: readonly AddressSpace[] };

export type AddressSpacesEvent =
  | { readonly type: "mm.is-created"; readonly mm: number }
  | { readonly type: "mm.gets-pasid"; readonly mm: number; readonly pasid: number }
  | { readonly type: "mm.maps"; readonly mm: number; readonly area: Area }
  | { readonly type: "mm.unmaps"; readonly mm: number; readonly start: number }
  | { readonly type: "mm.exits"; readonly mm: number }
  | { readonly type: "worker.resolves"; readonly worker: number; readonly device: number; readonly member: Fault };

export type AddressSpacesEmits =
  | { readonly type: "member.resolved"; readonly worker: number; readonly code: ResponseCode }
  /** A call of handle_mm_fault(). */
  | {
      readonly type: "mm.faults";
      readonly mm: number;
      readonly page: number;
      readonly perm: number;
      readonly user: boolean;
      readonly ok: boolean;
    };

const change = (
  { spaces }: AddressSpacesContext,
  mm: number,
  how: (space: AddressSpace) => Partial<AddressSpace>,
): AddressSpacesContext => ({
  spaces: spaces.map((space) => (space.mm === mm ? { ...space, ...how(space) } : space)),
});

const IOPF = "drivers/iommu/io-pgfault.c";

const s = setup({
  types: { context: {} as AddressSpacesContext, events: {} as AddressSpacesEvent, emitted: {} as AddressSpacesEmits },
});

export const addressSpaces = s.createMachine({
  id: "address-spaces",
  description: "the memory of the processes whose PASIDs devices use",
  meta: {
    origin: linux61(IOPF, "iopf_handle_single"),
    lane: "the memory of the bound processes",
    messages: messages<AddressSpacesEmits>({
      "member.resolved": "returns {code}",
      "mm.faults": { says: "faults in page {page} of mm {mm}", origin: linux61("mm/memory.c", "handle_mm_fault") },
    }),
  },
  context: { spaces: [] },
  on: {
    "mm.is-created": {
      actions: assign({
        spaces: ({ context: { spaces }, event: { mm } }) =>
          [...spaces, { mm, pasid: null, exited: false, areas: [] }].sort((a, b) => a.mm - b.mm),
      }),
    },
    "mm.gets-pasid": { actions: assign(({ context, event: { mm, pasid } }) => change(context, mm, () => ({ pasid }))) },
    "mm.exits": { actions: assign(({ context, event: { mm } }) => change(context, mm, () => ({ exited: true }))) },
    "mm.maps": {
      actions: assign(({ context, event: { mm, area } }) =>
        change(context, mm, ({ areas }) => ({ areas: [...areas, area].sort((a, b) => a.start - b.start) })),
      ),
    },
    "mm.unmaps": {
      actions: assign(({ context, event: { mm, start } }) =>
        change(context, mm, ({ areas }) => ({ areas: areas.filter((area) => area.start !== start) })),
      ),
    },
    "worker.resolves": {
      actions: enqueueActions(({ context, event: { worker, member }, enqueue }) => {
        const { page, pasid, perm } = member;
        const space = context.spaces.find((other) => pasid !== null && other.pasid === pasid && !other.exited);
        const area = space?.areas.find(({ start, end }) => start <= page && page < end);
        const wanted = perm & (READ | WRITE | EXECUTE);
        const allowed = space !== undefined && area !== undefined && (wanted & ~area.prot) === 0;
        const ok = allowed && !area.sigbus;
        if (allowed) {
          const user = (perm & PRIVILEGED) === 0;
          enqueue.emit({ type: "mm.faults", mm: space.mm, page, perm: wanted, user, ok });
        }
        enqueue.emit({ type: "member.resolved", worker, code: ok ? "success" : "invalid" });
      }),
    },
  },
});
