/** What unpinned-resolver.ts is made of: its types, guards and actions. */
import { setup } from "xstate";
import type {
  UnpinnedResolverContext,
  UnpinnedResolverEmits,
  UnpinnedResolverEvent,
  UnpinnedResolverRules,
} from "./unpinned-resolver-messages.ts";

const s = setup({
  types: {
    context: {} as UnpinnedResolverContext,
    events: {} as UnpinnedResolverEvent,
    emitted: {} as UnpinnedResolverEmits,
    input: {} as UnpinnedResolverRules,
  },
  guards: {
    retries: ({ context }) => context.rules.retries,
    isOther: ({ context, event }) => event.type === "resolver.reclaims" && event.page !== context.page,
    ignoresAddresses: ({ context }) => context.rules.whileWithheld === "ignores",
    refusesAddresses: ({ context }) => context.rules.whileWithheld === "refuses",
    premaps: ({ context }) => context.before + 1 < context.rules.premap,
  },
});

type Its = { readonly context: UnpinnedResolverContext };
export const mapsForWriting = ({ rules, write }: UnpinnedResolverContext): boolean =>
  write || rules.readMaps === "writable";
/** The bit that answers for the access, and that a mapping sets. */
export const bitOf = ({ rules, page }: UnpinnedResolverContext, writing: boolean): number =>
  page! + (rules.bitPer === "permission" && writing ? rules.firstWriteBit : 0);

export const named = ({ context }: Its) => ({ by: context.rules.name, page: context.page! });
const begins = s.assign(({ context, event }) =>
  event.type === "resolver.starts" ? { page: event.pages[0]!, write: event.write ?? true } : context,
);
const locks = s.emit(({ context }) => ({ type: "lock.acquires", owner: context.rules.name }));
const unlocks = s.emit(({ context }) => ({ type: "lock.releases", owner: context.rules.name }));
const awaits = s.emit(({ context }) => ({ type: "vaddr.awaits", by: context.rules.name }));
const reclaims = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type === "resolver.reclaims")
    enqueue.emit({ type: "operation.starts", kind: "reclaim", pages: [event.page], by: context.rules.name });
});
const copies = s.emit((it) => ({
  type: "operation.starts",
  kind: "copy",
  pages: [it.context.page!],
  by: it.context.rules.name,
}));
const maps = s.enqueueActions(({ context, enqueue }) => {
  const { rules, page, frame } = context;
  for (const domain of mapsForWriting(context) ? rules.domains.write : rules.domains.read)
    enqueue.emit({ type: "translation.maps", page: page!, domain, frame: frame! });
});
const tells = s.emit(({ context }) => ({ type: "resolver.done", by: context.rules.name, code: context.code }));
/** A page that nobody asked for only ends the run. */
const refuses = s.assign({ code: ({ context }) => (context.before > 0 ? context.code : "invalid") });
const keepsFrame = s.assign({
  frame: ({ context, event }) => (event.type === "mm.got" ? event.frame : context.frame),
});
const forgetsFrame = s.assign({ frame: null });
const puts = s.emit(({ context }) => ({ type: "mm.puts", page: context.page! }));
const goesOn = s.assign(({ context }) => ({ page: context.page! + 1, before: context.before + 1, frame: null }));
const forgets = s.assign({ page: null, before: 0, write: false, frame: null, code: "success" });

export const unpinnedResolverParts = s.extend({
  actions: {
    begins,
    locks,
    unlocks,
    awaits,
    reclaims,
    copies,
    maps,
    tells,
    refuses,
    keepsFrame,
    forgetsFrame,
    puts,
    goesOn,
    forgets,
  },
});
