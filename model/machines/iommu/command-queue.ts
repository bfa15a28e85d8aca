/**
 * The command queue of an IOMMU, as the hardware consumes it: invalidations, wait commands and page responses in order.
 *
 * Models  hardware facts I5 and I7, S7 (a fence covers every earlier invalidation) and S32 (commands take effect in
 *         order). An invalidation is consumed at once and completes later. A wait command is consumed only when every
 *         earlier invalidation has completed. Nothing behind it takes effect before, and this includes page responses.
 *         An ATC invalidation holds an ITag until its device has completed it. One that finds every ITag in use is
 *         consumed and waits for an ITag, and nothing behind it takes effect before.
 * Omits   errors and time-outs of commands (K27, what a fence does after an ATC invalidation time-out):
 *         atc-invalidation.ts has them. An invalidation of cached configuration that completes later: it takes effect when it
 *         is consumed. The queue in memory is a channel of the system. ITags, unless `itags` is set: an
 *         Invalidate Completion then names page and device, and ITags never run out. The 32 of PCIe are more than the
 *         ATC invalidations that a searched system has at a time.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { clause, iommus, messages } from "../../said.ts";
import type { ResponseCode } from "../../units.ts";

export type CommandQueueInput = {
  /** How many ITags there are; without it none are kept. */
  readonly itags?: number;
  /** Whether a wait command waits for the earlier invalidations; default: it does. `false` is a deliberate defect (S7). */
  readonly fencesWait?: boolean;
};

export type CommandQueueEvent =
  | { readonly type: "command.invalidates-iotlb"; readonly page: number; readonly domain: number }
  | { readonly type: "command.invalidates-atc"; readonly page: number; readonly device: number }
  /** What the IOMMU caches of the configuration of a device. */
  | { readonly type: "command.invalidates-configuration"; readonly device: number }
  /** `owner` names the thread that polls for its completion. */
  | { readonly type: "command.fences"; readonly owner: string }
  | ({ readonly type: "command.responds" } & CommandedResponse)
  | ({ readonly type: "command.resumes" } & Resumption)
  | { readonly type: "iotlb.invalidated"; readonly page: number; readonly domain: number }
  /** Without ITags. */
  | { readonly type: "atc.invalidation-completed"; readonly device: number; readonly page: number }
  /** `completions`: how many the device sends for the ITag in all. */
  | {
      readonly type: "atc.invalidation-completed";
      readonly device: number;
      readonly itag: number;
      readonly completions: number;
    };

type CommandedResponse = {
  readonly device: number;
  readonly prgi: number;
  readonly code: ResponseCode;
  readonly instance: number;
  readonly pasid?: number | null;
};
/** SMMU CMD_RESUME: the stalled transaction is retried or terminated. */
type Resumption = {
  readonly device: number;
  readonly stag: number;
  readonly action: "retry" | "abort";
  readonly instance: number;
};

export type CommandQueueEmits =
  | { readonly type: "iotlb.invalidates"; readonly page: number; readonly domain: number }
  | {
      readonly type: "atc.invalidation-request";
      readonly device: number;
      readonly page: number;
      readonly itag?: number;
    }
  | { readonly type: "atc.completion-unexpected"; readonly device: number; readonly itag: number }
  | { readonly type: "configuration.invalidates"; readonly device: number }
  | { readonly type: "fence.completed"; readonly owner: string }
  | ({ readonly type: "pri.response"; readonly by: "software" } & CommandedResponse)
  | ({ readonly type: "stall.resumed" } & Resumption);

export interface CommandQueueContext {
  /** Null: none are kept. */
  readonly itags: number | null;
  readonly fencesWait: boolean;
  /** Invalidations that have not completed, in order of submission. */
  readonly outstanding: readonly Invalidation[];
}

interface Invalidation {
  readonly page: number;
  readonly domain: number | null;
  readonly device: number | null;
  /** Of an ATC invalidation that has one. */
  readonly itag: number | null;
  /** Invalidate Completions that have arrived. */
  readonly completions: number;
}

const s = setup({
  types: {
    context: {} as CommandQueueContext,
    events: {} as CommandQueueEvent,
    emitted: {} as CommandQueueEmits,
    input: undefined as CommandQueueInput | undefined,
  },
});

type Completion = Extract<CommandQueueEvent, { readonly type: "atc.invalidation-completed" }>;

/** Whether an ATC invalidation waits for an ITag, and the queue with it. */
const waits =
  ({ itags }: CommandQueueContext) =>
  ({ device, itag }: Invalidation): boolean =>
    itags !== null && device !== null && itag === null;
const goesOn = ({ context }: { readonly context: CommandQueueContext }): boolean =>
  !context.outstanding.some(waits(context));

/** The lowest ITag that no invalidation holds; null: none is free, or none are kept. */
function freeItag({ itags, outstanding }: CommandQueueContext): number | null {
  const free = Array.from({ length: itags ?? 0 }, (_, itag) => itag);
  return free.find((itag) => outstanding.every((one) => one.itag !== itag)) ?? null;
}

const requestOf = (device: number, page: number, itag: number | null): CommandQueueEmits => ({
  type: "atc.invalidation-request",
  device,
  page,
  ...(itag === null ? {} : { itag }),
});

