/**
 * The groups that were answered and have not yet used their pages: what the kernel would have to remember to protect
 * these pages (in-flight protection), and to see that it maps the same page in vain again and again.
 *
 * Models  the conditions of a livelock (VFIO facts 4.2). Without in-flight protection, pages of an answered group may be
 *         evicted for the next group before the device tries again. With protection, a victim is picked only when all
 *         other answered groups have used their pages; until then the thread that wants a victim waits. It also counts
 *         how often a page was mapped for a group that asked again without having used it (I-44: below the bound the
 *         system answers non-Success).
 * Omits   how the kernel learns of the use: accessed flags of the IOMMU's tables, or a time within which devices try
 *         again.
 */
import { produce } from "immer";
import { assign, emit, enqueueActions, setup } from "xstate";
import { messages, proposal } from "../../../../../said.ts";
import { evictionSays } from "../../type1/words.ts";

export interface GroupGrantsContext {
  /** Whether victims wait for groups that have not used their pages. */
  readonly waits: boolean;
  /** Times that a page may be mapped in vain before a group with it is hopeless; 0: no count. */
  readonly patience: number;
  /** By device: the pages that were mapped for its group and not used since. */
  readonly granted: readonly (readonly number[])[];
  /** By device and page: how often it was mapped in vain since the device used it, at most `patience`. */
  readonly wasted: readonly (readonly number[])[];
}

export type GroupGrantsEvent =
  | { readonly type: "grants.gives" | "grants.used"; readonly device: number; readonly pages: readonly number[] }
  /** The device asks again: it lost the pages that it had and has not used. */
  | { readonly type: "grants.ends"; readonly device: number }
  | {
      readonly type: "grants.judges";
      readonly device: number;
      readonly pages: readonly number[];
      readonly by: string;
    }
  | { readonly type: "grants.checks"; readonly page: number }
  | { readonly type: "container.clears"; readonly page: number }
  | {
      readonly type: "container.picks-victim";
      readonly spare: readonly number[];
      readonly by: string;
    };

type GroupGrantsEmits =
  | { readonly type: "grants.judged"; readonly hopeless: boolean; readonly by: string }
  | { readonly type: "container.picks-victim"; readonly spare: readonly number[]; readonly by: string };

const s = setup({
  types: {
    context: {} as GroupGrantsContext,
    events: {} as GroupGrantsEvent,
    emitted: {} as GroupGrantsEmits,
    input: {} as { waits: boolean; patience: number; devices: number; pages: number },
  },
});

const isUsed = ({ granted }: GroupGrantsContext): boolean => granted.every((pages) => pages.length === 0);

/** These pages were mapped in vain; the device has to ask again. */
const inVain = (context: GroupGrantsContext, device: number, pages: readonly number[]): GroupGrantsContext =>
  produce(context, (draft) => {
    for (const page of pages)
      draft.wasted[device]![page] = Math.min(context.patience, draft.wasted[device]![page]! + 1);
    draft.granted[device] = [];
  });

export const groupGrants = s.createMachine({
  id: "group-grants",
  description: "the groups that were answered and have not yet used their pages",
  meta: {
    origin: proposal("in-flight protection of answered groups"),
    lane: "the answered groups that have not used their pages",
    messages: messages<GroupGrantsEmits>({
      "grants.judged": "finds that the group of the request {hopeless?can never fit:can fit}",
      "container.picks-victim": evictionSays["container.picks-victim"],
    }),
  },
  context: ({ input: { waits, patience, devices, pages } }) => ({
    waits,
    patience,
    granted: Array.from({ length: devices }, () => []),
    wasted: Array.from({ length: devices }, () => Array.from({ length: pages }, () => 0)),
  }),
  on: {
    "grants.gives": {
      actions: assign(({ context, event: { device, pages } }) =>
        produce(context, (draft) => void (draft.granted[device] = [...pages])),
      ),
    },
    "grants.used": {
      actions: assign(({ context, event: { device, pages } }) =>
        produce(context, (draft) => {
          draft.granted[device] = draft.granted[device]!.filter((page) => !pages.includes(page));
          for (const page of pages) draft.wasted[device]![page] = 0;
        }),
      ),
    },
    "grants.ends": {
      actions: assign(({ context, event: { device } }) => inVain(context, device, context.granted[device]!)),
    },
    "grants.judges": {
      actions: enqueueActions(({ context, event: { device, pages, by }, enqueue }) => {
        const hopeless =
          context.patience > 0 && pages.some((page) => context.wasted[device]![page]! >= context.patience);
        if (hopeless)
          enqueue.assign(
            produce(context, (draft) => {
              for (const page of pages) draft.wasted[device]![page] = 0;
            }),
          );
        enqueue.emit({ type: "grants.judged", hopeless, by });
      }),
    },
    /** Waits while a group has yet to use the page. */
    "grants.checks": { guard: ({ context, event }) => context.granted.every((pages) => !pages.includes(event.page)) },
    /** A group that lost a page has to ask again, and no victim waits for it. */
    "container.clears": {
      actions: assign(({ context, event: { page } }) =>
        context.granted.reduce(
          (before, pages, device) => (pages.includes(page) ? inVain(before, device, [page]) : before),
          context,
        ),
      ),
    },
    "container.picks-victim": {
      guard: ({ context }) => !context.waits || isUsed(context),
      actions: emit(({ event: { spare, by } }) => ({ type: "container.picks-victim", spare, by })),
    },
  },
});
