/**
 * Binding devices to processes: the calls of iommu_sva_bind_device() and iommu_sva_unbind_device(), and what iommu_sva_lock
 * protects, which is the PASID and the SVA domains of each mm, and the users of each bond. A caller holds the lock while the
 * machine is in a state other than "idle".
 *
 * Models  Linux 6.12, drivers/iommu/iommu-sva.c: iommu_sva_bind_device(), iommu_sva_unbind_device(), iommu_alloc_mm_data(),
 *         mm_pasid_drop(); drivers/iommu/iommu.c: iommu_attach_device_pasid(), iommu_detach_device_pasid(),
 *         iommu_alloc_global_pasid() (iopf-core 1.4). The bond is the attach handle of the PASID in the IOMMU group, so a
 *         second device of the group, or a second bind of one device, takes a reference. An mm keeps its PASID until it is
 *         freed; each SVA domain holds a reference to the mm. On x86 6.12.117 refuses a bind: B44.
 *         A domain that cannot be attached is no error: the bind tries the next one, and then allocates another.
 * Omits   a driver that refuses in ops->set_dev_pasid(), domains of other IOMMU drivers, devices without PASIDs. A failing
 *         allocation of iommu_alloc_global_pasid(). kfree() of the handle after the lock: it is one step with the domain's.
 *         References to the mm other than those of mm_users and of the domains.
 */
import { assign, emit, enqueueActions } from "xstate";
import { linux612 } from "../../../../said.ts";
import { EBUSY, ENOENT, ENOMEM, ENOSPC, EOPNOTSUPP, EOVERFLOW, OK } from "../../include/iommu.ts";
import { begins, counts, fails, inserts, looksUp, ofPasid, returns, s, tells, triesNext } from "./sva-bonds-actions.ts";
import { inUnbind, IOMMU, SVA, svaBondsSays } from "./sva-bonds-messages.ts";
import { added, bondOf, bound, dataOf, exits, lowestFreePasid, unbound, unusedDomain } from "./sva-bonds-steps.ts";
import { svaDomainOf } from "./sva-handler.ts";

export { svaBondsSteps } from "./sva-bonds-messages.ts";

const inMmData = linux612(SVA, "iommu_alloc_mm_data");
const inAttach = linux612(IOMMU, "iommu_attach_device_pasid");

