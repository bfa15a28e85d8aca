/**
 * The thread of user space that attaches, replaces, detaches and destroys HWPTs with a fault queue. Inside its ioctls it is
 * a thread of the kernel, which answers the faults that user space has left unanswered.
 *
 * Models  Linux 6.12.117, drivers/iommu/iommufd/device.c: iommufd_hw_pagetable_attach(), iommufd_device_do_replace(),
 *         iommufd_hw_pagetable_detach(); fault.c: iommufd_fault_iopf_enable(), iommufd_fault_iopf_disable(),
 *         iommufd_auto_response_faults(), iommufd_fault_destroy() (iopf-core 3.2, 1.4; L5: they terminate although user space
 *         never answers; I12: no group names a freed attach handle; I17: a fault is resolved under the domain that it was
 *         accepted under). Only the first device of a group attaches, and only the last detaches; page faults are enabled on
 *         that device, and counted for each device (D9: the attach handle names the device that attached first). They are
 *         refused for a virtual function. Attach, replace and detach hold igroup->lock, and a fault queue is destroyed only
 *         when no HWPT refers to it, so one thread stands for all.
 *         The HWPT is made when it is attached, and destroyed when it is detached, as far as `queue.refs` says; a system
 *         that has the HWPTs listens to `hwpt.gets` and `hwpt.puts` instead, and answers `hwpt.looks-up`: attach and replace of
 *         one that is not there fail with ENOENT, before igroup->lock is taken.
 *         A device that leaves its IOMMU group (`device.unbinds`) is attached to nothing: its owner detaches it before it unbinds
 *         it (vfio_iommufd_physical_unbind(), iommufd_selftest_destroy()), and loses it before the bus releases it.
 * Omits   Drivers that fail to switch a domain, reserved regions and MSI (linux/iommu/iommufd/attach/attach-thread.ts has
 *         the first). PASIDs: 6.12 attaches none. Attaching a device again to what it is attached to: the callers do not do
 *         it, and the kernel would link the device twice.
 */
import { assign, setup } from "xstate";
import { atWill, linux612 } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";
import { OK } from "../../../include/iommu.ts";
import {
  controlSays,
  type ControlContext,
  type ControlEmits,
  type ControlEvent,
  type ControlInput,
} from "./control-messages.ts";
import {
  goesOn,
  IDLE,
  isNotEnabled,
  isNotInserted,
  isRefused,
  outcome,
  starts,
  type Outcome,
} from "./control-outcome.ts";
import { allocates as nextAllocates } from "./control-plan.ts";

const DEVICE = "drivers/iommu/iommufd/device.c";
const FAULT = "drivers/iommu/iommufd/fault.c";
const MAIN = "drivers/iommu/iommufd/main.c";

const s = setup({
  types: {
    context: {} as ControlContext,
    events: {} as ControlEvent,
    emitted: {} as ControlEmits,
    input: {} as ControlInput,
  },
  guards: {
    isIdle: ({ context }) => context.op === "none",
    allocates: ({ context }) => nextAllocates(context),
    /** The device is attached to nothing, and no ioctl attaches it. */
    isUnattached: ({ context: { members, op, self }, event }) =>
      "device" in event && !members.includes(event.device) && (op === "none" || self !== event.device),
    isMember: ({ context, event }) => "device" in event && context.members.includes(event.device),
    /** Attaching a device again to the same HWPT is not for the kernel to refuse. */
    isNews: ({ context, event }) =>
      event.type === "control.attaches" && (event.hwpt !== context.attached || !context.members.includes(event.device)),
    hasFailed: ({ event }) => "result" in event && event.result !== OK,
    isNotStored: ({ context, event }) => context.op === "attach" && "result" in event && event.result !== OK,
  },
});

const does = (which: (context: ControlContext, event: ControlEvent) => Outcome) =>
  s.enqueueActions(({ context, event, enqueue }) => {
    const { says, becomes } = which(context, event);
    enqueue.assign(becomes);
    for (const message of says) enqueue.emit(message);
  });

