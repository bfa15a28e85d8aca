/**
 * The PASIDs of processes in Linux 6.1 (iommu_sva_pasid, an IOASID set): a fault of a PASID belongs to the mm that has it.
 *
 * Models  Linux 6.1, drivers/iommu/iommu-sva-lib.c: iommu_sva_find(), as iopf_handle_single() calls it (iopf-core 1.3). 6.12 has
 *         no such set: its work takes the mm from the attach handle (sva-handler.ts).
 * Omits   iommu_sva_alloc_pasid() and its end: PASIDs come from outside, and a process keeps its own. mmget_not_zero(), which
 *         iommu_sva_find() calls: address-spaces.ts has it, for 6.12 too.
 */
import { assign, emit, setup } from "xstate";
import { linux61, messages } from "../../../../said.ts";
import type { Fault } from "../../include/iommu.ts";
import { handleMmSays, type HandleMm } from "./address-spaces.ts";

export type SvaPasidsContext = {
  /** By PASID. */
  readonly pasids: readonly { readonly pasid: number; readonly mm: number }[];
};

const s = setup({
  types: {
    context: {} as SvaPasidsContext,
    events: {} as
      | { readonly type: "mm.gets-pasid"; readonly mm: number; readonly pasid: number }
      | { readonly type: "worker.resolves"; readonly worker: number; readonly device: number; readonly member: Fault },
    emitted: {} as HandleMm,
  },
});

export const svaPasids = s.createMachine({
  id: "sva-pasids",
  description: "iommu_sva_pasid: the PASIDs of processes",
  meta: {
    origin: linux61("drivers/iommu/iommu-sva-lib.c", "iommu_sva_find"),
    lane: "iommu_sva_pasid, the PASIDs of processes",
    messages: messages<HandleMm>({
      "mm.handles-fault": handleMmSays(linux61("drivers/iommu/io-pgfault.c", "iopf_handle_single")),
    }),
  },
  context: { pasids: [] },
  on: {
    "mm.gets-pasid": {
      actions: assign({
        pasids: ({ context: { pasids }, event: { mm, pasid } }) =>
          [...pasids.filter((other) => other.pasid !== pasid), { pasid, mm }].sort((a, b) => a.pasid - b.pasid),
      }),
    },
    "worker.resolves": {
      actions: emit(({ context: { pasids }, event: { worker, member } }) => ({
        type: "mm.handles-fault",
        worker,
        mm: pasids.find(({ pasid }) => pasid === member.pasid)?.mm ?? null,
        member,
      })),
    },
  },
});
