/**
 * The invalidation queue of an IOMMU with all that its software remembers of it, shared by several flushers: commands in
 * order, a fence behind the invalidations of each flush, and what stops the queue.
 *
 * Models  Hardware facts I5 (consumed in order; a fence completes when all earlier invalidations did) and S7 (a time-out is no
 *         completion). A fence stores its number where all flushers look (AMD COMPLETION_WAIT), or marks the status slot of its
 *         flush (VT-d inv_wait). VT-d 6.5.2.10: after an invalidation time-out every wait that is pending is aborted and leaves
 *         no status, and nothing is fetched until software clears the error. A command that the IOMMU refuses stops the queue at
 *         it (VT-d IQE, RISC-V cmd_ill).
 *         Slots: a flush takes one for each invalidation and one for its fence, one after the other.
 * Omits   The slots that a flush frees while its fence is still in the queue (VT-d after -ETIMEDOUT): the fence then marks a slot
 *         that is nobody's. Commands that complete out of order: `command-queue.ts` has them. That only what was fetched is
 *         aborted at a time-out: here all commands were.
 */
import { assign, setup } from "xstate";
import { clause, iommus, linux, messages } from "../../said.ts";

export type DeviceManner = "answers" | "silent" | "removed";
/** Which waits software marks as aborted after a time-out: `odd-slots` steps over every other slot. */
export type AbortedSlots = "all" | "odd-slots";
/** What becomes of a command that the IOMMU refuses. */
export type RefusedBecomes = "told" | "fence" | "stays";

export type SharedQueueInput = {
  /** Of the device whose invalidations the first flusher sends. */
  readonly device: DeviceManner;
  readonly suspect: string;
  readonly refuses: boolean;
  /** Of the ring. */
  readonly slots: number;
};

interface Command {
  readonly by: string;
  readonly fences: boolean;
  readonly number: number;
  /** The slot has an odd index. */
  readonly odd: boolean;
  /** Of a flush whose thread has given up, and has begun another one: nobody waits for it. */
  readonly left: boolean;
}

/** Numbers of fences wrap at this, where those of the kernel have 64 bits: a wait remembers that its number was reached. */
const NUMBERS = 8;
const isReached = (written: number, number: number): boolean => (written - number + NUMBERS) % NUMBERS < NUMBERS / 2;

interface Wait {
  readonly by: string;
  readonly number: number;
  /** A fence has stored this number or a later one. */
  readonly reached: boolean;
  /** It was this one, and none came after it. */
  readonly stored: boolean;
}

interface Owed {
  readonly by: string;
  readonly invalidations: number;
}

/** What a flusher finds when it looks. */
export type Found = "done" | "aborted" | "stopped" | "refused";
/** What the register of the time-out names: a device that is there, or one that was removed (VT-d ITESID). */
export type TimedOut = "none" | "present" | "removed";

export interface SharedQueueContext extends SharedQueueInput {
  /** Head first. */
  readonly commands: readonly Command[];
  /** iommu->cmd_sem_val: the number that was given last. */
  readonly given: number;
  /** Numbers that flushers wait for, and what fences have stored since; sorted. */
  readonly waits: readonly Wait[];
  /** Status slots, sorted. */
  readonly done: readonly string[];
  readonly aborted: readonly string[];
  /** Refused, and told so by whoever mended the queue. */
  readonly refused: readonly string[];
  /** Waits that a time-out has taken out of the queue, and that nobody has marked yet. */
  readonly lost: readonly Command[];
  readonly stopped: "no" | "time-out" | "refused";
  /** Ghost: for each flusher, how many invalidations of the flush under way were not executed; sorted, without those of none. */
  readonly owed: readonly Owed[];
  /** The next slot has an odd index. */
  readonly odd: boolean;
}

type Look = { readonly by: string; readonly how: "exactly" | "at-least" | "own-slot" };

