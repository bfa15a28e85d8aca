import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  assign,
  createMachine,
  emit,
  getInitialSnapshot,
  raise,
  sendTo,
  setup,
  transition,
  type AnyMachineSnapshot,
  type AnyStateMachine,
} from "xstate";
import type { Message } from "../json.ts";
import { dmaSlot, pinnedPages, requestQueue } from "../textbook/page-fault-machines.ts";
import { handles, initialSnapshot, stateName, step } from "./step.ts";

/** Guards, entry and exit, raise, always, nested and parallel states, several emissions. */
const busy = setup({
  types: {
    context: {} as { count: number },
    events: {} as { type: "go" } | { type: "by"; count: number } | { type: "inner" } | { type: "swallowed" },
    input: {} as { count: number },
    emitted: {} as { type: "entered" | "left"; count: number },
  },
}).createMachine({
  type: "parallel",
  context: ({ input }) => ({ count: input.count }),
  on: { swallowed: {} },
  states: {
    counter: {
      initial: "low",
      states: {
        low: {
          on: {
            go: { actions: [assign({ count: ({ context }) => context.count + 1 }), raise({ type: "inner" })] },
            by: { actions: assign({ count: ({ event }) => event.count }) },
          },
          always: { guard: ({ context }) => context.count > 2, target: "high" },
        },
        high: {
          entry: emit(({ context }) => ({ type: "entered" as const, count: context.count })),
          exit: emit(({ context }) => ({ type: "left" as const, count: context.count })),
          on: { go: { target: "low", actions: assign({ count: 0 }) } },
        },
      },
    },
    light: {
      initial: "off",
      states: {
        off: { on: { inner: { target: "on" } } },
        on: {
          initial: "dim",
          states: { dim: { on: { inner: { target: "bright" } } }, bright: {} },
          on: { by: { target: "off" } },
        },
      },
    },
  },
});

const page = fc.nat(2);
const machines: readonly (readonly [string, AnyStateMachine, unknown, fc.Arbitrary<Message>])[] = [
  [
    "busy",
    busy,
    { count: 1 },
    fc.oneof(
      fc.constantFrom<Message>({ type: "go" }, { type: "inner" }, { type: "swallowed" }, { type: "unheard of" }),
      fc.nat(4).map((count) => ({ type: "by", count })),
    ),
  ],
  [
    "slot",
    dmaSlot,
    { slot: 0, retries: 1 },
    fc.oneof(
      page.map((p) => ({ type: "slot.issues", page: p })),
      fc
        .constantFrom(
          "slot.translates",
          "slot.reads-response",
          "slot.completes",
          "hit",
          "miss",
          "queued",
          "refused",
          "response",
        )
        .map((type) => ({ type })),
    ),
  ],
  [
    "queue",
    requestQueue,
    { depth: 2 },
    fc.oneof(
      page.map((p) => ({ type: "request", slot: 0, page: p })),
      fc.constantFrom<Message>({ type: "take" }, { type: "clear-overflow" }),
    ),
  ],
  [
    "pages",
    pinnedPages,
    { limit: 2, evictsInUse: false },
    fc.oneof(
      fc.tuple(fc.constantFrom("pin", "host.invalidates"), page).map(([type, p]) => ({ type, page: p })),
      page.map((p) => ({ type: "translate", slot: 0, page: p })),
      fc.constant<Message>({ type: "host.completes-invalidation" }),
    ),
  ],
];

describe("one step", () => {
  test.each(machines)("of %s is what transition() of the package says", (_, machine, input, event) => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let ours = initialSnapshot(machine, input);
        let theirs = getInitialSnapshot(machine, input as never) as AnyMachineSnapshot;
        for (const one of events) {
          const outcome = step(machine, ours, one);
          const [next, actions] = transition(machine, theirs as never, one as never);
          const emitted = (actions as readonly { type: string; params?: unknown }[])
            .filter(({ type }) => type === "xstate.emit")
            .map(({ params }) => (params as { event: Message }).event);
          expect(outcome !== undefined).toBe(handles(machine, ours, one));
          ours = outcome?.snapshot ?? ours;
          theirs = next as AnyMachineSnapshot;
          expect(ours.value).toEqual(theirs.value);
          expect(ours.context).toEqual(theirs.context);
          expect(outcome?.emitted ?? []).toEqual(emitted);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a transition without target or action is handled; an unknown event is not", () => {
    const start = initialSnapshot(busy, { count: 0 });
    expect(step(busy as unknown as AnyStateMachine, start, { type: "swallowed" })?.emitted).toEqual([]);
    expect(step(busy as unknown as AnyStateMachine, start, { type: "unheard of" })).toBeUndefined();
  });

  test("names of nested and parallel states", () => {
    expect(stateName("idle")).toBe("idle");
    expect(stateName({ busy: { waiting: "long" } })).toBe("busy.waiting.long");
    expect(stateName({ ring: "on", interrupt: { off: "armed" } })).toBe("ring:on interrupt:off.armed");
  });

  test("what is neither assign, raise nor emit is a mistake of the model", () => {
    const impure = createMachine({ on: { go: { actions: () => {} } } });
    expect(() => step(impure, initialSnapshot(impure, undefined), { type: "go" })).toThrow(
      "may only assign, raise and emit",
    );
    const sends = createMachine({ id: "sends", on: { go: { actions: sendTo(({ self }) => self, { type: "go" }) } } });
    expect(() => step(sends, initialSnapshot(sends, undefined), { type: "go" })).toThrow(
      "may only assign, raise and emit",
    );
    const later = createMachine({ on: { go: { actions: raise({ type: "go" }, { delay: 1 }) } } });
    expect(() => step(later, initialSnapshot(later, undefined), { type: "go" })).toThrow(
      "may only assign, raise and emit",
    );
    const early = createMachine({ entry: emit({ type: "hello" }) });
    expect(() => initialSnapshot(early, undefined)).toThrow("nobody listens yet");
  });
});
