/**
 * A thread of user space in one call on a type1 container. In VFIO_IOMMU_UNMAP_DMA the dma_unmap() callbacks of the drivers
 * run on it too. Each step takes or drops one lock, or does one thing under the locks that are held.
 *
 * Models  The calls of type1-calls.ts. When vfio_dma_do_unmap() finds a pinned page, driver-notification.ts walks the
 *         devices; then the thread takes iommu->lock again and looks again. BUG_ON(++retries > 10) ends the thread with the
 *         locks that it holds. mutex_lock() sleeps in D state: a thread that waits for a lock takes no other step, and no
 *         signal ends that.
 * Omits   The calls before and after: a round begins again when all threads have returned (call-round.ts).
 */
import { setup } from "xstate";
import { atWill, linux } from "../../../../../said.ts";
import type { Message } from "../../../../../../checker/json.ts";
import { STEPS, threadSays, WORDS, type Type1ThreadEmits } from "./thread-messages.ts";
import { callbackSteps, stepsOf, type Operation, type Step, type Type1Rules } from "./type1-calls.ts";

export interface Type1ThreadInput {
  readonly name: string;
  readonly operation: Operation;
  readonly rules: Type1Rules;
}

export interface Type1ThreadContext extends Type1ThreadInput {
  /** Steps of the call, or of the callback that runs in it, that are still to come. */
  readonly left: readonly Step[];
  /** The last pin of this call was refused. */
  readonly refused: boolean;
}

const s = setup({
  types: {
    context: {} as Type1ThreadContext,
    events: {} as
      | { readonly type: (typeof STEPS)[number] }
      /** Pages pinned in the mapping of the range; null: there is none. */
      | { readonly type: "mapping.found"; readonly pins: number | null }
      | { readonly type: "pin.done"; readonly ok: boolean }
      | { readonly type: "device.told"; readonly holds: boolean }
      | { readonly type: "callback.begins"; readonly device: number }
      | { readonly type: "notification.done" | "notification.bug" | "round.begins" },
    emitted: {} as Type1ThreadEmits,
    input: {} as Type1ThreadInput,
  },
  guards: {
    isNext: ({ context: { left }, event }) => event.type === `thread.${left[0]?.do}`,
    /** After a look-up there is always more. */
    isLast: ({ context: { left }, event }) =>
      left.length === 1 && left[0]!.do !== "looks-up" && event.type === `thread.${left[0]!.do}`,
    pinsOn: ({ context: { left, operation, refused }, event }) =>
      left.length === 1 &&
      event.type === `thread.${left[0]!.do}` &&
      operation.call === "pin" &&
      operation.again &&
      !refused,
    isPinned: ({ event }) => event.type === "mapping.found" && event.pins !== null && event.pins > 0,
    isUnpinned: ({ event }) => event.type === "mapping.found" && event.pins === 0,
  },
});

/** The messages of a step; none where nothing changes. */
function saidBy(step: Step, { name, rules }: Type1ThreadContext): readonly Type1ThreadEmits[] {
  switch (step.do) {
    case "locks":
      return [{ type: "lock.acquires", owner: name, lock: step.lock }];
    case "unlocks":
      return [{ type: "lock.releases", owner: name, lock: step.lock }];
    case "finds":
      return [{ type: "mapping.asked", range: step.range, by: name }];
    case "maps":
      return [{ type: "mapping.maps", range: step.range, by: name }];
    case "pins":
      return [{ type: "mapping.pins", range: step.range, by: name }];
    case "unpins":
      // The page at dma->iova is not the one that was pinned: vfio_find_vpfn() finds nothing.
      if (step.page === "first" && rules.pinnedPage === "later") return [];
      return [
        { type: "mapping.unpins", range: step.range },
        { type: "device.forgets", device: step.device, range: step.range },
      ];
    case "looks-up":
      return [{ type: "device.asked", device: step.device, range: step.range, by: name }];
    case "lists":
      return [{ type: "device.lists", device: step.device }];
    case "unlists":
      return [{ type: "device.unlists", device: step.device }];
  }
}

/** The step that is being taken. */
const current = ({ left }: Type1ThreadContext): Step => left[0]!;

/** Steps with a reply stay the first of the list until it comes, in the same step of the search. */
const ANSWERED: ReadonlySet<Step["do"]> = new Set(["looks-up", "pins", "finds"]);