export const svaBonds = s.createMachine({
  id: "sva-bonds",
  description: "the calls that bind devices to processes, and what iommu_sva_lock protects",
  meta: {
    origin: linux612(SVA, "iommu_sva_bind_device"),
    lane: "the thread that holds iommu_sva_lock",
    messages: svaBondsSays,
  },
  context: ({ input: { groups, maxPasids, rules } }) => ({
    groups,
    maxPasids,
    rules: { x86: false, erases: true, ...rules },
    mms: [],
    bonds: [],
    call: null,
    useAfterFree: false,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "no thread holds iommu_sva_lock",
      on: {
        "sva.binds": [
          { guard: ({ context }) => context.rules.x86, actions: [begins, returns(EOPNOTSUPP)] },
          {
            guard: ({ context, event }) => (dataOf(context, event.mm)?.pasid ?? 0) >= context.maxPasids,
            actions: [begins, returns(EOVERFLOW)],
          },
          {
            guard: ({ context, event }) => dataOf(context, event.mm) !== undefined,
            target: "looking-up",
            actions: [begins, looksUp],
          },
          { target: "needs-mm-data", actions: begins },
        ],
        "sva.unbinds": [
          {
            guard: ({ context, event }) => (bondOf(context, event)?.users ?? 0) > 1,
            actions: [
              counts(-1),
              emit(({ event: { device, mm } }) => ({ type: "sva.unbound", device, mm, result: null })),
            ],
          },
          {
            guard: ({ context, event }) => bondOf(context, event) !== undefined,
            target: "removing",
            actions: begins,
          },
        ],
      },
    },
    "needs-mm-data": {
      description: "binds an mm that has no PASID",
      meta: { origin: inMmData },
      on: {
        "bonds.allocates": [
          {
            description: "gets no memory for mm->iommu_mm",
            guard: "hasNoMemory",
            target: "idle",
            actions: [fails("iommu_alloc_mm_data"), returns(ENOMEM)],
          },
          {
            description: "finds no PASID that is free",
            meta: { origin: linux612(IOMMU, "iommu_alloc_global_pasid") },
            guard: ({ context }) => lowestFreePasid(context) === undefined,
            target: "idle",
            actions: returns(ENOSPC),
          },
          {
            description: "gives mm {call.mm} the lowest PASID that is free",
            meta: { origin: linux612(IOMMU, "iommu_alloc_global_pasid") },
            target: "looking-up",
            actions: [
              assign(({ context }) => {
                const pasid = lowestFreePasid(context)!;
                return { mms: added(context, context.call!.mm, pasid), call: { ...context.call!, pasid } };
              }),
              looksUp,
            ],
          },
        ],
      },
    },
    "looking-up": {
      description: "looks for an attach handle at the PASID",
      on: {
        "bond.found": [
          {
            guard: ({ context, event }) => event.result === OK && event.mm === context.call!.mm,
            target: "idle",
            actions: [counts(1), returns(OK)],
          },
          { guard: ({ event }) => event.result === ENOENT, target: "needs-handle" },
          { target: "idle", actions: returns(EBUSY) },
        ],
      },
    },
    "needs-handle": {
      description: "has found no bond",
      on: {
        "bonds.allocates": [
          {
            description: "gets no memory for the bond",
            guard: "hasNoMemory",
            target: "idle",
            actions: [fails("iommu_sva_bind_device"), returns(ENOMEM)],
          },
          {
            description: "allocates the bond",
            target: "trying",
            actions: assign(({ context }) => ({
              call: { ...context.call!, left: dataOf(context, context.call!.mm)!.domains.map(({ id }) => id) },
            })),
          },
        ],
      },
    },
    trying: {
      description: "tries the domains that the mm has",
      meta: { origin: inAttach },
      always: {
        guard: ({ context: { call } }) => call!.left.length === 0 && call!.domain === null,
        target: "needs-domain",
      },
      on: {
        "bonds.attaches": [
          {
            description: "gets no memory to attach a domain of the mm",
            guard: "hasNoMemory",
            actions: [fails("iommu_attach_device_pasid"), triesNext],
          },
          {
            description: "attaches a domain that the mm has",
            actions: [
              assign(({ context: { call } }) => ({ call: { ...call!, domain: call!.left[0]! } })),
              triesNext,
              inserts,
            ],
          },
        ],
        "handle.changed": [
          { guard: "isDone", target: "setting" },
          { actions: assign(({ context: { call } }) => ({ call: { ...call!, domain: null } })) },
        ],
      },
    },
    "needs-domain": {
      description: "has no domain that can be attached",
      meta: { origin: linux612(SVA, "iommu_sva_domain_alloc") },
      on: {
        "bonds.allocates": [
          {
            description: "gets no memory for a domain",
            guard: "hasNoMemory",
            target: "idle",
            actions: [fails("iommu_sva_domain_alloc"), returns(ENOMEM)],
          },
          {
            description: "allocates a domain for mm {call.mm}",
            target: "attaching",
            actions: assign(({ context }) => ({
              call: { ...context.call!, domain: unusedDomain(dataOf(context, context.call!.mm)!.domains) },
            })),
          },
        ],
      },
    },
    attaching: {
      description: "has a new domain",
      meta: { origin: inAttach },
      on: {
        "bonds.attaches": [
          {
            description: "gets no memory to attach the new domain",
            guard: "hasNoMemory",
            target: "idle",
            actions: [fails("iommu_attach_device_pasid"), returns(ENOMEM)],
          },
          { description: "attaches the new domain", actions: inserts },
        ],
        "handle.changed": [
          { guard: "isDone", target: "setting" },
          { target: "idle", actions: returns(EBUSY) },
        ],
      },
    },
    setting: {
      description: "has stored the attach handle, and the IOMMU does not translate for the PASID yet",
      meta: { origin: linux612(IOMMU, "__iommu_set_group_pasid") },
      on: {
        "bonds.sets-pasid": {
          description: "sets PASID {call.pasid} of the devices of the group",
          target: "idle",
          actions: [tells("driver.sets-pasid"), assign(({ context }) => bound(context, context.call!)), returns(OK)],
        },
      },
    },
    removing: {
      description: "begins to end a bond that has no users left",
      meta: { origin: linux612(IOMMU, "__iommu_remove_group_pasid") },
      on: {
        "bonds.removes-pasid": {
          description: "removes PASID {call.pasid} of the devices of the group",
          target: "erasing",
          actions: tells("driver.removes-pasid"),
        },
      },
    },
    erasing: {
      description: "has the attach handle of the PASID still to erase",
      meta: { origin: linux612(IOMMU, "iommu_detach_device_pasid") },
      on: {
        "bonds.erases": [
          {
            description: "erases the attach handle of PASID {call.pasid}",
            guard: ({ context }) => context.rules.erases,
            actions: emit(({ context }) => ({ type: "handle.erases", ...ofPasid(context), by: "bonds" })),
          },
          { description: "leaves the attach handle of PASID {call.pasid}", target: "freeing" },
        ],
        "handle.changed": { target: "freeing" },
      },
    },
    freeing: {
      description: "has the domain and the bond still to free",
      meta: { origin: inUnbind },
      on: {
        "bonds.frees": {
          description: "frees the bond, and the domain after its last bond",
          target: "idle",
          actions: enqueueActions(({ context, enqueue }) => {
            const { device, mm } = context.call!;
            enqueue.assign({ ...unbound(context, bondOf(context, context.call!)!), call: null });
            enqueue.emit({ type: "handle.frees", ...ofPasid(context), domain: svaDomainOf(mm) });
            enqueue.emit({ type: "sva.unbound", device, mm, result: null });
          }),
        },
      },
    },
  },
  on: {
    "mm.exits": {
      meta: { origin: linux612(SVA, "mm_pasid_drop") },
      actions: assign({ mms: ({ context, event }) => exits(context, event.mm) }),
    },
  },
});
