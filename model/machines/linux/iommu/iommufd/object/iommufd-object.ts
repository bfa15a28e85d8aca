/**
 * An object of iommufd, here a fault queue: its memory, its place in the table of IDs, and its two counts. `users` says
 * whether it may be destroyed at all, the count of short-term users when its memory may go. Every event is one critical
 * section of the lock of the table, or one change of a count.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/main.c: _iommufd_object_alloc(), iommufd_object_finalize(),
 *         iommufd_object_abort(), iommufd_get_object(), iommufd_put_object(), iommufd_object_remove() (iopf-core 3.1).
 *         `holders` is ghost state: who was given one of the users and has not given it back.
 * Omits   what is in it (study iommufd), and that another object may get the ID. The next object is allocated when the
 *         memory of this one was freed: whoever still names the old one is told apart by its count.
 */
import { assign, emit, setup } from "xstate";

export type IommufdObjectContext = {
  /** Its ID: of nothing, taken and not yet to be found, or to be found. */
  readonly entry: "none" | "reserved" | "visible";
  readonly users: number;
  /** Ghost, sorted; also of one that was freed. */
  readonly holders: readonly string[];
  readonly shortTerm: number;
  /** Somebody named it after it was freed. Never cleared. */
  readonly useAfterFree: boolean;
};

export type IommufdObjectEvent =
  | { readonly type: "object.allocates" | "object.publishes" | "object.aborts" }
  | { readonly type: "object.looks-up" | "object.removes"; readonly by: string }
  | { readonly type: "object.refs" | "object.unrefs"; readonly by: string }
  | { readonly type: "short-term.gets" | "short-term.puts" }
  | { readonly type: "object.uses" | "object.reads-context" }
  /** The release of its file gives back the user that the file is. */
  | { readonly type: "file.drops" }
  | { readonly type: "object.awaits-unnamed" | "object.frees" }
  /** A wait that gives up: the table's short-term user is put back. */
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
/** Only when the table holds the last user; its short-term user goes at once. */
const removes = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "object.removes") return;
  const ok = context.entry === "visible" && context.users === 1;
  if (ok) enqueue.assign({ entry: "none", shortTerm: context.shortTerm - 1, ...gives(context, "table") });
  enqueue.emit({ type: "object.removed", by: event.by, ok });
});

export const iommufdObject = s.createMachine({
  id: "iommufd-object",
  context: { entry: "none", users: 0, holders: [], shortTerm: 0, useAfterFree: false },
  initial: "free",
  states: {
    free: {
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
