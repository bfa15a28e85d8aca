/**
 * The PASID table of one IOMMU group (iommu_group->pasid_array): which domain the requests of a PASID belong to. Every
 * event is one load, store or erase of the array.
 *
 * Models  Linux 6.12, drivers/iommu/iommu.c: iommu_attach_group_handle(), iommu_replace_group_handle(),
 *         iommu_detach_group_handle(), iommu_attach_handle_get(), and io-pgfault.c: find_fault_handler() (iopf-core 1.4).
 *         A lookup takes no reference: the handle is borrowed (I12, I13). The ghost message `handle.freed` tells the
 *         borrowers that their pointer dangles, so that no handle needs an identity.
 * Omits   the switch of the driver to the new domain: it is a step of another machine, before or after the store
 *         (B27). The group mutex: whoever attaches and detaches is one thread, or holds it.
 */
import { emit, enqueueActions, setup } from "xstate";
import type { Json } from "../../../../../../checker/json.ts";
import { EBUSY, ENOENT, OK } from "../../../include/iommu.ts";

/** The array's index for requests without PASID (IOMMU_NO_PASID). */
const NO_PASID = 0;

export type Domain = {
  /** What its iopf_handler is; null: it has none. Only the handler reads more than null out of it. */
  readonly handler: Json;
  /** IOMMU_DOMAIN_NESTED. */
  readonly nested: boolean;
};

/** What a lookup hands out. */
export type AttachHandle = { readonly iommuGroup: number; readonly pasid: number; readonly domain: Domain };

export type Attachment = { readonly pasid: number; readonly domain: Domain };

export type AttachHandlesContext = {
  readonly iommuGroup: number;
  /** The driver has user_pasid_table: PASIDs that the array does not know belong to a nested domain of the RID. */
  readonly userPasidTable: boolean;
  /** By PASID, ascending. */
  readonly attached: readonly Attachment[];
};

export type AttachHandlesEvent =
  | { readonly type: "handle.inserts"; readonly pasid: number; readonly domain: Domain }
  | { readonly type: "handle.replaces"; readonly pasid: number; readonly domain: Domain }
  | { readonly type: "handle.erases"; readonly pasid: number }
  /** The memory of a handle that is no longer in the array goes. */
  | { readonly type: "handle.frees"; readonly pasid: number; readonly domain: Domain }
  | { readonly type: "handle.looks-up"; readonly device: number; readonly pasid: number | null };

export type AttachHandlesEmits =
  | {
      readonly type: "handle.changed";
      readonly iommuGroup: number;
      readonly pasid: number;
      readonly result: number;
      /** What was erased or replaced, and is now to be freed. */
      readonly old: Domain | null;
    }
  | { readonly type: "handle.found"; readonly device: number; readonly handle: AttachHandle | null }
  /** Ghost: a borrowed pointer to this handle dangles from now on. */
  | { readonly type: "handle.freed"; readonly handle: AttachHandle };

export type AttachHandlesInput = {
  readonly iommuGroup: number;
  readonly userPasidTable?: boolean;
  /** What is attached from the start. */
  readonly attached?: readonly Attachment[];
};

type Attached = readonly Attachment[];

const at = (attached: Attached, pasid: number): Domain | undefined =>
  attached.find((entry) => entry.pasid === pasid)?.domain;

const store = (attached: Attached, pasid: number, domain: Domain): Attached =>
  [...erase(attached, pasid), { pasid, domain }].sort((a, b) => a.pasid - b.pasid);

const erase = (attached: Attached, pasid: number): Attached => attached.filter((entry) => entry.pasid !== pasid);

/** find_fault_handler(): the handle of the PASID, or for a user PASID table the nested one of the RID; with a handler. */
function lookUp(
  { iommuGroup, userPasidTable, attached }: AttachHandlesContext,
  pasid: number | null,
): AttachHandle | null {
  const own = at(attached, pasid ?? NO_PASID);
  const rid = at(attached, NO_PASID);
  let found = own && { iommuGroup, pasid: pasid ?? NO_PASID, domain: own };
  if (!found && pasid !== null && userPasidTable && rid?.nested) found = { iommuGroup, pasid: NO_PASID, domain: rid };
  return found && found.domain.handler !== null ? found : null;
}

const s = setup({
  types: {
    context: {} as AttachHandlesContext,
    events: {} as AttachHandlesEvent,
    emitted: {} as AttachHandlesEmits,
    input: {} as AttachHandlesInput,
  },
});

export const attachHandles = s.createMachine({
  id: "attach-handles",
  context: ({ input }) => ({
    iommuGroup: input.iommuGroup,
    userPasidTable: input.userPasidTable ?? false,
    attached: input.attached ?? [],
  }),
  on: {
    "handle.inserts": {
      actions: enqueueActions(({ context: { iommuGroup, attached }, event: { pasid, domain }, enqueue }) => {
        const result = at(attached, pasid) ? EBUSY : OK;
        if (result === OK) enqueue.assign({ attached: store(attached, pasid, domain) });
        enqueue.emit({ type: "handle.changed", iommuGroup, pasid, result, old: null });
      }),
    },
    "handle.replaces": {
      actions: enqueueActions(({ context: { iommuGroup, attached }, event: { pasid, domain }, enqueue }) => {
        enqueue.assign({ attached: store(attached, pasid, domain) });
        enqueue.emit({ type: "handle.changed", iommuGroup, pasid, result: OK, old: at(attached, pasid) ?? null });
      }),
    },
    "handle.erases": {
      actions: enqueueActions(({ context: { iommuGroup, attached }, event: { pasid }, enqueue }) => {
        const old = at(attached, pasid) ?? null;
        enqueue.assign({ attached: erase(attached, pasid) });
        enqueue.emit({ type: "handle.changed", iommuGroup, pasid, result: old ? OK : ENOENT, old });
      }),
    },
    "handle.frees": {
      actions: emit(({ context: { iommuGroup }, event: { pasid, domain } }) => ({
        type: "handle.freed",
        handle: { iommuGroup, pasid, domain },
      })),
    },
    "handle.looks-up": {
      actions: emit(({ context, event }) => ({
        type: "handle.found",
        device: event.device,
        handle: lookUp(context, event.pasid),
      })),
    },
  },
});
