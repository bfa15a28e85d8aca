/**
 * The handler of a GPU's retry faults: it tries to restore the page, and writes an entry where it cannot.
 *
 * Models  Linux, drivers/gpu/drm/amd/amdkfd/kfd_svm.c: svm_range_restore_pages(), which answers 0 for -EAGAIN, so that the
 *         device retries; drivers/gpu/drm/amd/amdgpu/amdgpu_vm.c: amdgpu_vm_handle_fault(), which writes an entry with
 *         AMDGPU_VM_NORETRY_FLAGS after any other error, and for graphics with amdgpu_vm_fault_stop=0 the dummy page.
 * Omits   Locks: a restore that succeeds is one step, as validation is repeated where the range changes meanwhile. Answers of 0
 *         for a page whose VMA is gone before its range is: the device retries, and the next fault finds no range (-EFAULT).
 *         Writes to a page that may only be read (-EPERM).
 */
import { assign, setup } from "xstate";
import { linux, messages } from "../../../../../said.ts";
import type { EntryValue } from "../../../../iommu/retry-entry.ts";

/** What is written after a restore that failed: always an end, only where the page is gone, a dummy page, or nothing. */
export type OnFailure = "no-retry" | "no-retry-if-gone" | "dummy" | "nothing";

export interface RestoreHandlerContext {
  readonly onFailure: OnFailure;
  /** Restores that may still fail although the page is there: no memory, for a moment. */
  readonly failures: number;
  /** Restores that may still be answered with -EAGAIN. */
  readonly busy: number;
  /** Never cleared: a restore has failed although the page was there. */
  readonly failed: boolean;
}

export type RestoreHandlerEmits =
  | { readonly type: "range.is-looked-up" }
  | { readonly type: "range.is-mapped" }
  | { readonly type: "entry.is-written"; readonly value: EntryValue };

const s = setup({
  types: {
    context: {} as RestoreHandlerContext,
    events: {} as
      | { readonly type: "fault.is-raised" }
      | { readonly type: "handler.restores" | "handler.fails" | "handler.is-busy" }
      | { readonly type: "range.seen"; readonly isMapped: boolean },
    emitted: {} as RestoreHandlerEmits,
    input: {} as Pick<RestoreHandlerContext, "onFailure" | "failures" | "busy">,
  },
  guards: {
    canFail: ({ context }) => context.failures > 0,
    canBeBusy: ({ context }) => context.busy > 0,
    isThere: ({ event }) => event.type === "range.seen" && event.isMapped,
  },
});

const entryAfter = (onFailure: OnFailure, isGone: boolean): EntryValue | undefined => {
  if (onFailure === "nothing" || (onFailure === "no-retry-if-gone" && !isGone)) return undefined;
  return onFailure === "dummy" ? "dummy" : "no-retry";
};

const gaveUp = (isGone: boolean) =>
  s.enqueueActions(({ context, enqueue }) => {
    const value = entryAfter(context.onFailure, isGone);
    if (value) enqueue.emit({ type: "entry.is-written", value });
  });

const SVM = "drivers/gpu/drm/amd/amdkfd/kfd_svm.c";
const VM = "drivers/gpu/drm/amd/amdgpu/amdgpu_vm.c";

export const restoreHandler = s.createMachine({
  id: "restore-handler",
  description: "the handler of a GPU's retry faults",
  meta: {
    origin: linux(SVM, "svm_range_restore_pages"),
    lane: "the handler of retry faults",
    messages: messages<RestoreHandlerEmits>({
      "range.is-looked-up": "looks the page up",
      "range.is-mapped": "takes the page where it is now",
      "entry.is-written": { says: "writes an entry: {value}", origin: linux(VM, "amdgpu_vm_handle_fault") },
    }),
  },
  context: ({ input }) => ({ ...input, failed: false }),
  initial: "idle",
  states: {
    idle: { description: "has no fault", on: { "fault.is-raised": "handling" } },
    handling: {
      description: "handles a fault",
      on: {
        "fault.is-raised": {},
        "handler.restores": {
          description: "restores the page, if it is mapped",
          actions: s.emit({ type: "range.is-looked-up" }),
        },
        "range.seen": [
          {
            guard: "isThere",
            target: "idle",
            actions: [s.emit({ type: "range.is-mapped" }), s.emit({ type: "entry.is-written", value: "page" })],
          },
          { target: "idle", actions: gaveUp(true) },
        ],
        "handler.fails": {
          description: "cannot restore the page, for want of memory",
          guard: "canFail",
          target: "idle",
          actions: [assign({ failures: ({ context }) => context.failures - 1, failed: true }), gaveUp(false)],
        },
        "handler.is-busy": {
          description: "drops the fault, which comes again (-EAGAIN)",
          guard: "canBeBusy",
          target: "idle",
          actions: assign({ busy: ({ context }) => context.busy - 1 }),
        },
      },
    },
  },
});
