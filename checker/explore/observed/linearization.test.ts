import { describe, expect, test } from "vitest";
import { linearization, type Operation, type Sequential } from "./linearization.ts";

/** A queue: puts, and takes that say what they took. */
type OnQueue = Operation & { readonly put?: string; readonly took?: string };
type Queue = readonly string[];

const queue: Sequential<Queue, OnQueue, string> = {
  key: (state) => state.join(),
  depends: () => true,
  moves: (state, { put, took }) => {
    if (put !== undefined) return [{ to: [...state, put], choice: put }];
    return took !== undefined && state[0] === took ? [{ to: state.slice(1), choice: took }] : [];
  },
};
const ordered = (operations: readonly OnQueue[], limit?: number) => linearization(operations, queue, [], limit);
const choices = (operations: readonly OnQueue[]) => ordered(operations).order.map(({ choice }) => choice);

const put = (lane: string, what: string, opens: number, closes: number): OnQueue => ({
  lane,
  put: what,
  opens,
  closes,
});
const take = (lane: string, what: string, opens: number, closes: number): OnQueue => ({
  lane,
  took: what,
  opens,
  closes,
});

describe("an order of operations that overlap", () => {
  test("is that in which their windows close, where it fits", () => {
    expect(choices([put("a", "1", 0, 4), put("b", "2", 0, 5), take("c", "1", 6, 7)])).toEqual(["1", "2", "1"]);
  });

  test("is another one where a later operation tells it", () => {
    const operations = [put("a", "1", 0, 4), put("b", "2", 0, 5), take("c", "2", 6, 7)];
    expect(choices(operations)).toEqual(["2", "1", "2"]);
  });

  test("never crosses windows that do not overlap", () => {
    const apart = [put("a", "1", 0, 2), put("b", "2", 3, 5), take("c", "2", 6, 7)];
    const { order, stuck } = ordered(apart);
    expect({ placed: order.map(({ choice }) => choice), stuck }).toEqual({ placed: ["1", "2"], stuck: apart[2] });
  });

  test("keeps the order of a lane", () => {
    const operations = [put("a", "1", 0, 9), put("a", "2", 0, 9), take("c", "2", 0, 9)];
    expect(ordered(operations).stuck).toBeDefined();
    expect(choices([...operations.slice(0, 2), take("c", "1", 0, 9)])).toEqual(["1", "2", "1"]);
  });

  test("takes what comes first only among operations that depend on each other", () => {
    const none = { ...queue, depends: () => false };
    const operations = [put("a", "1", 0, 4), put("b", "2", 0, 5), take("c", "2", 6, 7)];
    expect(linearization(operations, none, []).stuck).toEqual(operations[2]);
  });

  test("lets what another one waits for in its lane come first too", () => {
    const isPut = ({ put }: OnQueue): boolean => put !== undefined;
    const some = { ...queue, depends: (one: OnQueue, other: OnQueue) => isPut(one) && isPut(other) };
    const nothing: OnQueue = { lane: "b", opens: 0, closes: 5 };
    const machine: typeof queue = {
      ...some,
      moves: (state, one, until) => (one === nothing ? [{ to: state, choice: "" }] : queue.moves(state, one, until)),
    };
    const operations = [put("a", "1", 0, 4), nothing, put("b", "2", 0, 6), take("c", "2", 7, 8)];
    expect(linearization(operations, machine, []).order.map(({ choice }) => choice)).toEqual(["", "2", "1", "2"]);
  });

  test("is sought further as long as it grows, and then for as many states as the limit says", () => {
    const inOrder = ["1", "2", "3", "4"].map((one, place) => put("a", one, 2 * place, 2 * place + 1));
    expect(ordered(inOrder, 1).stuck).toBeUndefined();
    const turned = [put("a", "1", 0, 10), put("b", "2", 0, 11), take("c", "2", 12, 13)];
    expect(ordered(turned).stuck).toBeUndefined();
    const { order, stuck } = ordered(turned, 1);
    expect({ length: order.length, stuck: stuck?.lane }).toEqual({ length: 2, stuck: "c" });
  });
});
