/**
 * What a device translates, by handle, and the one queue through which all drivers of the host change it.
 *
 * Models  The UMR queue of mlx5 (drivers/infiniband/hw/mlx5/umr.c): an update names a handle (a memory key). The device refuses an
 *         update for a handle that was revoked, and puts the queue into its error state. From then on no update takes effect.
 * Omits   The recovery of the queue, which resets it and posts the updates again; the completion of an update, for which its driver
 *         waits: an update is one step. What a device does with the pages: it may reach each that it translates at any time.
 */
import { assign, enqueueActions, setup } from "xstate";
import { linuxAt, messages } from "../../said.ts";

export interface HandleTableContext {
  /** The pages that the device translates with the handle of each listener; sorted. */
  readonly mapped: readonly { readonly listener: string; readonly page: number }[];
  /** Handles that exist: a set. */
  readonly valid: readonly string[];
  readonly failed: boolean;
}

export type HandleTableEmits = {
  readonly type: "page.forgets";
  readonly listener: string;
  readonly page: number;
};

const UMR = "drivers/infiniband/hw/mlx5/umr.c";

const s = setup({
  types: {
    context: {} as HandleTableContext,
    events: {} as
      | { readonly type: "handle.creates" | "handle.revokes"; readonly listener: string }
      | { readonly type: "handle.faults" | "handle.maps"; readonly listener: string; readonly page: number }
      | { readonly type: "handle.unmaps"; readonly listener: string; readonly pages: readonly number[] },
    emitted: {} as HandleTableEmits,
  },
});

const order = (a: { readonly listener: string; readonly page: number }, b: typeof a): number =>
  a.listener === b.listener ? a.page - b.page : a.listener < b.listener ? -1 : 1;

export const handleTable = s.createMachine({
  id: "handle-table",
  description: "the translations of a device, by handle, and the queue that changes them",
  meta: {
    origin: linuxAt("6.12.14", UMR, "mlx5r_umr_post_send_wait"),
    lane: "the device, and the queue that updates it",
    messages: messages<HandleTableEmits>({ "page.forgets": "translates page {page} for {listener} no longer" }),
  },
  context: { mapped: [], valid: [], failed: false },
  on: {
    "handle.creates": {
      actions: assign(({ context, event }) => ({ valid: [...new Set([...context.valid, event.listener])].sort() })),
    },
    /** Where the queue has failed, a command of the firmware destroys the handle. Of one that is gone it is an update. */
    "handle.revokes": {
      actions: enqueueActions(({ context: { mapped, valid }, event: { listener }, enqueue }) => {
        if (!valid.includes(listener)) return enqueue.assign({ failed: true });
        enqueue.assign({
          mapped: mapped.filter((one) => one.listener !== listener),
          valid: valid.filter((one) => one !== listener),
        });
        for (const one of mapped)
          if (one.listener === listener) enqueue.emit({ type: "page.forgets", listener, page: one.page });
      }),
    },
    "handle.faults": {
      guard: ({ context: { mapped }, event }) =>
        !mapped.some(({ listener, page }) => listener === event.listener && page === event.page),
    },
    "handle.maps": {
      actions: assign(({ context: { mapped, valid, failed }, event: { listener, page } }) => {
        if (failed) return {};
        if (!valid.includes(listener)) return { failed: true };
        const others = mapped.filter((one) => one.listener !== listener || one.page !== page);
        return { mapped: [...others, { listener, page }].sort(order) };
      }),
    },
    "handle.unmaps": {
      actions: enqueueActions(({ context: { mapped, valid, failed }, event: { listener, pages }, enqueue }) => {
        if (failed) return;
        if (!valid.includes(listener)) return enqueue.assign({ failed: true });
        const isTaken = (one: { readonly listener: string; readonly page: number }): boolean =>
          one.listener === listener && pages.includes(one.page);
        enqueue.assign({ mapped: mapped.filter((one) => !isTaken(one)) });
        for (const one of mapped) if (isTaken(one)) enqueue.emit({ type: "page.forgets", listener, page: one.page });
      }),
    },
  },
});
