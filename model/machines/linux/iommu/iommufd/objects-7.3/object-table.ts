/**
 * The table of objects of one iommufd context, with the header that every object has: its ID, its users and its short users.
 * Every event is one critical section of the lock of the table, or one change of a count.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd/main.c: _iommufd_object_alloc(), iommufd_object_finalize(),
 *         iommufd_object_abort(), iommufd_get_object(), iommufd_try_inc_users(), iommufd_object_dec_wait(),
 *         iommufd_object_remove() with REMOVE_WAIT and REMOVE_OBJ_TOMBSTONE, the sweep of iommufd_fops_release();
 *         iommufd_private.h: iommufd_lock_obj(), iommufd_put_object() (J1 to J6).
 *         `users` says whether an object may be destroyed, and a destroy that finds more than one fails at once. `waits` says
 *         when its memory may be freed, and a destroy waits for it. A tombstone is an ID without an object.
 *         An object is named by its kind and by the number of its memory, as a pointer would name it.
 * Omits   Running out of IDs. The time-out of 60 s after which a destroy gives up. What an object contains: its own machine.
 */
import { assign, setup } from "xstate";
import { linuxAt, messages } from "../../../../../said.ts";
import { EBUSY, ENOENT, OK } from "../../../include/iommu.ts";
import {
  canLock,
  counted,
  freeMemory,
  gone,
  isOf,
  lowestId,
  sorted,
  visible,
  type Entry,
  type ObjectTableContext,
} from "./object-entries.ts";
import type { ObjectTableEmits, ObjectTableEvent } from "./object-messages.ts";

const MAIN = "drivers/iommu/iommufd/main.c";

const s = setup({
  types: {
    context: {} as ObjectTableContext,
    events: {} as ObjectTableEvent,
    emitted: {} as ObjectTableEmits,
    /** What there was before. */
    input: {} as { readonly entries: readonly Entry[] } | undefined,
  },
});

const allocates = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "object.allocates") return;
  const { by, kind } = event;
  const id = lowestId(context);
  const at = freeMemory(context, event);
  enqueue.assign({
    entries: sorted([...context.entries, { kind, at, id, place: "reserved", users: 1, waits: 1 }]),
  });
  enqueue.emit({ type: "object.allocated", by, id, at });
});

const looksUp = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "object.looks-up") return;
  const { by, id, kind } = event;
  const seen = visible(context, id, kind);
  const found = seen && canLock(seen) ? seen : undefined;
  if (found) enqueue.assign(counted(context, found, { users: 1, waits: 1 }));
  enqueue.emit(
    found
      ? { type: "object.found", by, kind: found.kind, at: found.at }
      : { type: "object.found", by, kind: null, at: null },
  );
});

/** IOMMU_DESTROY by user space: only if the table is the only user. */
const removes = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "object.removes") return;
  const { by, id } = event;
  const found = visible(context, id, null);
  const result = !found ? ENOENT : found.users === 1 ? OK : EBUSY;
  if (found && result === OK) enqueue.assign(gone(context, found));
  enqueue.emit({ type: "object.answered", by, result, kind: found?.kind ?? null, at: found?.at ?? null, id });
});

/** The caller's own user is given back under the lock, and the object must then be used by the table alone. */
const leaves = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "object.leaves") return;
  const { by, kind, at, tombstone, waited } = event;
  const found = context.entries.find(isOf(event));
  if (!found || found.place !== "visible") {
    enqueue.emit({ type: "object.answered", by, result: ENOENT, kind, at, id: found?.id ?? 0 });
    return;
  }
  const result = found.users === 2 ? OK : EBUSY;
  enqueue.assign(
    result === OK
      ? gone(context, found, tombstone)
      : counted(context, found, { users: -1, ...(waited ? { waits: 1 } : {}) }),
  );
  enqueue.emit({ type: "object.answered", by, result, kind, at, id: found.id });
});

