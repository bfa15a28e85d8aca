/**
 * The probe of a new domain when a group is attached: before the mappings are replayed, two pages are mapped into it.
 *
 * Models  vfio_test_domain_fgsp() in vfio_iommu_type1_attach_group(): it maps two pages as one and unmaps the first. If
 *         both pages are gone, the IOMMU has fine-grained superpages (domain->fgsp). Before the fix of 2023 it did so at address 0, reserved or not
 *         (B-15: the probe mapped over a reserved window). The device is attached already and can access what is mapped.
 * Omits   the replay, and the result of the probe.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { atWill, linux, messages } from "../../../../../said.ts";
import { iommuLockSays } from "../words.ts";

export interface AttachProbeRules {
  readonly name: string;
  readonly lock: string;
  readonly pages: number;
  readonly reserved: readonly number[];
  readonly probesAt: "free-window" | "zero";
}

export interface AttachProbeContext {
  readonly rules: AttachProbeRules;
}

/** Memory of the kernel: two frames that are in no process. */
const PROBE_FRAMES: readonly number[] = [60, 61];

type AttachProbeEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | { readonly type: "domain.maps"; readonly page: number; readonly frames: readonly number[] }
  | { readonly type: "domain.unmaps"; readonly page: number; readonly pages: number };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const ATTACH = linux(TYPE1, "vfio_iommu_type1_attach_group");
const VMM = atWill("the VMM");

const s = setup({
  types: {
    context: {} as AttachProbeContext,
    events: {} as { readonly type: `attach.${"begins" | "locks" | "probes" | "splits" | "clears" | "ends"}` },
    emitted: {} as AttachProbeEmits,
    input: {} as AttachProbeRules,
  },
});

/** The first page of the probed window; null: no window is free. */
function windowOf({ pages, reserved, probesAt }: AttachProbeRules): number | null {
  if (probesAt === "zero") return 0;
  const free = (page: number): boolean => page < pages && !reserved.includes(page);
  for (let page = 0; page < pages; page++) if (free(page) && free(page + 1)) return page;
  return null;
}

const unlocks = s.emit(({ context: { rules } }) => ({ type: "lock.releases", owner: rules.name, lock: rules.lock }));

export const attachProbe = s.extend({ actions: { unlocks } }).createMachine({
  id: "attach-probe",
  description: "the probe of a new domain for fine-grained superpages",
  meta: {
    origin: linux(TYPE1, "vfio_test_domain_fgsp"),
    lane: "the thread that attaches a group",
    messages: messages<AttachProbeEmits>({
      ...iommuLockSays,
      "domain.maps": {
        says: "maps frames {frames} of the kernel at page {page}",
        origin: linux(TYPE1, "vfio_test_domain_fgsp"),
      },
      "domain.unmaps": { says: "unmaps {pages} page(s) at page {page}", origin: linux(TYPE1, "vfio_test_domain_fgsp") },
    }),
  },
  context: ({ input }) => ({ rules: input }),
  initial: "detached",
  states: {
    detached: {
      description: "the group is not attached",
      on: { "attach.begins": { description: "begins to attach the group", meta: { origin: VMM }, target: "locking" } },
    },
    locking: {
      description: "the group is to be attached, and iommu->lock is wanted",
      on: {
        "attach.locks": {
          description: "takes iommu->lock",
          meta: { origin: ATTACH },
          target: "probing",
          actions: emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules.lock })),
        },
      },
    },
    probing: {
      description: "holds iommu->lock; a window is to be probed",
      on: {
        "attach.probes": [
          {
            description: "finds no free window and maps nothing",
            guard: ({ context }) => windowOf(context.rules) === null,
            target: "attached",
            actions: "unlocks",
          },
          {
            description: "maps two pages of the kernel as one",
            target: "splitting",
            actions: emit(({ context }) => ({
              type: "domain.maps",
              page: windowOf(context.rules)!,
              frames: PROBE_FRAMES,
            })),
          },
        ],
      },
    },
    splitting: {
      description: "two pages are mapped, and the first is to be unmapped",
      on: {
        "attach.splits": {
          description: "unmaps the first of the two pages",
          target: "clearing",
          actions: emit(({ context }) => ({ type: "domain.unmaps", page: windowOf(context.rules)!, pages: 1 })),
        },
      },
    },
    clearing: {
      description: "the first page is unmapped, and the second is to be unmapped",
      on: {
        "attach.clears": {
          description: "unmaps the second page and drops iommu->lock",
          target: "attached",
          actions: [
            emit(({ context }) => ({ type: "domain.unmaps", page: windowOf(context.rules)! + 1, pages: 1 })),
            "unlocks",
          ],
        },
      },
    },
    attached: {
      description: "the group is attached",
      on: { "attach.ends": { description: "detaches the group", meta: { origin: VMM }, target: "detached" } },
    },
  },
});

/** Its steps once it has begun. */
export const attachProbeSteps: readonly Message[] = ["locks", "probes", "splits", "clears"].map((step) => ({
  type: `attach.${step}`,
}));
