/**
 * A user inside the kernel, such as an mdev driver, that has access to one page of a mapping of iommufd.
 *
 * Models  iommufd_access_pin_pages() and iommufd_access_unpin_pages(): while the domain maps the page, the access uses
 *         the pin of the domain. After a detach of the device the pin belongs to the access. An unmap of the range takes
 *         the page away from the access.
 * Omits   pages that are pinned for an access while there is no domain.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { DomainEmits } from "../../../../iommu/iova-domain.ts";
import { atWill, linux612, messages } from "../../../../../said.ts";
import { memoryAskedSays } from "./process-memory.ts";

export interface PageAccessRules {
  readonly name: string;
  readonly lock: string;
  readonly page: number;
}

export interface PageAccessContext {
  readonly rules: PageAccessRules;
  readonly frame: number | null;
  /** The domain has unmapped the page, and the pin belongs to the access. */
  readonly alone: boolean;
}

type Pages = { readonly page: number; readonly pages: number };

type PageAccessEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | ({ readonly type: "domain.reads"; readonly by: string } & Pages)
  | { readonly type: "access.kept"; readonly by: string; readonly page: number | null }
  | { readonly type: "memory.puts"; readonly frames: readonly number[] };

const PAGES = "drivers/iommu/iommufd/pages.c";
const UNPIN = linux612("drivers/iommu/iommufd/device.c", "iommufd_access_unpin_pages");
const DRIVER = atWill("a driver in the kernel");

const s = setup({
  types: {
    context: {} as PageAccessContext,
    events: {} as
      | { readonly type: `access.${"begins" | "ends" | "locks" | "pins" | "unpins"}` }
      | Extract<DomainEmits, { readonly type: "domain.read" }>
      | ({ readonly type: "access.keeps"; readonly by: string } & Pages)
      | ({ readonly type: "pages.let-go" } & Pages),
    emitted: {} as PageAccessEmits,
    input: {} as PageAccessRules,
  },
  guards: {
    has: ({ context }) => context.frame !== null,
    /** It has the page, and the pin belongs to the domain. */
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
  description: "an access of iommufd to one page",
  meta: {
    origin: linux612("drivers/iommu/iommufd/device.c", "iommufd_access_pin_pages"),
    lane: "an iommufd access to page {page}",
    messages: messages<PageAccessEmits>({
      "lock.acquires": "takes pages->mutex",
      "lock.releases": "drops pages->mutex",
      "domain.reads": {
        says: "reads the frame of page {page} from the domain",
        origin: linux612(PAGES, "iopt_area_add_access"),
      },
      "access.kept": {
        says: "keeps page {page} when the domain goes",
        origin: linux612(PAGES, "__iopt_area_unfill_domain"),
      },
      "memory.puts": { ...memoryAskedSays["memory.puts"], origin: linux612(PAGES, "iopt_area_remove_access") },
    }),
  },
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
      description: "no call is under way; has frame {frame}",
      on: {
        "access.begins": {
          description: "begins to pin page {rules.page}",
          meta: { origin: DRIVER },
          guard: ({ context }) => context.frame === null,
          target: "locking",
        },
        "access.ends": {
          description: "begins to unpin page {rules.page}",
          meta: { origin: DRIVER },
          guard: "has",
          target: "leaving",
        },
      },
    },
    locking: {
      description: "wants pages->mutex to pin the page",
      on: { "access.locks": { description: "takes pages->mutex to pin", target: "pinning", actions: "locks" } },
    },
    pinning: {
      description: "holds pages->mutex; the page is to be pinned",
      on: {
        "access.pins": {
          description: "pins page {rules.page}",
          meta: { origin: linux612(PAGES, "iopt_area_add_access") },
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
    leaving: {
      description: "wants pages->mutex to unpin the page",
      meta: { origin: UNPIN },
      on: { "access.locks": { description: "takes pages->mutex to unpin", target: "unpinning", actions: "locks" } },
    },
    unpinning: {
      description: "holds pages->mutex; the page is to be unpinned",
      meta: { origin: UNPIN },
      on: {
        "access.unpins": {
          description: "unpins page {rules.page}",
          meta: { origin: linux612(PAGES, "iopt_area_remove_access") },
          target: "idle",
          actions: ["lets", "unlocks"],
        },
      },
    },
  },
});

export const pageAccessSteps: readonly Message[] = ["locks", "pins", "unpins"].map((step) => ({
  type: `access.${step}`,
}));
