/**
 * Attaching a device to a container: before the mappings are replayed, the new domain is probed with two pages.
 *
 * Models  vfio_test_domain_fgsp() in vfio_iommu_type1_attach_group(): two pages are mapped as one, the first is unmapped; if
 *         more than it went, the driver has superpages. Before the fix of 2023 it did so at address 0, reserved or not
 *         (B-15). The device is attached by then, and sees what is mapped.
 * Omits   the replay; what the probe finds out.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";

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

const s = setup({
  types: {
    context: {} as AttachProbeContext,
    events: {} as { readonly type: `attach.${"begins" | "locks" | "probes" | "splits" | "clears" | "ends"}` },
    emitted: {} as
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
      | { readonly type: "domain.maps"; readonly page: number; readonly frames: readonly number[] }
      | { readonly type: "domain.unmaps"; readonly page: number; readonly pages: number },
    input: {} as AttachProbeRules,
  },
});

/** The first page of the window that is probed; null: none is free. */
function windowOf({ pages, reserved, probesAt }: AttachProbeRules): number | null {
  if (probesAt === "zero") return 0;
  const free = (page: number): boolean => page < pages && !reserved.includes(page);
  for (let page = 0; page < pages; page++) if (free(page) && free(page + 1)) return page;
  return null;
}

const unlocks = s.emit(({ context: { rules } }) => ({ type: "lock.releases", owner: rules.name, lock: rules.lock }));

export const attachProbe = s.extend({ actions: { unlocks } }).createMachine({
  id: "attach-probe",
  context: ({ input }) => ({ rules: input }),
  initial: "detached",
  states: {
    detached: { on: { "attach.begins": { target: "locking" } } },
    locking: {
      on: {
        "attach.locks": {
          target: "probing",
          actions: emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules.lock })),
        },
      },
    },
    probing: {
      on: {
        "attach.probes": [
          { guard: ({ context }) => windowOf(context.rules) === null, target: "attached", actions: "unlocks" },
          {
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
      on: {
        "attach.splits": {
          target: "clearing",
          actions: emit(({ context }) => ({ type: "domain.unmaps", page: windowOf(context.rules)!, pages: 1 })),
        },
      },
    },
    clearing: {
      on: {
        "attach.clears": {
          target: "attached",
          actions: [
            emit(({ context }) => ({ type: "domain.unmaps", page: windowOf(context.rules)! + 1, pages: 1 })),
            "unlocks",
          ],
        },
      },
    },
    attached: { on: { "attach.ends": { target: "detached" } } },
  },
});

/** What it does once it has begun. */
export const attachProbeSteps: readonly Message[] = ["locks", "probes", "splits", "clears"].map((step) => ({
  type: `attach.${step}`,
}));