const begins = does(starts);
const steps = does((context) => outcome(context, "some"));
const allocates = does((context, event) =>
  outcome(context, event.type === "control.allocates" && !event.ok ? "none" : "some"),
);
const creates = does(({ name: by }, event) => ({
  says:
    event.type === "control.creates"
      ? [
          { type: "queue.creates", queue: event.queue },
          { type: "control.returns", by, result: OK },
        ]
      : [],
  becomes: {},
}));
export const controlThread = s.createMachine({
  id: "control-thread",
  description: "the ioctls that attach, replace, detach and destroy HWPTs of one IOMMU group",
  meta: {
    origin: linux612(DEVICE, "iommufd_device_do_replace"),
    lane: "the thread that attaches and destroys HWPTs",
    messages: controlSays,
  },
  context: ({ input }) => {
    const { attached, domains, name = "control", iommuGroup = 0 } = input;
    const isFaulting = attached !== null && domains[attached]!.handler !== null;
    return {
      rules: input.rules,
      domains,
      attached,
      name,
      iommuGroup,
      virtualFunctions: input.virtualFunctions ?? [],
      hwpts: input.hwpts ?? "implied",
      allocations: input.allocations ?? "succeed",
      members: attached === null ? [] : [0],
      idev: attached === null ? null : 0,
      enabled: isFaulting ? [0] : [],
      ...IDLE,
      group: null,
      device: 0,
      answered: false,
    };
  },
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("user space") },
      on: {
        "control.attaches": {
          description: "begins to attach HWPT {hwpt}",
          meta: { origin: linux612(DEVICE, "iommufd_hw_pagetable_attach") },
          guard: "isNews",
          target: "working",
          actions: begins,
        },
        "control.replaces": {
          description: "begins to replace HWPT {attached} by HWPT {hwpt}",
          meta: { origin: linux612(DEVICE, "iommufd_device_do_replace") },
          target: "working",
          actions: begins,
        },
        "control.detaches": {
          description: "begins to detach HWPT {attached}",
          meta: { origin: linux612(DEVICE, "iommufd_hw_pagetable_detach") },
          guard: "isMember",
          target: "working",
          actions: begins,
        },
        "control.destroys": {
          description: "begins to destroy fault queue {queue}",
          meta: { origin: linux612(MAIN, "iommufd_destroy") },
          target: "working",
          actions: begins,
        },
        "control.creates": {
          description: "makes fault queue {queue}",
          meta: { origin: linux612(FAULT, "iommufd_fault_alloc") },
          actions: creates,
        },
      },
    },
    working: {
      description: "inside an ioctl: {op}",
      meta: { origin: atWill("user space") },
      always: { guard: "isIdle", target: "idle" },
      on: {
        "control.steps": {
          description: "takes the next step of the ioctl",
          meta: { listed: true },
          guard: ({ context }) => !nextAllocates(context),
          actions: steps,
        },
        "control.allocates": {
          description: "takes the next step of the ioctl, which allocates memory: {ok}",
          meta: { listed: true },
          guard: "allocates",
          actions: allocates,
        },
        "answer.taken": [
          {
            guard: ({ event }) => event.group === null,
            actions: assign({ left: ({ context }) => context.left.slice(1) }),
          },
          { actions: assign(({ event: { group, device } }) => ({ group, device })) },
        ],
        "hwpt.found": [{ guard: "hasFailed", actions: does(isRefused) }, { actions: does(goesOn) }],
        "queue.claimed": [{ guard: "hasFailed", actions: does(isRefused) }, {}],
        "param.added": [{ guard: "hasFailed", actions: does(isNotEnabled) }, {}],
        "handle.changed": [{ guard: "isNotStored", actions: does(isNotInserted) }, {}],
      },
    },
  },
  on: {
    "device.unbinds": { meta: { origin: linux612(DEVICE, "iommufd_device_unbind") }, guard: "isUnattached" },
  },
});

export const controlSteps: readonly Message[] = [{ type: "control.steps" }];
