/**
 * Two-phase commit: a calibration of the checker, not a model of anything here.
 *
 * Models  L. Lamport's TwoPhase (transaction commit): resource managers, a transaction manager, and a network that only
 *         grows. Agreed counts of reachable states: 288, 8,832 and 296,448 for 3, 5 and 7 resource managers.
 * Omits   nothing.
 */
import { produce } from "immer";
import { assign, emit, setup } from "xstate";
import { all, always, each, leadsTo, sometimes } from "../property.ts";
import { call, defineSystem, takesSteps, type System } from "../system.ts";

const source = { document: "L. Lamport, Specifying Systems: TwoPhase", clause: "TCConsistent" };

type ManagerEvent =
  | { readonly type: "manager.prepares" }
  | { readonly type: "manager.chooses-to-abort" }
  | { readonly type: "commit" }
  | { readonly type: "abort" };

const resourceManager = setup({
  types: {
    context: {} as { manager: number },
    events: {} as ManagerEvent,
    input: {} as { manager: number },
    emitted: {} as { type: "prepared"; manager: number },
  },
}).createMachine({
  id: "resource-manager",
  context: ({ input }) => ({ manager: input.manager }),
  initial: "working",
  on: { commit: { target: ".committed" }, abort: { target: ".aborted" } },
  states: {
    working: {
      on: {
        "manager.prepares": {
          target: "prepared",
          actions: emit(({ context }) => ({ type: "prepared" as const, manager: context.manager })),
        },
        "manager.chooses-to-abort": { target: "aborted" },
      },
    },
    prepared: {},
    committed: {},
    aborted: {},
  },
});

const transactionManager = setup({
  types: {
    context: {} as { managers: number; prepared: number[] },
    events: {} as
      | { readonly type: "prepared"; readonly manager: number }
      | { readonly type: "coordinator.commits" }
      | { readonly type: "coordinator.aborts" },
    input: {} as { managers: number },
    emitted: {} as { type: "decide-commit" } | { type: "decide-abort" },
  },
  guards: { allPrepared: ({ context }) => context.prepared.length === context.managers },
}).createMachine({
  id: "transaction-manager",
  context: ({ input }) => ({ managers: input.managers, prepared: [] }),
  initial: "undecided",
  states: {
    undecided: {
      on: {
        prepared: {
          actions: assign(({ context, event }) =>
            produce(context, (draft) => {
              draft.prepared = [...new Set([...draft.prepared, event.manager])].sort((a, b) => a - b);
            }),
          ),
        },
        "coordinator.commits": { guard: "allPrepared", target: "committed", actions: emit({ type: "decide-commit" }) },
        "coordinator.aborts": { target: "aborted", actions: emit({ type: "decide-abort" }) },
      },
    },
    committed: {},
    aborted: {},
  },
});

type NetworkEvent =
  | { readonly type: "prepared"; readonly manager: number }
  | { readonly type: "decide-commit" }
  | { readonly type: "decide-abort" }
  | { readonly type: "network.delivers-prepared"; readonly manager: number }
  | { readonly type: "network.delivers-commit"; readonly manager: number }
  | { readonly type: "network.delivers-abort"; readonly manager: number };

/** Messages stay in it for ever and may be received again and again. */
const network = setup({
  types: {
    context: {} as { prepared: number[]; commit: boolean; abort: boolean },
    events: {} as NetworkEvent,
    emitted: {} as { type: "prepared"; manager: number } | { type: "commit" | "abort"; manager: number },
  },
}).createMachine({
  id: "network",
  context: { prepared: [], commit: false, abort: false },
  on: {
    prepared: {
      actions: assign(({ context, event }) =>
        produce(context, (draft) => {
          draft.prepared = [...new Set([...draft.prepared, event.manager])].sort((a, b) => a - b);
        }),
      ),
    },
    "decide-commit": { actions: assign({ commit: true }) },
    "decide-abort": { actions: assign({ abort: true }) },
    "network.delivers-prepared": {
      guard: ({ context, event }) => context.prepared.includes(event.manager),
      actions: emit(({ event }) => ({ type: "prepared" as const, manager: event.manager })),
    },
    "network.delivers-commit": {
      guard: ({ context }) => context.commit,
      actions: emit(({ event }) => ({ type: "commit" as const, manager: event.manager })),
    },
    "network.delivers-abort": {
      guard: ({ context }) => context.abort,
      actions: emit(({ event }) => ({ type: "abort" as const, manager: event.manager })),
    },
  },
});

const consistent = always({
  id: "TPC-1",
  statement: "No resource manager commits while another has aborted.",
  source,
  witness: "TPC-2",
  reads: { managers: all("manager") },
  holds: ({ managers }) =>
    !(managers.some(({ state }) => state === "committed") && managers.some(({ state }) => state === "aborted")),
});
const commits = sometimes({
  id: "TPC-2",
  statement: "All resource managers commit.",
  source,
  reads: { managers: all("manager") },
  holds: ({ managers }) => managers.every(({ state }) => state === "committed"),
});

const decides = (assumes: readonly string[]) =>
  leadsTo({
    id: "TPC-3",
    statement: "A resource manager that has prepared commits or aborts in the end.",
    source: { document: source.document, clause: "the blocking of two-phase commit" },
    witness: "TPC-2",
    reads: { manager: each("manager") },
    when: ({ manager }) => manager.state === "prepared",
    eventually: ({ manager }) => manager.state === "committed" || manager.state === "aborted",
    assumes,
  });

/**
 * `managers` resource managers, one coordinator, one network. `assumes`: also claim that all is decided in the end if
 * these of "network" and "coordinator" keep taking steps.
 */
export function twoPhaseCommit(managers: number, { assumes }: { assumes?: readonly string[] } = {}): System {
  const numbers = Array.from({ length: managers }, (_, k) => k);
  return defineSystem({
    name: "two-phase-commit",
    parameters: { managers },
    components: {
      ...Object.fromEntries(
        numbers.map((manager) => [
          `manager${manager}`,
          {
            machine: resourceManager,
            input: { manager },
            role: "manager",
            events: [{ type: "manager.prepares" }, { type: "manager.chooses-to-abort" }],
          },
        ]),
      ),
      coordinator: {
        machine: transactionManager,
        input: { managers },
        role: "coordinator",
        events: [{ type: "coordinator.commits" }, { type: "coordinator.aborts" }],
      },
      network: {
        machine: network,
        role: "network",
        events: numbers.flatMap((manager) => [
          { type: "network.delivers-prepared", manager },
          { type: "network.delivers-commit", manager },
          { type: "network.delivers-abort", manager },
        ]),
      },
    },
    routes: [
      call("manager", ["prepared"], "network"),
      call("coordinator", ["decide-commit", "decide-abort"], "network"),
      call("network", ["prepared"], "coordinator", "block"),
      call("network", ["commit", "abort"], (message) => `manager${String(message["manager"])}`),
    ],
    properties: [consistent, commits, ...(assumes ? [decides(assumes)] : [])],
    fairness: { network: [takesSteps("network")], coordinator: [takesSteps("coordinator")] },
    deadlock: "allowed",
    symmetry: {
      manager: {
        fields: ["manager", "prepared"],
        size: managers,
        component: (name, permutation) =>
          name.startsWith("manager") ? `manager${permutation[Number(name.slice(7))]}` : name,
      },
    },
    sets: ["prepared"],
  });
}
