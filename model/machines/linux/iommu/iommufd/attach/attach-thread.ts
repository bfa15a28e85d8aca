/**
 * A thread that attaches HWPTs: the user of one device through iommufd, or one that attaches a PASID to the whole group. It
 * makes one call at a time, under the lock of the group, in the steps of attach-plan.ts.
 *
 * Models  Linux 6.16, drivers/iommu/iommufd/device.c: iommufd_device_attach(), iommufd_device_replace(),
 *         iommufd_device_detach(), iommufd_device_unbind() (iopf-core 3.2); iommu.c: iommu_attach_device_pasid().
 *         `attached` is ghost state: what the user believes, as VFIO has it in iommufd_attached. With `detachReads:
 *         "before-lock"` a detach reads the HWPT of the group before it takes the lock (6.12.117).
 *         Coarser than linux/iommu/iommufd/fault/control-thread.ts in one place: the faults of the old HWPT are answered in
 *         one step, and the drain is left out.
 * Omits   The locks below the lock of the group, which are taken only under it. Virtual functions, whose page faults iommufd
 *         refuses to enable in 6.12 (iommufd_fault_iopf_enable()). Automatic domains (iommufd_device_auto_get_domain()).
 *         Devices without PASIDs, which __iommu_set_group_pasid() skips. The PASIDs of iommufd of 7.3.4, where each device of
 *         the group attaches its own (pasid_attach): here a PASID is attached to the group by one call, as in 6.12.
 */
import { assign, setup } from "xstate";
import { atWill, linux, linux612 } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";
import {
  attachPlan,
  detachPlan,
  FALLIBLE,
  replacePlan,
  wayBack,
  type Asked,
  type Plan,
  type Step,
  type StepName,
} from "./attach-plan.ts";
import { attachSays, messageOf, type AttachThreadEmits } from "./attach-messages.ts";

export interface AttachThreadInput extends Pick<Asked, "rules" | "slot" | "self" | "devices" | "withPri" | "faulting"> {
  readonly name: string;
}

export interface AttachThreadContext extends AttachThreadInput {
  readonly call: "none" | "attach" | "replace" | "detach";
  readonly hwpt: number | null;
  /** The HWPT and the members of the group, as the call found them; and the HWPT under the lock. */
  readonly old: number | null;
  readonly current: number | null;
  readonly members: readonly number[];
  readonly left: readonly Step[];
  readonly done: readonly Step[];
  readonly failed: boolean;
  /** Ghost: the step that has just failed, until the first step is undone. */
  readonly failedAt: StepName | null;
  /** The user believes that its device is attached. */
  readonly attached: boolean;
  /** The device is bound to iommufd. */
  readonly bound: boolean;
}

const DEVICE = "drivers/iommu/iommufd/device.c";

const s = setup({
  types: {
    context: {} as AttachThreadContext,
    events: {} as
      | { readonly type: "user.attaches" | "user.replaces"; readonly hwpt: number }
      | { readonly type: "user.detaches" | "user.unbinds" | "user.binds" }
      | { readonly type: "thread.locks" | "thread.steps" | "thread.fails" }
      | {
          readonly type: "group.seen";
          readonly rid: number | null;
          readonly pasid: number | null;
          readonly members: readonly number[];
        }
      | { readonly type: "hwpt.got"; readonly ok: boolean }
      | { readonly type: "iopf.refused" },
    emitted: {} as AttachThreadEmits,
    input: {} as AttachThreadInput,
  },
  guards: {
    canAttach: ({ context }) => context.bound && !context.attached,
    canReplace: ({ context }) => context.bound,
    isAttached: ({ context }) => context.attached,
    isUnbound: ({ context }) => !context.bound,
    readsFirst: ({ context: { attached, self, rules } }) =>
      attached && self !== null && rules.detachReads === "before-lock",
    isDone: ({ context }) => context.left.length === 0,
    keepsLock: ({ context: { left, failed, rules } }) => left.length === 0 && failed && rules.wayBack === "keeps-lock",
    /** A device without page requests cannot be enabled. */
    isImpossible: ({ context: { left, withPri } }) =>
      (left[0]!.do === "join" || left[0]!.do === "turn-on") && !withPri.includes(left[0]!.device!),
    canFail: ({ context: { call, left, failed } }) => {
      const [step] = left;
      return !failed && call !== "detach" && step !== undefined && FALLIBLE.has(step.do);
    },
  },
});

const planOf = (context: AttachThreadContext): Plan => {
  const { call, hwpt } = context;
  if (call === "attach") return attachPlan(context, hwpt!);
  return call === "replace" ? replacePlan(context, hwpt!) : detachPlan(context);
};

const acts = s.enqueueActions(({ context, enqueue }) => {
  const step = context.left[0]!;
  enqueue.assign({
    left: context.left.slice(1),
    done: context.failed ? context.done : [...context.done, step],
    failedAt: null,
  });
  enqueue.emit(messageOf(context, step));
});
const goesBack = s.assign(({ context }) => ({
  failed: true,
  failedAt: context.left[0]!.do,
  left: wayBack(context, context.done, context.left[0]!),
  done: [],
}));
/** The step that was refused is the last one, and did nothing. */
const isRefused = s.assign(({ context: { done }, context }) => ({
  failed: true,
  failedAt: done.at(-1)!.do,
  left: wayBack(context, done.slice(0, -1), done.at(-1)!),
  done: [],
}));
/** In 6.12 the count is in the iommufd object of the device (iopf_enabled); in 6.16 the driver has it. */
const forgets = s.enqueueActions(({ context: { self, rules }, enqueue }) => {
  enqueue.assign({ bound: false });
  enqueue.emit({ type: "group.forgets", device: self! });
  if (rules.enabledOn === "first-and-last") enqueue.emit({ type: "iopf.forgets", device: self! });
});
const locks = (type: "lock.acquires" | "lock.releases") =>
  s.emit(({ context }) => ({ type, owner: context.name, lock: "group-lock" }) as const);