export type SharedQueueEvent =
  | { readonly type: "number.is-taken"; readonly by: string }
  | { readonly type: "queue.takes"; readonly by: string; readonly number: number; readonly invalidations: number }
  | ({ readonly type: "fence.looks" } & Look)
  | { readonly type: "queue.goes-on"; readonly marks: AbortedSlots; readonly becomes: RefusedBecomes }
  | { readonly type: "hardware.executes" | "hardware.times-out" | "hardware.refuses" };

export type SharedQueueEmits =
  | { readonly type: "number.taken"; readonly by: string; readonly number: number }
  /** Ghost `owes`: some invalidation of the flush was not executed. */
  | {
      readonly type: "fence.found";
      readonly by: string;
      readonly found: Found;
      readonly timedOut: TimedOut;
      readonly owes: boolean;
    };

const s = setup({
  types: {
    context: {} as SharedQueueContext,
    events: {} as SharedQueueEvent,
    emitted: {} as SharedQueueEmits,
    input: {} as SharedQueueInput,
  },
});

const without = (names: readonly string[], name: string): readonly string[] => names.filter((one) => one !== name);
const withName = (names: readonly string[], ...more: readonly string[]): readonly string[] =>
  [...new Set([...names, ...more])].sort();
const byName = (a: { readonly by: string }, b: { readonly by: string }): number => (a.by < b.by ? -1 : 1);

const gives = s.enqueueActions(({ context: { given, waits }, event, enqueue }) => {
  if (event.type !== "number.is-taken") return;
  const { by } = event;
  const number = (given + 1) % NUMBERS;
  const others = waits.filter((wait) => wait.by !== by);
  enqueue.assign({
    given: number,
    waits: [...others, { by, number, reached: false, stored: false }].sort(byName),
  });
  enqueue.emit({ type: "number.taken", by, number });
});

/** A fence stores its number over the last one. */
const after =
  (written: number) =>
  (wait: Wait): Wait => ({
    ...wait,
    reached: wait.reached || isReached(written, wait.number),
    stored: !wait.reached && wait.number === written,
  });

const takes = s.assign(({ context, event }) => {
  if (event.type !== "queue.takes") return {};
  const { by, number, invalidations } = event;
  const commands = Array.from({ length: invalidations + 1 }, (_, k): Command => {
    return { by, fences: k === invalidations, number, odd: context.odd !== (k % 2 === 1), left: false };
  });
  return {
    commands: [...context.commands.map((one) => (one.by === by ? { ...one, left: true } : one)), ...commands],
    done: without(context.done, by),
    aborted: without(context.aborted, by),
    refused: without(context.refused, by),
    owed: [...context.owed.filter((one) => one.by !== by), { by, invalidations }].sort(byName),
    odd: context.odd !== (commands.length % 2 === 1),
  };
});

const executes = s.assign(({ context }) => {
  const [{ by, fences, number, left }, ...commands] = context.commands as readonly [Command, ...Command[]];
  if (fences)
    return {
      commands,
      waits: context.waits.map(after(number)),
      ...(left ? {} : { done: withName(context.done, by) }),
    };
  const owed = context.owed.map((one) => (one.by === by && !left ? { by, invalidations: one.invalidations - 1 } : one));
  return { commands, owed: owed.filter(({ invalidations }) => invalidations > 0) };
});

/** The invalidation has no effect, and the waits behind it go without a trace. */
const timesOut = s.assign(({ context: { commands } }) => ({
  commands: [],
  lost: commands.filter(({ fences, left }) => fences && !left),
  stopped: "time-out" as const,
}));

