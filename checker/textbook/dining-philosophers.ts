/**
 * Dining philosophers: a calibration of the search for deadlocks, and of fairness.
 *
 * Models  E. W. Dijkstra's philosophers, who take one fork, then the other, eat, and put both down. With the left fork
 *         first for everybody, all can hold one and wait for ever; with one who starts on the right, they cannot.
 * Omits   thinking and hunger as different states.
 */
import { emit, setup } from "xstate";
import { all, always, each, leadsTo, sometimes } from "../property.ts";
import { call, defineSystem, takesSteps, type FairnessClass, type System } from "../system.ts";

const philosopher = setup({
  types: {
    context: {} as { readonly first: number; readonly second: number },
    events: {} as { readonly type: "philosopher.takes-fork" } | { readonly type: "philosopher.finishes" },
    input: {} as { first: number; second: number },
    emitted: {} as { type: "take" | "put"; fork: number },
  },
}).createMachine({
  id: "philosopher",
  context: ({ input }) => ({ first: input.first, second: input.second }),
  initial: "thinking",
  states: {
    thinking: {
      on: {
        "philosopher.takes-fork": {
          target: "waiting",
          actions: emit(({ context }) => ({ type: "take" as const, fork: context.first })),
        },
      },
    },
    /** Holds the first fork. */
    waiting: {
      on: {
        "philosopher.takes-fork": {
          target: "eating",
          actions: emit(({ context }) => ({ type: "take" as const, fork: context.second })),
        },
      },
    },
    eating: {
      on: {
        "philosopher.finishes": {
          target: "thinking",
          actions: [
            emit(({ context }) => ({ type: "put" as const, fork: context.first })),
            emit(({ context }) => ({ type: "put" as const, fork: context.second })),
          ],
        },
      },
    },
  },
});

const fork = setup({ types: { events: {} as { readonly type: "take" } | { readonly type: "put" } } }).createMachine({
  id: "fork",
  initial: "free",
  states: { free: { on: { take: { target: "taken" } } }, taken: { on: { put: { target: "free" } } } },
});

const source = {
  document: "E. W. Dijkstra, Hierarchical ordering of sequential processes",
  clause: "dining philosophers",
};

const eats = leadsTo({
  id: "FORK-3",
  statement: "A philosopher who holds a fork eats in the end.",
  source: { document: source.document, clause: "starvation" },
  witness: "FORK-2",
  reads: { philosopher: each("philosopher") },
  when: ({ philosopher }) => philosopher.state === "waiting",
  eventually: ({ philosopher }) => philosopher.state === "eating",
  assumes: ["philosophers"],
});

/** `oneStartsRight`: the last philosopher takes the right fork first. `fairness`: claim also that nobody starves. */
export function diningPhilosophers(
  count: number,
  { oneStartsRight = false, fairness }: { oneStartsRight?: boolean; fairness?: FairnessClass["kind"] } = {},
): System {
  const places = Array.from({ length: count }, (_, k) => k);
  const events = [{ type: "philosopher.takes-fork" }, { type: "philosopher.finishes" }];
  const forksOf = (place: number) => {
    const [left, right] = [place, (place + 1) % count];
    return oneStartsRight && place === count - 1 ? { first: right, second: left } : { first: left, second: right };
  };
  return defineSystem({
    name: "dining-philosophers",
    parameters: { count, oneStartsRight },
    components: {
      ...Object.fromEntries(
        places.map((place) => [
          `philosopher${place}`,
          { machine: philosopher, input: forksOf(place), role: "philosopher", events },
        ]),
      ),
      ...Object.fromEntries(places.map((place) => [`fork${place}`, { machine: fork, role: "fork" }])),
    },
    routes: [
      call("philosopher", ["take"], (message) => `fork${String(message["fork"])}`, "block"),
      call("philosopher", ["put"], (message) => `fork${String(message["fork"])}`),
    ],
    fairness: { philosophers: places.map((place) => takesSteps(`philosopher${place}`, fairness)) },
    properties: [
      ...(fairness ? [eats] : []),
      always({
        id: "FORK-1",
        statement: "Neighbours do not eat at the same time.",
        source,
        witness: "FORK-2",
        reads: { philosophers: all("philosopher") },
        holds: ({ philosophers }) =>
          philosophers.every(
            ({ state }, place) => state !== "eating" || philosophers[(place + 1) % count]!.state !== "eating",
          ),
      }),
      sometimes({
        id: "FORK-2",
        statement: "As many eat at the same time as can.",
        source,
        reads: { philosophers: all("philosopher") },
        holds: ({ philosophers }) =>
          philosophers.filter(({ state }) => state === "eating").length === Math.floor(count / 2),
      }),
    ],
  });
}
