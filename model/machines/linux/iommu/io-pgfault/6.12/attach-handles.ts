/**
 * The PASID table of one IOMMU group in software (iommu_group->pasid_array): which domain the requests of a PASID belong to.
 * Every event is one load, store or erase of the xarray.
 *
 * Models  Linux 6.12, drivers/iommu/iommu.c: iommu_attach_group_handle(), iommu_replace_group_handle(),
 *         iommu_detach_group_handle(), iommu_attach_handle_get(), and io-pgfault.c: find_fault_handler() (iopf-core 1.4).
 *         A lookup takes no reference, so the reporter borrows the handle: I12 (no group points to a freed handle), I13 (no
 *         reporter is inside a report when the handle is freed). The ghost message `handle.freed` marks the borrowed pointers as dangling, so a
 *         handle needs no identity.
 * Omits   the call of the driver that switches the domain: it is a step of another machine, before or after the store: B27
 *         ("Swap order of setting pasid_array and attach op"). group->mutex: one thread attaches and detaches, or holds it.
 *         The time between the load of a handle and the read of its domain in find_fault_handler(). A handle that is freed
 *         there is used after its free too, also by a request that is not the last.
 */
import { emit, enqueueActions, setup } from "xstate";
import type { Json } from "../../../../../../checker/json.ts";
import { linux612, messages } from "../../../../../said.ts";
import { EBUSY, ENOENT, OK } from "../../../include/iommu.ts";

/** The array's index for requests without PASID (IOMMU_NO_PASID). */
const NO_PASID = 0;

export type Domain = {
  /** domain->iopf_handler; null: none. Only the machine of the handler reads what is in it. */
  readonly handler: Json;
  /** IOMMU_DOMAIN_NESTED. */
  readonly nested: boolean;
  /** domain->mm of an IOMMU_DOMAIN_SVA; absent: a domain of another type. */
  readonly mm?: number;
};

export type Attachment = {
  readonly pasid: number;
  readonly domain: Domain;
  /** The device that attached, where the caller keeps it: struct iommufd_attach_handle, `idev`. */
  readonly idev?: number;
};

/** struct iommu_attach_handle, as a lookup returns it. */
export type AttachHandle = { readonly iommuGroup: number } & Attachment;

export const attachHandle = (iommuGroup: number, { pasid, domain, idev }: Attachment): AttachHandle => ({
  iommuGroup,
  pasid,
  domain,
  ...(idev === undefined ? {} : { idev }),
});

export type AttachHandlesContext = {
  readonly iommuGroup: number;
  /** ops->user_pasid_table: a PASID that is not in the array belongs to the nested domain of the RID. */
  readonly userPasidTable: boolean;
  /** By PASID, ascending. */
  readonly attached: readonly Attachment[];
};

/** The component that changes the array; it is told the result. Absent: the system has only one. */
type By = { readonly by?: string };

export type AttachHandlesEvent =
  | ({ readonly type: "handle.inserts" } & Attachment & By)
  | ({ readonly type: "handle.replaces" } & Attachment & By)
  | ({ readonly type: "handle.erases"; readonly pasid: number } & By)
  /** kfree() of a handle that is no longer in the array. */
  | ({ readonly type: "handle.frees" } & Attachment)
  | { readonly type: "handle.looks-up"; readonly device: number; readonly pasid: number | null }
  /** iommu_attach_handle_get() for IOMMU_DOMAIN_SVA, by a bind. */
  | { readonly type: "bond.looks-up"; readonly pasid: number };

export type AttachHandlesEmits =
  | (By & {
      readonly type: "handle.changed";
      readonly iommuGroup: number;
      readonly pasid: number;
      readonly result: number;
      /** The domain of the handle that was erased or replaced; its memory is freed next. */
      readonly old: Domain | null;
    })
  | { readonly type: "handle.found"; readonly device: number; readonly handle: AttachHandle | null }
  /** OK with the mm of an SVA domain, EBUSY for another domain, ENOENT for none. */
  | { readonly type: "bond.found"; readonly result: number; readonly mm: number | null }
  /** Ghost: a borrowed pointer to this handle dangles from now on. */
  | { readonly type: "handle.freed"; readonly handle: AttachHandle };

export type AttachHandlesInput = {
  readonly iommuGroup: number;
  readonly userPasidTable?: boolean;
  /** Domains that are attached at the beginning. */
  readonly attached?: readonly Attachment[];
};

const IOMMU = "drivers/iommu/iommu.c";
const inReplace = linux612(IOMMU, "iommu_replace_group_handle");

/** What a thread says that stores, erases and frees attach handles. */
export const handleSays = {
  "handle.inserts": {
    says: "stores the attach handle of PASID {pasid}",
    origin: linux612(IOMMU, "iommu_attach_group_handle"),
  },
  "handle.replaces": { says: "replaces the attach handle of PASID {pasid}", origin: inReplace },
  "handle.erases": {
    says: "erases the attach handle of PASID {pasid}",
    origin: linux612(IOMMU, "iommu_detach_group_handle"),
  },
  "handle.frees": "frees the attach handle of PASID {pasid}",
} as const;