export const commandQueue = s.createMachine({
  id: "command-queue",
  description: "the command queue of an IOMMU, consumed in order",
  meta: {
    origin: iommus("VT-d 6.5.2, SMMUv3 4"),
    lane: "the command queue of the IOMMU",
    messages: messages<CommandQueueEmits>({
      "iotlb.invalidates": "invalidates the IOTLB of domain {domain} for page {page}",
      "atc.invalidation-request": {
        says: "sends an Invalidate Request for page {page} to device {device}",
        origin: clause("pcie", "10.3 (ATS Invalidation)"),
      },
      "atc.completion-unexpected": {
        says: "ignores an Invalidate Completion of device {device}: ITag {itag} is not outstanding there",
        origin: clause("pcie", "10.3 (ATS Invalidation)"),
      },
      "configuration.invalidates": {
        says: "invalidates what is cached of the configuration of device {device}",
        origin: iommus("VT-d context-cache invalidation, SMMUv3 CMD_CFGI_STE, RISC-V IODIR.INVAL_DDT"),
      },
      "fence.completed": {
        says: "completes the wait command: the earlier invalidations have completed",
        origin: iommus("VT-d inv_wait_dsc, SMMUv3 CMD_SYNC, RISC-V IOFENCE.C"),
      },
      "pri.response": {
        says: "sends the response {code} for group {prgi} to device {device}",
        origin: clause("pcie", "10.4 (Page Request Services)"),
      },
      "stall.resumed": {
        says: "resumes the stalled transaction {stag} of device {device}: {action}",
        origin: clause("smmu", "4.7.1 (CMD_RESUME)"),
      },
    }),
  },
  context: ({ input }) => ({
    itags: input?.itags ?? null,
    fencesWait: input?.fencesWait ?? true,
    outstanding: [],
  }),
  on: {
    "command.invalidates-iotlb": {
      guard: goesOn,
      actions: [
        assign(({ context, event: { page, domain } }) => withOne(context, { page, domain, device: null, itag: null })),
        emit(({ event: { page, domain } }) => ({ type: "iotlb.invalidates", page, domain })),
      ],
    },
    "command.invalidates-atc": {
      guard: goesOn,
      actions: enqueueActions(({ context, event: { page, device }, enqueue }) => {
        const itag = freeItag(context);
        enqueue.assign(withOne(context, { page, domain: null, device, itag }));
        if (itag !== null || context.itags === null) enqueue.emit(requestOf(device, page, itag));
      }),
    },
    "command.invalidates-configuration": {
      guard: goesOn,
      actions: emit(({ event: { device } }) => ({ type: "configuration.invalidates", device })),
    },
    /** Every earlier invalidation of the page completes when the accesses that it waits for are done. */
    "iotlb.invalidated": {
      actions: assign(({ context, event: { page, domain } }) => ({
        outstanding: context.outstanding.filter((one) => one.page !== page || one.domain !== domain),
      })),
    },
    "atc.invalidation-completed": [
      {
        guard: ({ context, event }) => "itag" in event && !context.outstanding.some(isOf(event)),
        actions: emit(({ event }) => ({
          type: "atc.completion-unexpected",
          device: event.device,
          itag: "itag" in event ? event.itag : 0,
        })),
      },
      {
        guard: ({ context, event }) =>
          "itag" in event && context.outstanding.find(isOf(event))!.completions + 1 < event.completions,
        actions: assign(({ context, event }) =>
          changed(context, context.outstanding.findIndex(isOf(event)), (one) => ({ completions: one.completions + 1 })),
        ),
      },
      {
        actions: enqueueActions(({ context, event, enqueue }) => {
          const left = without(context, isOf(event));
          const waiting = left.outstanding.findIndex(waits(left));
          if (waiting < 0) return enqueue.assign(left);
          const itag = freeItag(left);
          const { device, page } = left.outstanding[waiting]!;
          enqueue.assign(changed(left, waiting, () => ({ itag })));
          enqueue.emit(requestOf(device!, page, itag));
        }),
      },
    ],
    /** The wait command stays at the head of the queue while an invalidation is outstanding. */
    "command.fences": {
      guard: ({ context }) => !context.fencesWait || context.outstanding.length === 0,
      actions: emit(({ event }) => ({ type: "fence.completed", owner: event.owner })),
    },
    "command.responds": {
      guard: goesOn,
      actions: emit(({ event: { type: _, ...response } }) => ({ type: "pri.response", ...response, by: "software" })),
    },
    "command.resumes": {
      guard: goesOn,
      actions: emit(({ event: { type: _, ...resumption } }) => ({ type: "stall.resumed", ...resumption })),
    },
  },
});

/** Whether it is the invalidation that has completed. */
const isOf =
  (event: Completion) =>
  (one: Invalidation): boolean =>
    one.device === event.device && ("itag" in event ? one.itag === event.itag : one.page === event.page);

const withOne = (context: CommandQueueContext, one: Omit<Invalidation, "completions">): CommandQueueContext => ({
  ...context,
  outstanding: [...context.outstanding, { ...one, completions: 0 }],
});

const changed = (
  context: CommandQueueContext,
  at: number,
  change: (one: Invalidation) => Partial<Invalidation>,
): CommandQueueContext => ({
  ...context,
  outstanding: context.outstanding.map((one, k) => (k === at ? { ...one, ...change(one) } : one)),
});

const without = (context: CommandQueueContext, isIt: (one: Invalidation) => boolean): CommandQueueContext => {
  const at = context.outstanding.findIndex(isIt);
  return at < 0 ? context : { ...context, outstanding: context.outstanding.toSpliced(at, 1) };
};
