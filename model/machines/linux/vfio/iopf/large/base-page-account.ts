/**
 * Base pages of a process as VFIO pins them, and what its locked_vm has for them.
 *
 * Models  vfio_pin_pages_remote(), vfio_unpin_pages_remote() and vfio_lock_acct() of 6.12.117: each base page has a pin of its own
 *         and is charged alone, also where the process has a huge page (hugetlb or THP).
 * Omits   RLIMIT_MEMLOCK, reserved pages, pages that a driver has pinned (accounting has them).
 */
import { assign, setup } from "xstate";
import { linux612 } from "../../../../../said.ts";
import type { SizedPage } from "../../../../iommu/sized-table.ts";

export interface BasePageAccountContext {
  readonly pins: { readonly [page in SizedPage]: number };
  /** In base pages. */
  readonly lockedVm: number;
  /** A page without a pin was unpinned. */
  readonly underflow: boolean;
}

export type BasePageAccountEvent =
  | { readonly type: "pages.are-pinned" | "pages.are-unpinned"; readonly pages: readonly SizedPage[] }
  | { readonly type: "account.grows" | "account.shrinks"; readonly by: number };

const s = setup({
  types: { context: {} as BasePageAccountContext, events: {} as BasePageAccountEvent },
});

export const basePageAccount = s.createMachine({
  id: "base-page-account",
  description: "pins of base pages, and locked_vm",
  meta: {
    origin: linux612("drivers/vfio/vfio_iommu_type1.c", "vfio_lock_acct"),
    lane: "pins and locked_vm of the process",
  },
  context: { pins: { first: 0, second: 0, third: 1 }, lockedVm: 1, underflow: false },
  on: {
    "pages.are-pinned": {
      actions: assign(({ context: { pins }, event: { pages } }) => ({
        pins: { ...pins, ...Object.fromEntries(pages.map((page) => [page, pins[page] + 1])) },
      })),
    },
    "pages.are-unpinned": {
      actions: assign(({ context: { pins, underflow }, event: { pages } }) => ({
        pins: { ...pins, ...Object.fromEntries(pages.map((page) => [page, Math.max(0, pins[page] - 1)])) },
        underflow: underflow || pages.some((page) => pins[page] === 0),
      })),
    },
    "account.grows": { actions: assign({ lockedVm: ({ context, event }) => context.lockedVm + event.by }) },
    "account.shrinks": {
      actions: assign({ lockedVm: ({ context, event }) => Math.max(0, context.lockedVm - event.by) }),
    },
  },
});
