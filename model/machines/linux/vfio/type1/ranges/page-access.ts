/**
 * Somebody inside the kernel who has access to one page of a mapping.
 *
 * Models  iommufd_access_pin_pages() and iommufd_access_unpin_pages(): as long as the domain maps the page, the access uses
 *         the pin of the domain; when the device is detached, the pin is its own. Unmapping the range takes the page from it.
 * Omits   pages that are pinned for an access while no domain is there.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { DomainEmits } from "../../../../iommu/iova-domain.ts";

export interface PageAccessRules {
  readonly name: string;
  readonly lock: string;
  readonly page: number;
}

export interface PageAccessContext {
  readonly rules: PageAccessRules;
  readonly frame: number | null;
  /** The domain has let the page go: the pin is that of the access. */
  readonly alone: boolean;
}

type Pages = { readonly page: number; readonly pages: number };

const s = setup({
  types: {
    context: {} as PageAccessContext,
    events: {} as
      | { readonly type: `access.${"begins" | "ends" | "locks" | "pins" | "unpins"}` }
      | Extract<DomainEmits, { readonly type: "domain.read" }>
      | ({ readonly type: "access.keeps"; readonly by: string } & Pages)
      | ({ readonly type: "pages.let-go" } & Pages),
    emitted: {} as
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
      | ({ readonly type: "domain.reads"; readonly by: string } & Pages)
      | { readonly type: "access.kept"; readonly by: string; readonly page: number | null }
      | { readonly type: "memory.puts"; readonly frames: readonly number[] },
    input: {} as PageAccessRules,
  },
  guards: {
    has: ({ context }) => context.frame !== null,
    /** It has the page, and its pin is that of the domain. */
    shares: ({ context: { rules, frame, alone }, event }) =>
      (event.type === "access.keeps" || event.type === "pages.let-go") &&
      frame !== null &&
      !alone &&
      rules.page >= event.page &&
      rules.page < event.page + event.pages,
  },
});

const locks = s.emit(({ context: { rules } }) => ({ type: "lock.acquires", owner: rules.name, lock: rules.lock }));
const unlocks = s.emit(({ context: { rules } }) => ({ type: "lock.releases", owner: rules.name, lock: rules.lock }));
const lets = s.enqueueActions(({ context: { frame, alone }, enqueue }) => {
  if (frame !== null && alone) enqueue.emit({ type: "memory.puts", frames: [frame] });
  enqueue.assign({ frame: null, alone: false });
});

export const pageAccess = s.extend({ actions: { locks, unlocks, lets } }).createMachine({
  id: "page-access",
  context: ({ input }) => ({ rules: input, frame: null, alone: false }),
  initial: "idle",
  on: {
    "access.keeps": [
      {
        guard: "shares",
        actions: [
          assign({ alone: true }),
          emit(({ context, event }) => ({ type: "access.kept", by: event.by, page: context.rules.page })),
        ],
      },
      { actions: emit(({ event }) => ({ type: "access.kept", by: event.by, page: null })) },
    ],
    "pages.let-go": [{ guard: "shares", actions: assign({ frame: null }) }, {}],
  },
  states: {
    idle: {
      on: {
        "access.begins": { guard: ({ context }) => context.frame === null, target: "locking" },
        "access.ends": { guard: "has", target: "leaving" },
      },
    },
    locking: { on: { "access.locks": { target: "pinning", actions: "locks" } } },
    pinning: {
      on: {
        "access.pins": {
          actions: emit(({ context: { rules } }) => ({
            type: "domain.reads",
            by: rules.name,
            page: rules.page,
            pages: 1,
          })),
        },
        "domain.read": {
          target: "idle",
          actions: [assign({ frame: ({ event }) => event.frames[0] ?? null }), "unlocks"],
        },
      },
    },
    leaving: { on: { "access.locks": { target: "unpinning", actions: "locks" } } },
    unpinning: { on: { "access.unpins": { target: "idle", actions: ["lets", "unlocks"] } } },
  },
});

export const pageAccessSteps: readonly Message[] = ["locks", "pins", "unpins"].map((step) => ({
  type: `access.${step}`,
}));
