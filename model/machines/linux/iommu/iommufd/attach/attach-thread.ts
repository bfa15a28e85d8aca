/**
 * Whoever attaches page tables: the user of one device through iommufd, or one that attaches a PASID to the whole group.
 * One call at a time, under the lock of the group, step by step as attach-plan.ts says.
 *
 * Models  Linux 6.16, drivers/iommu/iommufd/device.c: iommufd_device_attach(), iommufd_device_replace(),
 *         iommufd_device_detach(), iommufd_device_unbind() (iopf-core 3.2); iommu.c: iommu_attach_device_pasid(). What the
 *         user takes for attached is ghost state: VFIO has it as iommufd_attached.
 * Omits   the locks below that of the group, which are only taken under it. Virtual functions, whose page faults iommufd
 *         refuses to turn on in 6.12 (iommufd_fault_iopf_enable()).
 */
import { assign, setup } from "xstate";
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
} from "./attach-plan.ts";
import type { IopfStep } from "../../../../device/faulting-device.ts";
import type { Slot } from "../../../../../units.ts";

export interface AttachThreadInput extends Pick<Asked, "rules" | "slot" | "self" | "devices" | "withPri" | "faulting"> {
  readonly name: string;
}

export interface AttachThreadContext extends AttachThreadInput {
  readonly call: "none" | "attach" | "replace" | "detach";
  readonly hwpt: number | null;
  /** The page table and the members of the group, as the call found them. */
  readonly old: number | null;
  readonly members: readonly number[];
  readonly left: readonly Step[];
  readonly done: readonly Step[];
  readonly failed: boolean;
  /** The user takes its device for attached. */
  readonly attached: boolean;
  /** The device is bound to iommufd. */
  readonly bound: boolean;
}

export type AttachThreadEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: "group-lock" }
  | { readonly type: "group.looks"; readonly by: string }
  | { readonly type: "hwpt.gets"; readonly hwpt: number; readonly by: string }
  | { readonly type: "hwpt.puts" | "reports.answers"; readonly hwpt: number }
  | {
      readonly type: "state.prepares" | "state.releases";
      readonly device: number;
      readonly slot: Slot;
      readonly hwpt: number;
    }
  | { readonly type: IopfStep | "group.adds" | "group.removes" | "group.forgets"; readonly device: number }
  | { readonly type: "device.switches"; readonly device: number; readonly slot: Slot; readonly hwpt: number | null }
  | {
      readonly type: "group.stores";
      readonly slot: Slot;
      readonly hwpt: number | null;
      readonly device: number | null;
    };

/** Of the steps that name a device and nothing else. */
const OF_DEVICE = {
  join: "iopf.joins",
  "turn-on": "iopf.turns-on",
  count: "iopf.counts",
  uncount: "iopf.uncounts",
  "turn-off": "iopf.turns-off",
  leave: "iopf.leaves",
  add: "group.adds",
  remove: "group.removes",
} as const;