const dropsWait = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "object.drops-wait") return;
  const { by, kind, at } = event;
  const found = context.entries.find(isOf(event));
  enqueue.assign(counted(context, event, { waits: -1 }));
  enqueue.emit({
    type: "object.answered",
    by,
    result: found?.waits === 1 ? OK : EBUSY,
    kind,
    at,
    id: found?.id ?? 0,
  });
});

const sweeps = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "object.sweeps") return;
  const { by, after } = event;
  const found = context.entries.find(({ id, place, users }) => id > after && place === "visible" && users === 1);
  const result = found ? OK : context.entries.some(({ place }) => place === "visible") ? EBUSY : ENOENT;
  if (found) enqueue.assign(gone(context, found));
  enqueue.emit({
    type: "object.answered",
    by,
    result,
    kind: found?.kind ?? null,
    at: found?.at ?? null,
    id: found?.id ?? 0,
  });
});

export const objectTable = s.createMachine({
  id: "object-table",
  description: "the table of objects of an iommufd context, with the two counts of each",
  meta: {
    origin: linuxAt("7.3.4", MAIN, "iommufd_object_remove"),
    lane: "ictx->objects",
    messages: messages<ObjectTableEmits>({
      "object.allocated": {
        says: "reserves ID {id} for {by}",
        origin: linuxAt("7.3.4", MAIN, "_iommufd_object_alloc"),
      },
      "object.found": {
        says: "{kind?finds:finds no} object for {by}",
        origin: linuxAt("7.3.4", MAIN, "iommufd_get_object"),
      },
      "object.answered": "answers {by} with {result}",
    }),
  },
  context: ({ input }) => ({ entries: input?.entries ?? [], tombstones: [], broken: false }),
  on: {
    "object.allocates": { actions: allocates },
    "object.publishes": {
      actions: assign({
        entries: ({ context, event }) =>
          context.entries.map((entry) => (isOf(event)(entry) ? { ...entry, place: "visible" as const } : entry)),
      }),
    },
    "object.aborts": {
      actions: assign({ entries: ({ context, event }) => context.entries.filter((entry) => !isOf(event)(entry)) }),
    },
    "object.looks-up": { actions: looksUp },
    "object.locks": {
      actions: s.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== "object.locks") return;
        const { by, kind, at } = event;
        const found = context.entries.find(isOf(event));
        const result = found && canLock(found) ? OK : ENOENT;
        if (result === OK) enqueue.assign(counted(context, event, { users: 1, waits: 1 }));
        enqueue.emit({ type: "object.answered", by, result, kind, at, id: found?.id ?? 0 });
      }),
    },
    "object.refs": { actions: assign(({ context, event }) => counted(context, event, { users: 1 })) },
    "object.unrefs": { actions: assign(({ context, event }) => counted(context, event, { users: -1 })) },
    "object.tries-users": {
      actions: s.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== "object.tries-users") return;
        const { by, kind, at } = event;
        const found = context.entries.find(isOf(event));
        const result = found?.place === "visible" ? OK : EBUSY;
        if (result === OK) enqueue.assign(counted(context, event, { users: 1 }));
        enqueue.emit({ type: "object.answered", by, result, kind, at, id: found?.id ?? 0 });
      }),
    },
    "object.removes": { actions: removes },
    "object.leaves": { actions: leaves },
    "object.drops-wait": { actions: dropsWait },
    "object.awaits": {
      guard: ({ context, event }) => context.entries.find(isOf(event))?.waits === 0,
      actions: s.emit(({ event }) => {
        const { by, kind, at } = event as Extract<ObjectTableEvent, { readonly type: "object.awaits" }>;
        return { type: "object.answered", by, result: OK, kind, at, id: 0 };
      }),
    },
    "object.frees": {
      actions: assign({ entries: ({ context, event }) => context.entries.filter((entry) => !isOf(event)(entry)) }),
    },
    "object.sweeps": { actions: sweeps },
  },
});
