/**
 * A thread of a program in the calls of iommufd of Linux 7.3: it makes devices, HWPTs and fault queues, attaches HWPTs to
 * PASIDs of devices, and destroys what it made. Inside a call it is a thread of the kernel, which takes the steps of
 * plan-*.ts one by one.
 *
 * Models  Linux 7.3.4, drivers/iommu/iommufd/main.c: iommufd_fops_ioctl(), iommufd_fops_release(); the plans name the other
 *         functions. A step that may fail does so by `thread.fails`; what was done before is then undone.
 *         The file of the context is held by its descriptor and by each event queue that is open: with the last of them all
 *         objects go.
 * Omits   Other threads: one call at a time.
 */
import { setup } from "xstate";
import { atWill, linuxAt } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";
import { ioctlSays, type IoctlEmits } from "./ioctl-messages.ts";
import { answered, canFail, failure, IDLE, outcome, settled, type Answer, type IoctlContext } from "./ioctl-outcome.ts";
import { planOf, type IoctlEvent } from "./plan-calls.ts";
import { releases } from "./plan-destroy.ts";

export interface IoctlThreadInput {
  readonly name: string;
  readonly groups: readonly number[];
}

const MAIN = "drivers/iommu/iommufd/main.c";
const linux73 = (...functions: readonly string[]) => linuxAt("7.3.4", MAIN, ...functions);

const s = setup({
  types: {
    context: {} as IoctlContext,
    events: {} as
      | IoctlEvent
      | Answer
      | { readonly type: "thread.steps" | "thread.fails" }
      /** The descriptor of the context, or the file of an event queue that holds the context, is closed. */
      | { readonly type: "context.closes" | "file.released" }
      /** The file of a fault queue gives back its user of the object. */
      | { readonly type: "file.drops"; readonly queue: number },
    emitted: {} as IoctlEmits,
    input: {} as IoctlThreadInput,
  },
  guards: {
    isDone: ({ context }) => context.left.length === 0 && context.pending === null,
    isReady: ({ context }) => context.pending === null,
    canFail: ({ context }) => context.pending === null && canFail(context),
    isLast: ({ context }) => context.holders === 1,
  },
});

const begins = s.assign(({ context, event }) =>
  settled({ ...context, ...IDLE, left: planOf(event as IoctlEvent, context.made) }),
);
const takes = (which: typeof failure) =>
  s.enqueueActions(({ context, enqueue }) => {
    const { says, becomes } = which(context);
    enqueue.assign(becomes);
    for (const message of says) enqueue.emit(message);
  });
const hears = s.assign(({ context, event }) => answered(context, event as Answer));
const counts = (difference: number) => s.assign({ holders: ({ context }) => context.holders + difference });

const ANSWERS = [
  "object.found",
  "object.allocated",
  "object.answered",
  "hwpt.seen",
  "hwpt.listed",
  "group.seen",
  "domain.set",
  "answer.taken",
  "reported",
] as const;

const begun = (description: string, file: string, ...functions: readonly string[]) => ({
  description,
  meta: { origin: linuxAt("7.3.4", file, ...functions) },
  target: "working",
  actions: begins,
});

const DEVICE = "drivers/iommu/iommufd/device.c";
/** The last holder of the context goes: all objects are destroyed. */
const releasing = (description?: string) =>
  [
    {
      ...(description === undefined ? {} : { description }),
      meta: { origin: linux73("iommufd_fops_release") },
      guard: "isLast",
      target: "working",
      actions: [counts(-1), s.assign({ left: releases })],
    },
    { actions: counts(-1) },
  ] as const;

export const ioctlThread = s.createMachine({
  id: "ioctl-thread",
  description: "the calls of a program on an iommufd context",
  meta: {
    origin: linux73("iommufd_fops_ioctl"),
    lane: "{name}: a thread that calls iommufd",
    messages: ioctlSays,
  },
  context: ({ input }) => ({ ...input, ...IDLE, made: 0, holders: 1 }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("user space") },
      on: {
        "ioctl.attaches": begun(
          "begins to attach an HWPT to PASID {pasid} of device {device}",
          DEVICE,
          "iommufd_device_attach",
        ),
        "ioctl.replaces": begun(
          "begins to replace the HWPT of PASID {pasid} of device {device}",
          DEVICE,
          "iommufd_device_replace",
        ),
        "ioctl.detaches": begun("begins to detach PASID {pasid} of device {device}", DEVICE, "iommufd_device_detach"),
        "ioctl.checks": begun(
          "asks what is attached to PASID {pasid} of device {device}",
          "drivers/iommu/iommufd/selftest.c",
          "iommufd_test_pasid_check_hwpt",
        ),
        "ioctl.makes-device": begun("begins to bind device {device}", DEVICE, "iommufd_device_bind"),
        "ioctl.faults": begun(
          "lets device {fault.device} fault",
          "drivers/iommu/iommufd/selftest.c",
          "iommufd_test_trigger_iopf",
        ),
        "ioctl.allocates-hwpt": begun(
          "begins to allocate an HWPT",
          "drivers/iommu/iommufd/hw_pagetable.c",
          "iommufd_hwpt_alloc",
        ),
        "ioctl.creates-queue": begun(
          "begins to make fault queue {queue}",
          "drivers/iommu/iommufd/eventq.c",
          "iommufd_fault_alloc",
        ),
        "ioctl.destroys": begun("begins to destroy ID {id}", MAIN, "iommufd_destroy"),
        "context.closes": releasing("closes the descriptor of the context"),
        "file.released": releasing(),
        "file.drops": {
          meta: { origin: linuxAt("7.3.4", "drivers/iommu/iommufd/eventq.c", "iommufd_eventq_fops_release") },
          actions: s.emit(({ event }) => ({
            type: "object.unrefs",
            kind: "fault",
            at: event.type === "file.drops" ? event.queue : 0,
          })),
        },
      },
    },
    working: {
      description: "inside a call",
      always: { guard: "isDone", target: "idle" },
      on: {
        "thread.steps": {
          description: "takes the next step of the call",
          meta: { listed: true },
          guard: "isReady",
          actions: takes(outcome),
        },
        "thread.fails": {
          description: "fails at the next step of the call",
          meta: { listed: true },
          guard: "canFail",
          actions: takes(failure),
        },
        ...Object.fromEntries(ANSWERS.map((type) => [type, { actions: hears }])),
      },
    },
  },
});

export const ioctlSteps: readonly Message[] = [{ type: "thread.steps" }];
