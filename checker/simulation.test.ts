import { describe, expect, test } from "vitest";
import { initialState, possible, seen, take, type GlobalState } from "./simulation.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "./textbook/page-fault-protocol.ts";
import type { Action } from "./system.ts";
import type { Message } from "./json.ts";

const system = pageFaultProtocol(PROTOCOL_SIZES.XS.size);
const act = (component: string, event: Message): Action => ({ kind: "event", component, event });
const issue = act("slot1", { type: "slot.issues", page: 2 });
const translate = act("slot1", { type: "slot.translates" });

function after(...actions: readonly Action[]): GlobalState {
  let state = initialState(system);
  for (const action of actions) {
    const taken = take(system, state, action);
    if (!taken.taken) throw new Error(taken.because);
    state = taken.state;
  }
  return state;
}

describe("a simulation", () => {
  test("tells every call of a step, in order", () => {
    const taken = take(system, after(issue), translate);
    expect(taken.taken && taken.transfers.map(({ from, how, to, message }) => [from, how, to, message.type])).toEqual([
      ["slot1", "call", "pages", "translate"],
      ["pages", "call", "slot1", "miss"],
      ["slot1", "call", "queue", "request"],
      ["queue", "call", "slot1", "queued"],
    ]);
  });

  test("changes nothing in place", () => {
    const before = after(issue);
    take(system, before, translate);
    expect(seen(before, "slot1").state).toBe("translating");
    expect(seen(after(issue, translate), "slot1")).toMatchObject({ state: "waiting", context: { page: 2 } });
  });

  test("says why a step cannot be taken, and who does not let it be", () => {
    const attempts: readonly (readonly [Action, string, { readonly by: string }?])[] = [
      [translate, '"slot1" does not take "slot.translates" now'],
      [act("handler", { type: "handler.takes" }), '"queue" does not take "take" now', { by: "queue" }],
    ];
    for (const [action, because, blocked] of attempts)
      expect(take(system, initialState(system), action)).toEqual({
        taken: false,
        because,
        ...(blocked && { blocked: { asked: [blocked.by], ...blocked } }),
      });
  });

  test("lists what is possible", () => {
    const told = possible(system, after(issue, translate)).map((action) => action.kind === "event" && action.component);
    expect(told).toEqual(["slot0", "slot0", "slot0", "handler"]);
  });
});
