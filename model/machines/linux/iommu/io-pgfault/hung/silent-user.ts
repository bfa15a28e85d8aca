/**
 * User space that has groups of page requests, and answers them, but for those of one device, where it may be silent.
 *
 * Models  The fault queue of iommufd and its user: iommufd_fault_fops_write(), iommufd_auto_response_faults().
 * Omits   Reads, cookies, the file, and codes.
 */
import { assign, setup } from "xstate";
import { atWill, linux612, messages } from "../../../../../said.ts";
import type { Work } from "../6.12/iopf-queue-messages.ts";
import { HANGS, isOf, type Detached } from "./hung-device.ts";

export interface SilentUserContext {
  /** Groups without an answer, in the order in which they came. */
  readonly held: readonly Work[];
}

type SilentUserEmits = { readonly type: "group.responds" } & Work;

const s = setup({
  types: {
    context: {} as SilentUserContext,
    events: {} as
      | ({ readonly type: "user.gets" } & Work)
      | { readonly type: "user.answers" | "silent.answers" }
      | ({ readonly type: "answers.are-taken" } & Detached),
    emitted: {} as SilentUserEmits,
  },
});

const FAULT = "drivers/iommu/iommufd/fault.c";
const mayBeSilent = ({ device }: Work): boolean => device === HANGS;
const answersFirst = (silent: boolean) =>
  s.enqueueActions(({ context: { held }, enqueue }) => {
    const first = held.find((work) => mayBeSilent(work) === silent)!;
    enqueue.assign({ held: held.filter((work) => work !== first) });
    enqueue.emit({ type: "group.responds", ...first });
  });

export const silentUser = s.createMachine({
  id: "silent-user",
  description: "user space that has groups to answer",
  meta: {
    origin: linux612(FAULT, "iommufd_fault_fops_write"),
    lane: "user space with a fault queue",
    messages: messages<SilentUserEmits>({ "group.responds": "answers group {group} of device {device}" }),
  },
  context: { held: [] },
  on: {
    "user.gets": {
      actions: assign({ held: ({ context, event: { device, group } }) => [...context.held, { device, group }] }),
    },
    "user.answers": {
      description: "answers a group of a device that it serves",
      guard: ({ context: { held } }) => held.some((work) => !mayBeSilent(work)),
      actions: answersFirst(false),
    },
    "silent.answers": {
      description: "answers a group of the device that it may forget",
      meta: { origin: atWill("user space") },
      guard: ({ context: { held } }) => held.some(mayBeSilent),
      actions: answersFirst(true),
    },
    "answers.are-taken": {
      meta: { origin: linux612(FAULT, "iommufd_auto_response_faults") },
      actions: s.enqueueActions(({ context: { held }, event, enqueue }) => {
        if (event.type !== "answers.are-taken") return;
        enqueue.assign({ held: held.filter((work) => !isOf(event, work)) });
        for (const work of held) if (isOf(event, work)) enqueue.emit({ type: "group.responds", ...work });
      }),
    },
  },
});