function message({ slot, name }: AttachThreadContext, { do: does, device, hwpt }: Step): AttachThreadEmits {
  switch (does) {
    case "get":
      return { type: "hwpt.gets", hwpt: hwpt!, by: name };
    case "put":
      return { type: "hwpt.puts", hwpt: hwpt! };
    case "answer":
      return { type: "reports.answers", hwpt: hwpt! };
    case "prepare":
      return { type: "state.prepares", device: device!, slot, hwpt: hwpt! };
    case "release":
      return { type: "state.releases", device: device!, slot, hwpt: hwpt! };
    case "switch":
      return { type: "device.switches", device: device!, slot, hwpt };
    case "store":
      return { type: "group.stores", slot, hwpt, device };
    case "join":
    case "turn-on":
    case "count":
    case "uncount":
    case "turn-off":
    case "leave":
    case "add":
    case "remove":
      return { type: OF_DEVICE[does], device: device! };
  }
}

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
      | { readonly type: "hwpt.got"; readonly ok: boolean },
    emitted: {} as AttachThreadEmits,
    input: {} as AttachThreadInput,
  },
  guards: {
    canAttach: ({ context }) => context.bound && !context.attached,
    canReplace: ({ context }) => context.bound,
    isAttached: ({ context }) => context.attached,
    isUnbound: ({ context }) => !context.bound,
    isDone: ({ context }) => context.left.length === 0,
    keepsLock: ({ context: { left, failed, rules } }) => left.length === 0 && failed && rules.wayBack === "keeps-lock",
    /** A device without page requests cannot be enabled. */
    isImpossible: ({ context: { left, withPri } }) =>
      (left[0]!.do === "join" || left[0]!.do === "turn-on") && !withPri.includes(left[0]!.device!),
    canFail: ({ context: { call, left, failed } }) =>
      !failed && call !== "detach" && left.length > 0 && FALLIBLE.has(left[0]!.do),
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
  });
  enqueue.emit(message(context, step));
});
const goesBack = s.assign(({ context }) => ({
  failed: true,
  left: wayBack(context, context.done, context.left[0]!),
  done: [],
}));
const locks = (type: "lock.acquires" | "lock.releases") =>
  s.emit(({ context }) => ({ type, owner: context.name, lock: "group-lock" }) as const);
const begins = (call: "attach" | "replace") =>
  s.assign(({ event }) => ({ call, hwpt: (event as unknown as { readonly hwpt: number }).hwpt }));
/** What the call returned is what the user believes. */
const ends = s.assign(({ context: { call, failed, attached } }) => ({
  attached: failed ? attached : call !== "detach",
  call: "none" as const,
  hwpt: null,
  old: null,
  members: [],
  left: [],
  done: [],
  failed: false,
}));

export const attachThread = s.createMachine({
  id: "attach-thread",
  context: ({ input }) => ({
    ...input,
    call: "none",
    hwpt: null,
    old: null,
    members: [],
    left: [],
    done: [],
    failed: false,
    attached: false,
    bound: true,
  }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "user.attaches": { guard: "canAttach", target: "locking", actions: begins("attach") },
        "user.replaces": { guard: "canReplace", target: "locking", actions: begins("replace") },
        "user.detaches": { guard: "isAttached", target: "locking", actions: assign({ call: "detach" }) },
        "user.unbinds": {
          guard: "canAttach",
          actions: [
            assign({ bound: false }),
            s.emit(({ context }) => ({ type: "group.forgets", device: context.self! }) as const),
          ],
        },
        "user.binds": { guard: "isUnbound", actions: assign({ bound: true }) },
      },
    },
    locking: {
      on: {
        "thread.locks": {
          target: "working",
          actions: [
            locks("lock.acquires"),
            s.emit(({ context }) => ({ type: "group.looks", by: context.name }) as const),
          ],
        },
      },
    },
    working: {
      on: {
        "group.seen": {
          actions: assign(({ context, event }) => {
            const seen = { old: event[context.slot], members: context.self === null ? [] : event.members };
            const plan = planOf({ ...context, ...seen });
            // A call that is refused has nothing to undo.
            return plan.refused ? { ...seen, failed: true } : { ...seen, left: plan.steps };
          }),
        },
        "thread.steps": [
          { guard: "keepsLock", target: "idle", actions: ends },
          { guard: "isDone", target: "idle", actions: [locks("lock.releases"), ends] },
          { guard: "isImpossible", actions: goesBack },
          { actions: acts },
        ],
        "thread.fails": { guard: "canFail", actions: goesBack },
        /** The table was destroyed meanwhile. */
        "hwpt.got": [{ guard: ({ event }) => event.ok }, { actions: assign({ left: [], done: [], failed: true }) }],
      },
    },
  },
});

export const attachThreadSteps: readonly Message[] = [{ type: "thread.locks" }, { type: "thread.steps" }];
