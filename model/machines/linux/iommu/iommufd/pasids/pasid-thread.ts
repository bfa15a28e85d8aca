/**
 * The thread that attaches, replaces and detaches the HWPTs of the PASIDs of one device, for the user of the device. It goes
 * through the steps of pasid-orders.ts, and answers the faults that user space has left unanswered.
 *
 * Models  Linux 7.3.4, drivers/iommu/iommufd/device.c: iommufd_hwpt_attach_device(), iommufd_hwpt_replace_device(),
 *         iommufd_hwpt_detach_device(); eventq.c: iommufd_auto_response_faults(); iommu.c: iommu_attach_device_pasid(),
 *         iommu_replace_device_pasid(), iommu_detach_device_pasid() (iommufd facts, J70 to J78; L5: they terminate although
 *         user space never answers; I12: no group names a freed attach handle). Each attach and each replace allocates a handle,
 *         and whoever takes it out of the array frees it. igroup->lock is held throughout, so one thread stands for all.
 *         linux/iommu/iommufd/fault/control-thread.ts does the same for requests without PASID.
 * Omits   Calls that are refused or that change nothing: attach of what is attached, replace by the same HWPT, detach of what
 *         is not attached (J70, J72, J73). References to HWPTs (linux/iommu/iommufd/attach). Other devices of the group, of
 *         which only the failure is here. A way back that fails. Resets, which park PASIDs (J82, J83).
 */
import { assign, setup } from "xstate";
import { atWill, linuxAt } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";
import type { Domain } from "../../io-pgfault/6.12/attach-handles.ts";
import { autoAnswer, takesAny } from "../fault/auto-answer.ts";
import type { PasidRules } from "./pasid-orders.ts";
import { DEVICE, messagesOf, pasidSays, type PasidThreadEmits } from "./pasid-messages.ts";
import { canFail, handleOf, planOf, wayBack, type PasidCall, type PasidStep } from "./pasid-plan.ts";

export interface PasidThreadInput {
  readonly name: string;
  readonly rules: PasidRules;
  readonly domains: readonly Domain[];
  readonly pasids: readonly number[];
}

export interface PasidThreadContext extends PasidThreadInput, PasidCall {
  /** By PASID: the HWPT that is attached (igroup->pasid_attach). */
  readonly attached: { readonly [pasid: number]: number | null };
  readonly left: readonly PasidStep[];
  readonly done: readonly PasidStep[];
  readonly failed: boolean;
  /** The group in hand, and whether it was answered. */
  readonly group: number | null;
  readonly answered: boolean;
  /** Ghost: attach handles that are allocated. A handle that leaks is counted once. */
  readonly handles: number;
}

const s = setup({
  types: {
    context: {} as PasidThreadContext,
    events: {} as
      | { readonly type: "user.attaches" | "user.replaces"; readonly pasid: number; readonly hwpt: number }
      | { readonly type: "user.detaches"; readonly pasid: number }
      | { readonly type: "thread.steps" | "thread.fails" }
      | { readonly type: "answer.taken"; readonly group: number | null },
    emitted: {} as PasidThreadEmits,
    input: {} as PasidThreadInput,
  },
  guards: {
    isDone: ({ context }) => context.left.length === 0,
    canFail: ({ context }) => {
      const [step] = context.left;
      return !context.failed && step !== undefined && canFail(context, step);
    },
  },
});

const NO_CALL = { call: "none", pasid: 0, old: null, hwpt: null, left: [], done: [], failed: false } as const;

const begins = (call: "attach" | "replace" | "detach") =>
  s.assign(({ context, event }) => {
    const { pasid, hwpt = null } = event as unknown as { readonly pasid: number; readonly hwpt?: number };
    const begun = { call, pasid, hwpt, old: context.attached[pasid]! };
    const most = context.pasids.length + 2;
    const handles = call === "detach" ? context.handles : Math.min(context.handles + 1, most);
    return { ...begun, handles, left: planOf({ ...context, ...begun }) };
  });

/** iommufd_auto_response_faults(), one group after the other. */
const acts = s.enqueueActions(({ context, enqueue }) => {
  const { name, left, done, failed, handles } = context;
  const step = left[0]!;
  if (step.do === "answer") {
    const all = context.rules.answers === "whole-queue";
    const next = autoAnswer(context, {
      ...takesAny(name),
      ...(all ? {} : { handle: handleOf(context, step.hwpt!), lists: "own" as const }),
    });
    enqueue.assign(next.becomes);
    enqueue.emit(next.says);
    return;
  }
  enqueue.assign({
    left: left.slice(1),
    done: failed ? done : [...done, step],
    handles: step.do === "free" ? handles - 1 : handles,
  });
  for (const message of messagesOf(context, step)) enqueue.emit(message);
});

const ends = s.assign(({ context: { attached, pasid, hwpt, failed } }) => ({
  ...NO_CALL,
  attached: failed ? attached : { ...attached, [pasid]: hwpt },
}));

export const pasidThread = s.createMachine({
  id: "pasid-thread",
  description: "the calls that attach, replace and detach the HWPTs of PASIDs",
  meta: {
    origin: linuxAt("7.3.4", DEVICE, "iommufd_device_do_replace"),
    lane: "the thread that attaches HWPTs to PASIDs",
    messages: pasidSays,
  },
  context: ({ input }) => ({
    ...input,
    ...NO_CALL,
    attached: Object.fromEntries(input.pasids.map((pasid) => [pasid, null])),
    group: null,
    answered: false,
    handles: 0,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("the user of the device") },
      on: {
        "user.attaches": {
          description: "begins to attach HWPT {hwpt} to PASID {pasid}",
          meta: { origin: linuxAt("7.3.4", DEVICE, "iommufd_hwpt_attach_device") },
          guard: ({ context, event }) => context.attached[event.pasid] === null,
          target: "working",
          actions: begins("attach"),
        },
        "user.replaces": {
          description: "begins to replace the HWPT of PASID {pasid} by HWPT {hwpt}",
          meta: { origin: linuxAt("7.3.4", DEVICE, "iommufd_hwpt_replace_device") },
          guard: ({ context: { attached }, event: { pasid, hwpt } }) =>
            attached[pasid] !== null && attached[pasid] !== hwpt,
          target: "working",
          actions: begins("replace"),
        },
        "user.detaches": {
          description: "begins to detach the HWPT of PASID {pasid}",
          meta: { origin: linuxAt("7.3.4", DEVICE, "iommufd_hwpt_detach_device") },
          guard: ({ context, event }) => context.attached[event.pasid] !== null,
          target: "working",
          actions: begins("detach"),
        },
      },
    },
    working: {
      description: "under igroup->lock, in {call} of PASID {pasid}",
      on: {
        "thread.steps": [
          { description: "drops igroup->lock and returns", guard: "isDone", target: "idle", actions: ends },
          { description: "takes step {left.0.do} of {call}", meta: { listed: true }, actions: acts },
        ],
        "thread.fails": {
          description: "fails at step {left.0.do}, and begins to undo the steps before it",
          guard: "canFail",
          actions: assign(({ context }) => ({
            failed: true,
            left: wayBack(context, context.done),
            done: [],
          })),
        },
        "answer.taken": [
          {
            guard: ({ event }) => event.group === null,
            actions: assign({ left: ({ context }) => context.left.slice(1) }),
          },
          { actions: assign({ group: ({ event }) => event.group }) },
        ],
      },
    },
  },
});

export const pasidThreadSteps: readonly Message[] = [{ type: "thread.steps" }];