const looks = s.emit(({ context }) => ({ type: "group.looks", by: context.name }) as const);
const begins = (call: "attach" | "replace") =>
  s.assign(({ event }) => ({ call, hwpt: (event as unknown as { readonly hwpt: number }).hwpt }));
/** The user believes the return value of the call. */
const ends = s.assign(({ context: { call, failed, attached } }) => ({
  attached: failed ? attached : call !== "detach",
  call: "none" as const,
  hwpt: null,
  old: null,
  current: null,
  members: [],
  left: [],
  done: [],
  failed: false,
  failedAt: null,
}));

export const attachThread = s.createMachine({
  id: "attach-thread",
  description: "a thread that attaches, replaces and detaches HWPTs",
  meta: {
    origin: linux612(DEVICE, "iommufd_device_do_replace"),
    lane: "{name}: a thread that attaches HWPTs to the {slot}",
    messages: attachSays,
  },
  context: ({ input }) => ({
    ...input,
    call: "none",
    hwpt: null,
    old: null,
    current: null,
    members: [],
    left: [],
    done: [],
    failed: false,
    failedAt: null,
    attached: false,
    bound: true,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("user space") },
      on: {
        "user.attaches": {
          description: "begins to attach HWPT {hwpt}",
          meta: { origin: linux612(DEVICE, "iommufd_device_do_attach") },
          guard: "canAttach",
          target: "locking",
          actions: begins("attach"),
        },
        "user.replaces": {
          description: "begins to replace the HWPT by HWPT {hwpt}",
          meta: { origin: linux612(DEVICE, "iommufd_device_replace") },
          guard: "canReplace",
          target: "locking",
          actions: begins("replace"),
        },
        "user.detaches": [
          {
            description: "begins to detach the HWPT, and reads igroup->hwpt before it has igroup->lock",
            meta: { origin: linux612(DEVICE, "iommufd_hw_pagetable_detach") },
            guard: "readsFirst",
            target: "locking",
            actions: [assign({ call: "detach" }), looks],
          },
          {
            description: "begins to detach the HWPT",
            meta: { origin: linux612(DEVICE, "iommufd_device_detach") },
            guard: "isAttached",
            target: "locking",
            actions: assign({ call: "detach" }),
          },
        ],
        "user.unbinds": {
          description: "unbinds the device from iommufd",
          meta: { origin: linux612(DEVICE, "iommufd_device_unbind") },
          guard: "canAttach",
          actions: forgets,
        },
        "user.binds": {
          description: "binds the device to iommufd",
          meta: { origin: linux612(DEVICE, "iommufd_device_bind") },
          guard: "isUnbound",
          actions: assign({ bound: true }),
        },
      },
    },
    locking: {
      description: "igroup->lock is to be taken",
      on: {
        "thread.locks": {
          description: "takes igroup->lock",
          meta: { origin: linux("kernel/locking/mutex.c", "mutex_lock") },
          target: "working",
          actions: [locks("lock.acquires"), looks],
        },
        /** Before the lock. */
        "group.seen": { actions: assign({ old: ({ context, event }) => event[context.slot] }) },
      },
    },
    working: {
      description: "under igroup->lock, in {call}",
      meta: { origin: atWill("user space") },
      on: {
        "group.seen": {
          actions: assign(({ context, event }) => {
            const current = event[context.slot];
            const old = context.old ?? current;
            const seen = { old, current, members: context.self === null ? [] : event.members };
            const plan = planOf({ ...context, ...seen });
            // A call that is refused has nothing to undo.
            return plan.refused ? { ...seen, failed: true } : { ...seen, left: plan.steps };
          }),
        },
        "thread.steps": [
          {
            description: "returns, and keeps igroup->lock",
            guard: "keepsLock",
            target: "idle",
            actions: ends,
          },
          {
            description: "drops igroup->lock and returns",
            guard: "isDone",
            target: "idle",
            actions: [locks("lock.releases"), ends],
          },
          { description: "fails, because device {left.0.device} has no PRI", guard: "isImpossible", actions: goesBack },
          {
            description: "takes step {left.0.do} of {call}",
            meta: { listed: true },
            actions: acts,
          },
        ],
        "thread.fails": {
          description: "fails at step {left.0.do}, and begins to undo the steps before it",
          guard: "canFail",
          actions: goesBack,
        },
        /** The HWPT was destroyed in between. */
        "iopf.refused": { actions: isRefused },
        "hwpt.got": [{ guard: ({ event }) => event.ok }, { actions: assign({ left: [], done: [], failed: true }) }],
      },
    },
  },
});

export const attachThreadSteps: readonly Message[] = [{ type: "thread.locks" }, { type: "thread.steps" }];
