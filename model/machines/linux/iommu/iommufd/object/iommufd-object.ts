/**
 * struct iommufd_object, here of a fault queue: its memory, its entry in the table of IDs, and its two counts. `users` says
 * whether it may be destroyed; `shortterm_users` says when its memory may be freed. Every event is one critical section of
 * the lock of the table, or one change of a count.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/main.c: _iommufd_object_alloc(), iommufd_object_finalize(),
 *         iommufd_object_abort(), iommufd_get_object(), iommufd_put_object(), iommufd_object_remove() (iopf-core 3.1).
 *         `holders` is ghost state: it names the users that were taken and not given back.
 * Omits   The contents, which linux/iommu/iommufd/fault/fault-queue.ts has, with one count in place of these two.
 *         The end of the iommufd context, which destroys what is left (iommufd_fops_release()): the file of the fault queue
 *         holds the context, so that it comes after every call on that file.
 *         Another object with the same ID: the next object is allocated after the memory of this one was freed, and the
 *         count tells late users of the old one apart.
 */
import { assign, emit, setup } from "xstate";
import { linux612, messages } from "../../../../../said.ts";

const MAIN = "drivers/iommu/iommufd/main.c";

export type IommufdObjectContext = {
  /** Its ID: free, reserved by xa_alloc(), or visible to look-ups. */
  readonly entry: "none" | "reserved" | "visible";
  readonly users: number;
  /** Ghost, sorted; kept when the object is freed. */
  readonly holders: readonly string[];
  readonly shortTerm: number;
  /** It was used after it was freed. Never cleared. */
  readonly useAfterFree: boolean;
};

export type IommufdObjectEvent =
  | { readonly type: "object.allocates" | "object.publishes" | "object.aborts" }
  | { readonly type: "object.looks-up" | "object.removes"; readonly by: string }
  | { readonly type: "object.refs" | "object.unrefs"; readonly by: string }
  | { readonly type: "short-term.gets" | "short-term.puts" }
  | { readonly type: "object.uses" | "object.reads-context" }
  /** The release of its file drops the user of the file. */
  | { readonly type: "file.drops" }
  | { readonly type: "object.awaits-unnamed" | "object.frees" }
  /** The wait times out: the short-term user of the table is taken again. */
  | { readonly type: "object.is-still-named" };

export type IommufdObjectEmits =
  | { readonly type: "object.found"; readonly by: string; readonly found: boolean }
  | { readonly type: "object.removed"; readonly by: string; readonly ok: boolean };

const s = setup({
  types: {
    context: {} as IommufdObjectContext,
    events: {} as IommufdObjectEvent,
    emitted: {} as IommufdObjectEmits,
  },
});

const plus = (holders: readonly string[], by: string): readonly string[] => [...holders, by].sort();
const minus = (holders: readonly string[], by: string): readonly string[] => {
  const at = holders.indexOf(by);
  return at < 0 ? holders : holders.toSpliced(at, 1);
};

/** refcount_dec(): it does not go below zero. */
const gives = ({ users, holders }: IommufdObjectContext, by: string): Partial<IommufdObjectContext> => ({
  users: Math.max(0, users - 1),
  holders: minus(holders, by),
});
const isNamed = s.assign({ useAfterFree: true });
const unrefs = s.assign(({ context, event }) => (event.type === "object.unrefs" ? gives(context, event.by) : {}));
const drops = s.assign(({ context }) => gives(context, "file"));
const goes = s.assign(({ context }) => ({
  entry: "none" as const,
  users: 0,
  shortTerm: 0,
  holders: minus(context.holders, "table"),
}));

const looksUp = s.enqueueActions(({ context: { entry, users, holders, shortTerm }, event, enqueue }) => {
  if (event.type !== "object.looks-up") return;
  const { by } = event;
  const found = entry === "visible";
  if (found) enqueue.assign({ users: users + 1, holders: plus(holders, by), shortTerm: shortTerm + 1 });
  enqueue.emit({ type: "object.found", by, found });
});
/** Only if the table holds the last user; its short-term user is dropped at once. */
const removes = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "object.removes") return;
  const ok = context.entry === "visible" && context.users === 1;
  if (ok) enqueue.assign({ entry: "none", shortTerm: context.shortTerm - 1, ...gives(context, "table") });
  enqueue.emit({ type: "object.removed", by: event.by, ok });
});

export const iommufdObject = s.createMachine({
  id: "iommufd-object",
  description: "an object of iommufd with its ID and its two reference counts",
  meta: {
    origin: linux612(MAIN, "iommufd_object_remove"),
    lane: "struct iommufd_object of the fault queue",
    messages: messages<IommufdObjectEmits>({
      "object.found": {
        says: "{found?finds the ID for:does not find the ID for} {by}",
        origin: linux612(MAIN, "iommufd_get_object"),
      },
      "object.removed": "{ok?removes the ID for:does not remove the ID for} {by}",
    }),
  },
  context: { entry: "none", users: 0, holders: [], shortTerm: 0, useAfterFree: false },
  initial: "free",
  states: {
    free: {
      description: "no memory is allocated",
      on: {
        "object.allocates": {
          target: "allocated",
          actions: assign(({ context }) => ({
            entry: "reserved" as const,
            users: 1,
            shortTerm: 1,
            holders: plus(context.holders, "table"),
          })),
        },
        "object.looks-up": { actions: emit(({ event }) => ({ type: "object.found", by: event.by, found: false })) },
        "object.removes": { actions: emit(({ event }) => ({ type: "object.removed", by: event.by, ok: false })) },
        "object.refs": { actions: isNamed },
        "object.unrefs": { actions: [unrefs, isNamed] },
        "file.drops": { actions: [drops, isNamed] },
        "short-term.gets": { actions: isNamed },
        "short-term.puts": { actions: isNamed },
        "object.uses": { actions: isNamed },
        "object.reads-context": { actions: isNamed },
        "object.awaits-unnamed": { actions: isNamed },
        "object.is-still-named": { actions: isNamed },
        "object.publishes": { actions: isNamed },
        "object.aborts": { actions: isNamed },
        "object.frees": { actions: isNamed },
      },
    },
    allocated: {
      description: "the memory is allocated, with {users} users and {shortTerm} short-term users",
      on: {
        "object.publishes": { actions: assign({ entry: "visible" }) },
        "object.aborts": { target: "free", actions: goes },
        "object.looks-up": { actions: looksUp },
        "object.refs": {
          actions: assign(({ context, event }) => ({
            users: context.users + 1,
            holders: plus(context.holders, event.by),
          })),
        },
        "object.unrefs": { actions: unrefs },
        "file.drops": { actions: drops },
        "short-term.gets": { actions: assign({ shortTerm: ({ context }) => context.shortTerm + 1 }) },
        "short-term.puts": { actions: assign({ shortTerm: ({ context }) => context.shortTerm - 1 }) },
        "object.uses": {},
        "object.reads-context": {},
        "object.removes": { actions: removes },
        "object.awaits-unnamed": { guard: ({ context }) => context.shortTerm === 0 },
        "object.is-still-named": {
          guard: ({ context }) => context.shortTerm > 0,
          actions: assign({ shortTerm: ({ context }) => context.shortTerm + 1 }),
        },
        "object.frees": { target: "free", actions: goes },
      },
    },
  },
});