type Attached = readonly Attachment[];

const at = (attached: Attached, pasid: number): Attachment | undefined =>
  attached.find((entry) => entry.pasid === pasid);

const callerOf = ({ by }: By): By => (by === undefined ? {} : { by });

const store = (attached: Attached, { pasid, domain, idev }: Attachment): Attached => {
  const stored = { pasid, domain, ...(idev === undefined ? {} : { idev }) };
  return [...erase(attached, pasid), stored].sort((a, b) => a.pasid - b.pasid);
};

const erase = (attached: Attached, pasid: number): Attached => attached.filter((entry) => entry.pasid !== pasid);

/** find_fault_handler(): the handle of the PASID, or with a user PASID table that of the RID; null without a handler. */
function lookUp(
  { iommuGroup, userPasidTable, attached }: AttachHandlesContext,
  pasid: number | null,
): AttachHandle | null {
  const own = at(attached, pasid ?? NO_PASID);
  const rid = at(attached, NO_PASID);
  const found = own ?? (pasid !== null && userPasidTable && rid?.domain.nested ? rid : undefined);
  return found && found.domain.handler !== null ? attachHandle(iommuGroup, found) : null;
}

/** iommu_attach_handle_get() for IOMMU_DOMAIN_SVA. */
function bondAt({ attached }: AttachHandlesContext, pasid: number) {
  const found = at(attached, pasid);
  if (found?.domain.mm === undefined) return { result: found ? EBUSY : ENOENT, mm: null };
  return { result: OK, mm: found.domain.mm };
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
  description: "iommu_group->pasid_array: the attach handles of an IOMMU group",
  meta: {
    origin: linux612(IOMMU, "iommu_attach_handle_get"),
    lane: "iommu_group->pasid_array of IOMMU group {iommuGroup}",
    messages: messages<AttachHandlesEmits>({
      "handle.changed": "returns {result}",
      "handle.found": {
        says: "returns the attach handle, or none",
        origin: linux612("drivers/iommu/io-pgfault.c", "find_fault_handler"),
      },
      "bond.found": "returns {result}",
      "handle.freed": {
        says: "frees the attach handle; borrowed pointers to it dangle",
        origin: linux612("drivers/iommu/iommufd/device.c", "iommufd_hwpt_detach_device"),
      },
    }),
  },
  context: ({ input }) => ({
    iommuGroup: input.iommuGroup,
    userPasidTable: input.userPasidTable ?? false,
    attached: input.attached ?? [],
  }),
  on: {
    "handle.inserts": {
      meta: { origin: linux612(IOMMU, "iommu_attach_group_handle") },
      actions: enqueueActions(({ context: { iommuGroup, attached }, event, enqueue }) => {
        const { pasid } = event;
        const result = at(attached, pasid) ? EBUSY : OK;
        if (result === OK) enqueue.assign({ attached: store(attached, event) });
        enqueue.emit({ type: "handle.changed", iommuGroup, pasid, result, old: null, ...callerOf(event) });
      }),
    },
    "handle.replaces": {
      meta: { origin: inReplace },
      actions: enqueueActions(({ context: { iommuGroup, attached }, event, enqueue }) => {
        const { pasid } = event;
        const old = at(attached, pasid)?.domain ?? null;
        enqueue.assign({ attached: store(attached, event) });
        enqueue.emit({ type: "handle.changed", iommuGroup, pasid, result: OK, old, ...callerOf(event) });
      }),
    },
    "handle.erases": {
      meta: { origin: linux612(IOMMU, "iommu_detach_group_handle") },
      actions: enqueueActions(({ context: { iommuGroup, attached }, event, enqueue }) => {
        const { pasid } = event;
        const old = at(attached, pasid)?.domain ?? null;
        enqueue.assign({ attached: erase(attached, pasid) });
        const result = old ? OK : ENOENT;
        enqueue.emit({ type: "handle.changed", iommuGroup, pasid, result, old, ...callerOf(event) });
      }),
    },
    "handle.frees": {
      actions: emit(({ context: { iommuGroup }, event }) => ({
        type: "handle.freed",
        handle: attachHandle(iommuGroup, event),
      })),
    },
    "handle.looks-up": {
      meta: { origin: linux612("drivers/iommu/io-pgfault.c", "find_fault_handler") },
      actions: emit(({ context, event }) => ({
        type: "handle.found",
        device: event.device,
        handle: lookUp(context, event.pasid),
      })),
    },
    "bond.looks-up": {
      actions: emit(({ context, event }) => ({ type: "bond.found", ...bondAt(context, event.pasid) })),
    },
  },
});
