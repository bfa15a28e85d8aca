/**
 * The memory of the processes whose PASIDs devices use, as far as a page fault looks at it.
 *
 * Models  Linux 6.1, drivers/iommu/io-pgfault.c: iopf_handle_single(): PASID to mm (iommu_sva_find()), mmget_not_zero(),
 *         find_extend_vma(), the permission check, handle_mm_fault() (iopf-core 1.3, worker; I19).
 * Omits   pages: handle_mm_fault() fails only where a mapping always raises SIGBUS. Stacks that grow. The mmap lock: a
 *         fault is resolved in one step.
 */
import { assign, enqueueActions, setup } from "xstate";
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
  /** What iommu_sva_find() knows it by; null: nothing. */
  readonly pasid: number | null;
  /** The last user has gone: mmget_not_zero() fails. */
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
  /** handle_mm_fault() was called. */
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

const s = setup({
  types: { context: {} as AddressSpacesContext, events: {} as AddressSpacesEvent, emitted: {} as AddressSpacesEmits },
});

export const addressSpaces = s.createMachine({
  id: "address-spaces",
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