const goesOn = s.assign(({ context, event }) => {
  if (event.type !== "queue.goes-on") return {};
  const { commands, lost, aborted } = context;
  if (context.stopped === "refused" && event.becomes === "stays") return {};
  if (context.stopped === "time-out") {
    const marked = lost.filter(({ odd }) => event.marks === "all" || odd).map(({ by }) => by);
    return { lost: [], aborted: withName(aborted, ...marked), stopped: "no" as const };
  }
  const [head, ...behind] = commands as readonly [Command, ...Command[]];
  // The fence that takes its place is nobody's; those of the flusher stay behind it.
  return event.becomes === "told"
    ? {
        commands: behind.filter(({ by }) => by !== head.by),
        refused: withName(context.refused, head.by),
        stopped: "no" as const,
      }
    : { commands: behind, stopped: "no" as const };
});

function foundBy({ waits, done, aborted, refused, stopped }: SharedQueueContext, { by, how }: Look): Found | undefined {
  if (refused.includes(by)) return "refused";
  if (aborted.includes(by)) return "aborted";
  const wait = waits.find((one) => one.by === by);
  const isDone = how === "own-slot" ? done.includes(by) : how === "exactly" ? wait?.stored : wait?.reached;
  if (isDone === true) return "done";
  return stopped === "no" ? undefined : "stopped";
}

const timedOutOf = ({ stopped, device }: SharedQueueContext): TimedOut =>
  stopped !== "time-out" ? "none" : device === "removed" ? "removed" : "present";

const first = ({ commands }: SharedQueueContext): Command | undefined => commands[0];
/** An invalidation for the device that may not answer. */
const isSuspect = (context: SharedQueueContext): boolean => {
  const head = first(context);
  return head !== undefined && !head.fences && head.by === context.suspect && context.device !== "answers";
};

export const sharedQueue = s.createMachine({
  id: "shared-queue",
  description: "the invalidation queue of an IOMMU, with the fences of several flushers",
  meta: {
    origin: iommus("VT-d 6.5.2, AMD 2.4, RISC-V 4.1"),
    lane: "the invalidation queue",
    messages: messages<SharedQueueEmits>({
      "number.taken": {
        says: "gives {by} the number {number}",
        origin: linux("drivers/iommu/amd/iommu.c", "iommu_completion_wait"),
      },
      "fence.found": "tells {by}: {found}",
    }),
  },
  context: ({ input }) => ({
    ...input,
    commands: [],
    given: 0,
    waits: [],
    done: [],
    aborted: [],
    refused: [],
    lost: [],
    stopped: "no",
    owed: [],
    odd: false,
  }),
  on: {
    "number.is-taken": { actions: gives },
    /** A flush that finds no room tries again. */
    "queue.takes": {
      guard: ({ context, event }) => context.commands.length + event.invalidations + 1 <= context.slots,
      actions: takes,
    },
    "queue.goes-on": { actions: goesOn },
    "fence.looks": {
      guard: ({ context, event }) => foundBy(context, event) !== undefined,
      actions: s.emit(({ context, event }) => {
        const look = event as Look;
        const found = foundBy(context, look)!;
        const owes = context.owed.some(({ by }) => by === look.by);
        return { type: "fence.found", by: look.by, found, timedOut: timedOutOf(context), owes } as const;
      }),
    },
    "hardware.executes": {
      description: "executes the command at the head",
      guard: ({ context }) => context.stopped === "no" && first(context) !== undefined && !isSuspect(context),
      actions: executes,
    },
    "hardware.times-out": {
      description: "gives up waiting for the device to complete its invalidation",
      meta: { origin: clause("vtd", "6.5.2.10 (Queued Invalidation Ordering Considerations)") },
      guard: ({ context }) => context.stopped === "no" && isSuspect(context),
      actions: timesOut,
    },
    "hardware.refuses": {
      description: "stops at a command that it does not accept",
      meta: { origin: clause("riscv", "4.1 (Command-Queue)") },
      guard: ({ context }) =>
        context.refuses &&
        context.stopped === "no" &&
        first(context)?.by === context.suspect &&
        !first(context)!.fences,
      actions: assign({ refuses: false, stopped: "refused" }),
    },
  },
});
