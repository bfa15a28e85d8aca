/**
 * The memory of the processes that devices use, as far as a page fault of a device reads it: the resolution of one fault.
 *
 * Models  iopf_handle_single() of Linux 6.1, from where it has the mm (drivers/iommu/io-pgfault.c), and iommu_sva_handle_mm() of
 *         6.12 (drivers/iommu/iommu-sva.c), which are the same: a fault without PASID is refused, mmget_not_zero() fails once the
 *         process has exited, and vma_lookup(), the permission check and handle_mm_fault() follow (iopf-core 1.3 and 1.4; I19:
 *         Success only if every page of the group is mapped; I-42: the response is Invalid when the mm is gone). How the mm is
 *         found differs: by PASID in 6.1 (sva-pasids.ts), by the attach handle in 6.12 (sva-handler.ts).
 * Omits   pages: handle_mm_fault() fails only for an area that always raises SIGBUS. Stacks that grow. mmap_lock: a fault is
 *         handled in one step.
 */
import { assign, enqueueActions, setup } from "xstate";
import type { Origin } from "../../../../../checker/said.ts";
import { linux, linux612, messages } from "../../../../said.ts";
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
  /** mm_users is 0: mmget_not_zero() fails. */
  readonly exited: boolean;
  /** By start. */
  readonly areas: readonly Area[];
};

/** The checks of a fault; without one of them it is a deliberate defect. */
export type ResolutionRules = {
  /** Whether a fault calls mmget_not_zero(). */
  readonly checksMm: boolean;
  /** Whether the access must be one that the area allows (vma->vm_flags). */
  readonly checksAccess: boolean;
  /** Whether VM_FAULT_ERROR makes the response Invalid. */
  readonly checksError: boolean;
};

export type AddressSpacesContext = {
  readonly rules: ResolutionRules;
  /** By mm. */
  readonly spaces: readonly AddressSpace[];
  /** Ghost: a fault of a process that had exited was handled with Success. Never cleared. */
  readonly resolvedDead: boolean;
};

export type AddressSpacesInput = {
  readonly rules?: Partial<ResolutionRules>;
  readonly spaces: readonly AddressSpace[];
};

/** Who handles the fault, and the mm that it has found; null: none. */
export type HandleMm = {
  readonly type: "mm.handles-fault";
  readonly worker: number;
  readonly mm: number | null;
  readonly member: Fault;
};

export type AddressSpacesEvent =
  | { readonly type: "mm.is-created"; readonly mm: number }
  | { readonly type: "mm.maps"; readonly mm: number; readonly area: Area }
  | { readonly type: "mm.unmaps"; readonly mm: number; readonly start: number }
  | { readonly type: "mm.exits"; readonly mm: number }
  /** Another process, with the same memory, follows each one that has exited. */
  | { readonly type: "mm.begin" }
  | HandleMm;

/** A fault is handled. */
export type MemberResolved = { readonly type: "member.resolved"; readonly worker: number; readonly code: ResponseCode };

export type AddressSpacesEmits =
  | MemberResolved
  /** A call of handle_mm_fault(). */
  | {
      readonly type: "mm.faults";
      readonly mm: number;
      readonly page: number;
      readonly perm: number;
      readonly user: boolean;
      readonly ok: boolean;
    };

/** What the thread says that hands a fault over. */
export const handleMmSays = (origin: Origin) => ({
  says: "handles the fault on page {member.page} of device {member.device} in mm {mm}",
  origin,
});

const change = (
  { spaces }: AddressSpacesContext,
  mm: number,
  how: (space: AddressSpace) => Partial<AddressSpace>,
): Pick<AddressSpacesContext, "spaces"> => ({
  spaces: spaces.map((space) => (space.mm === mm ? { ...space, ...how(space) } : space)),
});

/** The address space in which handle_mm_fault() is called for the fault, and its area; undefined: the fault is refused before. */
function faultIn({ spaces, rules }: AddressSpacesContext, { mm, member }: HandleMm) {
  const { page, pasid, perm } = member;
  const space = pasid === null ? undefined : spaces.find((other) => other.mm === mm);
  if (!space || (rules.checksMm && space.exited)) return undefined;
  const area = space.areas.find(({ start, end }) => start <= page && page < end);
  const wanted = perm & (READ | WRITE | EXECUTE);
  const allowed = !rules.checksAccess || (area && (wanted & ~area.prot) === 0);
  return area && allowed ? { space, area, wanted } : undefined;
}

const s = setup({
  types: {
    context: {} as AddressSpacesContext,
    events: {} as AddressSpacesEvent,
    emitted: {} as AddressSpacesEmits,
    input: {} as AddressSpacesInput,
  },
});

export const addressSpaces = s.createMachine({
  id: "address-spaces",
  description: "the memory of the processes that devices use",
  meta: {
    origin: linux612("drivers/iommu/iommu-sva.c", "iommu_sva_handle_mm"),
    lane: "the memory of the bound processes",
    messages: messages<AddressSpacesEmits>({
      "member.resolved": "returns {code}",
      "mm.faults": { says: "faults in page {page} of mm {mm}", origin: linux("mm/memory.c", "handle_mm_fault") },
    }),
  },
  context: ({ input }) => ({
    rules: { checksMm: true, checksAccess: true, checksError: true, ...input.rules },
    spaces: input.spaces,
    resolvedDead: false,
  }),
  on: {
    "mm.is-created": {
      actions: assign({
        spaces: ({ context: { spaces }, event: { mm } }) =>
          [...spaces, { mm, exited: false, areas: [] }].sort((a, b) => a.mm - b.mm),
      }),
    },
    "mm.exits": { actions: assign(({ context, event: { mm } }) => change(context, mm, () => ({ exited: true }))) },
    "mm.begin": {
      actions: assign({ spaces: ({ context }) => context.spaces.map((space) => ({ ...space, exited: false })) }),
    },
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
    "mm.handles-fault": {
      actions: enqueueActions(({ context, event, enqueue }) => {
        const { worker, member } = event;
        const called = faultIn(context, event);
        if (!called) {
          enqueue.emit({ type: "member.resolved", worker, code: "invalid" });
          return;
        }
        const { space, area, wanted } = called;
        const user = (member.perm & PRIVILEGED) === 0;
        enqueue.emit({ type: "mm.faults", mm: space.mm, page: member.page, perm: wanted, user, ok: !area.sigbus });
        const code = area.sigbus && context.rules.checksError ? "invalid" : "success";
        if (code === "success" && space.exited) enqueue.assign({ resolvedDead: true });
        enqueue.emit({ type: "member.resolved", worker, code });
      }),
    },
  },
});
