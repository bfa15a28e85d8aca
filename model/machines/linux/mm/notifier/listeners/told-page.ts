/**
 * A page of a process that several listeners have got without pins: who has which frame of it.
 *
 * Models  VFIO facts 4.3 (I-14: no page is mapped that was looked up before an invalidation). get_user_pages() and
 *         hmm_range_fault() give the frame that the entry of the CPU has; after a clear they fault another one in. A frame is freed
 *         by the operation that has cleared its entry.
 *         Frames have no numbers: each listener has the frame that is there now, one that was cleared, or one that was freed.
 * Omits   Frames that are moved, shared or copied: mm-page.ts has them.
 */
import { assign, setup } from "xstate";
import { linux } from "../../../../../said.ts";

export interface ToldPageContext {
  readonly page: number;
  /** Listeners that have the frame of the entry, and those that have a frame that was freed: sets. */
  readonly current: readonly string[];
  readonly freed: readonly string[];
  /** Those that have a frame whose entry was cleared, by the thread that will free it; sorted. */
  readonly cleared: readonly { readonly by: string; readonly listeners: readonly string[] }[];
}

const without = (names: readonly string[], name: string): readonly string[] => names.filter((one) => one !== name);
const union = (names: readonly string[], more: readonly string[]): readonly string[] =>
  [...new Set([...names, ...more])].sort();

const forgets = ({ current, freed, cleared }: ToldPageContext, listener: string) => ({
  current: without(current, listener),
  freed: without(freed, listener),
  cleared: cleared.flatMap(({ by, listeners }) => {
    const left = without(listeners, listener);
    return left.length > 0 ? [{ by, listeners: left }] : [];
  }),
});

export const toldPage = setup({
  types: {
    context: {} as ToldPageContext,
    events: {} as
      | { readonly type: "page.gets" | "page.forgets"; readonly listener: string; readonly page: number }
      | { readonly type: "page.clears" | "page.frees"; readonly page: number; readonly by: string },
    input: {} as { page: number },
  },
}).createMachine({
  id: "told-page",
  description: "a page of a process, with the listeners that have its frames",
  meta: { origin: linux("mm/gup.c", "get_user_pages_remote"), lane: "page {page} of the process" },
  context: ({ input }) => ({ ...input, current: [], freed: [], cleared: [] }),
  on: {
    "page.gets": {
      actions: assign(({ context, event: { listener } }) => {
        const rest = forgets(context, listener);
        return { ...rest, current: union(rest.current, [listener]) };
      }),
    },
    "page.forgets": { actions: assign(({ context, event }) => forgets(context, event.listener)) },
    "page.clears": {
      actions: assign(({ context: { current, cleared }, event: { by } }) =>
        current.length === 0
          ? {}
          : {
              current: [],
              cleared: [...cleared, { by, listeners: current }].sort((a, b) => (a.by < b.by ? -1 : 1)),
            },
      ),
    },
    "page.frees": {
      actions: assign(({ context: { cleared, freed }, event }) => {
        const mine = cleared.filter(({ by }) => by === event.by).flatMap(({ listeners }) => listeners);
        return { cleared: cleared.filter(({ by }) => by !== event.by), freed: union(freed, mine) };
      }),
    },
  },
});