const acts = s.enqueueActions(({ context, enqueue }) => {
  const step = current(context);
  if (!ANSWERED.has(step.do)) enqueue.assign({ left: context.left.slice(1) });
  for (const said of saidBy(step, context)) enqueue.emit(said);
});
const goesOn = s.assign({ left: ({ context }) => context.left.slice(1) });
const removes = s.enqueueActions(({ context, enqueue }) => {
  const step = current(context);
  if (step.do === "finds") enqueue.emit({ type: "mapping.removes", range: step.range });
  enqueue.assign({ left: context.left.slice(1) });
});
const branches = s.assign(({ context, event }) => {
  const step = current(context);
  if (step.do !== "looks-up" || event.type !== "device.told") return {};
  return { left: [...(event.holds ? step.found : step.missing), ...context.left.slice(1)] };
});
const pinned = s.enqueueActions(({ context, event, enqueue }) => {
  const step = current(context);
  if (step.do !== "pins" || event.type !== "pin.done") return;
  enqueue.assign({ left: context.left.slice(1), refused: !event.ok });
  if (event.ok && step.records) enqueue.emit({ type: "device.records", device: step.device, range: step.range });
});
const notifies = s.emit(({ context }) => ({ type: "notification.starts", by: context.name }));
const enters = s.assign({ left: ({ context }) => stepsOf(context.operation, context.rules), refused: false });
const begins = s.assign(({ context, event }) =>
  event.type === "callback.begins" && context.operation.call === "unmap"
    ? { left: callbackSteps(event.device, context.operation.range, context.rules) }
    : {},
);
const returnsToWalk = s.emit(({ context }) => ({ type: "callback.done", by: context.name }));
const leaves = s.enqueueActions(({ context, enqueue }) => {
  enqueue.assign({ refused: false });
  if (context.operation.call === "unmap") enqueue.emit({ type: "unmap.ends", by: context.name });
});

/** Every step goes through the same transitions; what it does is in the list. */
const onSteps = <T extends object>(first: T, ...others: readonly T[]) =>
  Object.fromEntries(STEPS.map((step) => [step, [{ ...WORDS[step], ...first }, ...others]])) as unknown as {
    readonly [step in (typeof STEPS)[number]]: readonly T[];
  };

export const type1Thread = s
  .extend({ actions: { acts, goesOn, removes, branches, pinned, notifies, enters, begins, returnsToWalk, leaves } })
  .createMachine({
    id: "type1-thread",
    description: "a thread of user space in one call on a type1 container",
    meta: {
      origin: linux("drivers/vfio/vfio_iommu_type1.c", "vfio_iommu_type1_ioctl"),
      lane: "a thread of the program, in {operation.call}",
      messages: threadSays,
    },
    context: ({ input }) => ({ ...input, left: stepsOf(input.operation, input.rules), refused: false }),
    initial: "calling",
    states: {
      calling: {
        description: "inside the call {operation.call}, and next {left.0.do}",
        meta: { origin: atWill("the thread") },
        on: {
          ...onSteps(
            { guard: "pinsOn" as const, actions: ["acts" as const, "enters" as const] },
            { guard: "isLast" as const, target: "done", actions: ["acts" as const, "leaves" as const] },
            { guard: "isNext" as const, actions: "acts" as const },
          ),
          "mapping.found": [
            { guard: "isPinned", target: "notifying", actions: "notifies" },
            { guard: "isUnpinned", actions: "removes" },
            { actions: "goesOn" },
          ],
          "device.told": { actions: "branches" },
          "pin.done": { actions: "pinned" },
        },
      },
      notifying: {
        description: "vfio_notify_dma_unmap() walks the devices",
        on: {
          "callback.begins": { target: "in-callback", actions: "begins" },
          /** iommu->lock is to be taken again, and the mapping looked up again. */
          "notification.done": { target: "calling", actions: "enters" },
          "notification.bug": { target: "bug" },
        },
      },
      "in-callback": {
        description: "inside the dma_unmap() callback of a driver",
        meta: { origin: linux("drivers/vfio/vfio_iommu_type1.c", "vfio_notify_dma_unmap") },
        on: {
          ...onSteps(
            { guard: "isLast" as const, target: "notifying", actions: ["acts" as const, "returnsToWalk" as const] },
            { guard: "isNext" as const, actions: "acts" as const },
          ),
          "device.told": { actions: "branches" },
        },
      },
      bug: { description: "BUG_ON() has ended the thread, and what it holds stays held" },
      done: {
        description: "has returned to user space",
        on: { "round.begins": { target: "calling", actions: "enters" } },
      },
    },
  });

/** The steps that the calls in a thread may have; an UNMAP also has those of the callbacks. */
export function type1ThreadSteps(operation: Operation, rules: Type1Rules): readonly Message[] {
  const kinds = new Set<string>();
  const collect = (steps: readonly Step[]): void => {
    for (const step of steps) {
      kinds.add(`thread.${step.do}`);
      if (step.do !== "looks-up") continue;
      collect(step.found);
      collect(step.missing);
    }
  };
  collect(stepsOf(operation, rules));
  if (operation.call === "unmap")
    rules.driverLocks.forEach((_, d) => collect(callbackSteps(d, operation.range, rules)));
  return STEPS.filter((step) => kinds.has(step)).map((type) => ({ type }));
}
