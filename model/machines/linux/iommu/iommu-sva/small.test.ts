import { describe, expect, test } from "vitest";
import { assign, emit, enqueueActions, setup } from "xstate";
import { exhaustive } from "../../../../../checker/explore/exhaustive.ts";
import { all, always, each, sometimes } from "../../../../../checker/property.ts";
import { initialState, take } from "../../../../../checker/simulation.ts";
import { call, defineSystem, type Action, type System } from "../../../../../checker/system.ts";
import { OK } from "../../include/iommu.ts";
import { attachHandles, type AttachHandlesContext } from "../io-pgfault/6.12/attach-handles.ts";
import { outside } from "../io-pgfault/outside.ts";
import { svaBonds, svaBondsSteps } from "./sva-bonds.ts";
import type { SvaBondsContext, SvaBondsInput } from "./sva-bonds-messages.ts";

type Owner = {
  readonly mm: number;
  readonly alive: boolean;
  /** Binds that it has not undone, of each device. */
  readonly held: readonly number[];
};

/** A process that binds each device at most twice, undoes its binds, and may exit at any time outside a call. */
const owner = setup({
  types: {
    context: {} as Owner,
    events: {} as
      | { readonly type: "owner.binds" | "owner.unbinds"; readonly device: number }
      | { readonly type: "owner.exits" }
      | { readonly type: "sva.bound"; readonly device: number; readonly result: number }
      | { readonly type: "sva.unbound"; readonly device: number },
    emitted: {} as { readonly type: "sva.binds" | "sva.unbinds" | "mm.exits"; device?: number; readonly mm: number },
    input: {} as { readonly mm: number; readonly devices: number },
  },
}).createMachine({
  id: "owner",
  context: ({ input: { mm, devices } }) => ({ mm, alive: true, held: Array.from({ length: devices }, () => 0) }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "owner.binds": {
          guard: ({ context, event }) => context.alive && context.held[event.device]! < 2,
          target: "calling",
          actions: emit(({ context, event: { device } }) => ({ type: "sva.binds", device, mm: context.mm })),
        },
        "owner.unbinds": {
          guard: ({ context, event }) => context.held[event.device]! > 0,
          target: "calling",
          actions: emit(({ context, event: { device } }) => ({ type: "sva.unbinds", device, mm: context.mm })),
        },
        "owner.exits": {
          guard: ({ context }) => context.alive,
          actions: enqueueActions(({ context, enqueue }) => {
            enqueue.assign({ alive: false });
            enqueue.emit({ type: "mm.exits", mm: context.mm });
          }),
        },
      },
    },
    calling: {
      on: {
        "sva.bound": {
          target: "idle",
          actions: assign(({ context, event }) => ({
            held: context.held.map((held, device) =>
              event.result === OK && device === event.device ? held + 1 : held,
            ),
          })),
        },
        "sva.unbound": {
          target: "idle",
          actions: assign(({ context, event }) => ({
            held: context.held.map((held, device) => (device === event.device ? held - 1 : held)),
          })),
        },
      },
    },
  },
});

const source = { document: "Linux 6.12, drivers/iommu/iommu-sva.c", clause: "iommu_sva_bind_device()" };
const bonds = each<SvaBondsContext>("sva-bonds");
const handles = all<AttachHandlesContext>("attach-handles");
const owners = all<Owner>("owner");

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const properties = [
  always({
    id: "T-1",
    statement: "Outside a call, the attach handles of SVA domains are those of the bonds, and no freed bond was used.",
    source,
    witness: "T-6",
    reads: { bonds, handles },
    holds: ({ bonds: b, handles: hs }) =>
      !b.context.useAfterFree &&
      (b.state !== "idle" ||
        hs.every(({ context: { iommuGroup, attached } }) => {
          const stored = attached.map(({ pasid, domain }) => [pasid, domain.mm]);
          const bound = b.context.bonds.filter((bond) => bond.iommuGroup === iommuGroup);
          return JSON.stringify(stored) === JSON.stringify(bound.map(({ pasid, mm }) => [pasid, mm]));
        })),
  }),
  always({
    id: "T-2",
    statement: "Outside a call, a bond has as many users as there are binds that are not undone.",
    source,
    witness: "T-6",
    reads: { bonds, owners },
    holds: ({ bonds: b, owners: os }) =>
      b.state !== "idle" ||
      os.every(
        ({ context: { mm, held } }) =>
          sum(held) === sum(b.context.bonds.filter((bond) => bond.mm === mm).map(({ users }) => users)),
      ),
  }),
  always({
    id: "T-3",
    statement: "An SVA domain is on the list of its mm while bonds use it, and its users are these bonds.",
    source,
    witness: "T-6",
    reads: { bonds },
    holds: ({ bonds: { context } }) =>
      context.mms.every(({ mm, domains }) =>
        domains.every(
          ({ id, users }) =>
            users > 0 && users === context.bonds.filter((bond) => bond.mm === mm && bond.domain === id).length,
        ),
      ) &&
      context.bonds.every(({ mm, domain }) =>
        context.mms.some((data) => data.mm === mm && data.domains.some(({ id }) => id === domain)),
      ),
  }),
  always({
    id: "T-4",
    statement: "A PASID belongs to one mm, from the first bind until the mm is freed.",
    source,
    witness: "T-6",
    reads: { bonds },
    holds: ({ bonds: { context } }) =>
      new Set(context.mms.map(({ pasid }) => pasid)).size === context.mms.length &&
      context.bonds.every(({ mm, pasid }) => context.mms.some((data) => data.mm === mm && data.pasid === pasid)),
  }),
  always({
    id: "T-5",
    statement: "An exited process without SVA domain has no PASID.",
    source,
    witness: "T-7",
    reads: { bonds },
    holds: ({ bonds: { context } }) => context.mms.every(({ exited, domains }) => !exited || domains.length > 0),
  }),
  sometimes({
    id: "T-6",
    statement: "A bond has two users.",
    source,
    reads: { bonds },
    holds: ({ bonds: { context } }) => context.bonds.some(({ users }) => users === 2),
  }),
  sometimes({
    id: "T-7",
    statement: "A process has exited and is still bound.",
    source,
    reads: { bonds },
    holds: ({ bonds: { context } }) => context.mms.some(({ exited }) => exited),
  }),
  sometimes({
    id: "T-8",
    statement: "An mm has two domains, because its first one could not be attached to a second device.",
    source,
    reads: { bonds },
    holds: ({ bonds: { context } }) => context.mms.some(({ domains }) => domains.length > 1),
  }),
];

interface Bounds extends SvaBondsInput {
  readonly mms: number;
  readonly allocations: "succeed" | "may-fail";
}

function systemOf({ mms, allocations, groups, maxPasids, rules = {} }: Bounds): System {
  const named = Array.from({ length: mms }, (_, mm) => ({ mm, name: `owner${mm}` }));
  const devices = [...groups.keys()];
  return defineSystem({
    name: "small-sva",
    parameters: {},
    components: {
      ...Object.fromEntries(
        named.map(({ mm, name }) => [
          name,
          {
            machine: owner,
            role: "owner",
            input: { mm, devices: groups.length },
            events: [
              ...devices.flatMap((device) => ["owner.binds", "owner.unbinds"].map((type) => ({ type, device }))),
              { type: "owner.exits" },
            ],
          },
        ]),
      ),
      bonds: {
        machine: svaBonds,
        role: "sva-bonds",
        input: { groups, maxPasids, rules },
        events: svaBondsSteps(allocations),
      },
      ...Object.fromEntries(
        [...new Set(groups)].map((iommuGroup) => [
          `handles${iommuGroup}`,
          { machine: attachHandles, role: "attach-handles", input: { iommuGroup } },
        ]),
      ),
      outside: { machine: outside, role: "outside" },
    },
    routes: [
      call("owner", ["sva.binds", "sva.unbinds"], "bonds", "block"),
      call("owner", ["mm.exits"], "bonds"),
      call("sva-bonds", ["sva.bound", "sva.unbound"], ({ mm }) => `owner${Number(mm)}`),
      call(
        "sva-bonds",
        ["bond.looks-up", "handle.inserts", "handle.erases", "handle.frees"],
        ({ iommuGroup }) => `handles${Number(iommuGroup)}`,
      ),
      call("sva-bonds", ["driver.sets-pasid", "driver.removes-pasid", "allocation.fails"], "outside"),
      call("attach-handles", ["handle.changed"], ({ by }) => String(by)),
      call("attach-handles", ["bond.found"], "bonds"),
      call("attach-handles", ["handle.freed"], "outside"),
    ],
    properties,
    deadlock: "allowed",
  });
}

function run(bounds: Bounds) {
  const system = systemOf(bounds);
  const origin = { system: "small-sva", hardware: "none", host: "none", bounds: "small", set: {} };
  const record = exhaustive(system, origin, { maxStates: 300_000 });
  expect(record.search.complete).toBe(true);
  return {
    states: record.search.states,
    ...Object.fromEntries(record.properties.map(({ id, verdict }) => [id, verdict.kind])),
  };
}

const safe = {
  "T-1": "holds",
  "T-2": "holds",
  "T-3": "holds",
  "T-4": "holds",
  "T-5": "holds",
  "T-6": "witnessed",
  "T-7": "witnessed",
  "T-8": "never-witnessed",
};
const two: Bounds = { mms: 2, allocations: "succeed", groups: [0, 1], maxPasids: 8 };

describe("bind and unbind of Linux 6.12, all interleavings of processes that bind two devices", () => {
  test("bonds, domains and attach handles agree", () => {
    expect(run(two)).toEqual({ states: 4904, ...safe });
  });

  test("they agree when allocations fail, and an mm may then have a domain more than it needs", () => {
    expect(run({ ...two, mms: 1, allocations: "may-fail" })).toEqual({ states: 293, ...safe, "T-8": "witnessed" });
  });

  test("two devices of one IOMMU group share a bond", () => {
    expect(run({ ...two, groups: [0, 0] })).toEqual({ states: 2240, ...safe });
  });

  test("a second process is refused while there is no PASID left", () => {
    expect(run({ ...two, maxPasids: 2 })).toEqual({ states: 372, ...safe });
  });

  test("an unbind that leaves the attach handle is seen (canary)", () => {
    expect(run({ ...two, mms: 1, rules: { erases: false } })).toMatchObject({ "T-1": "violated" });
  });

  test("a third device gets the newest of two domains, which is the first of the list", () => {
    const system = systemOf({ ...two, mms: 1, allocations: "may-fail", groups: [0, 1, 2] });
    const binds = (device: number): Action => {
      return { kind: "event", component: "owner0", event: { type: "owner.binds", device } };
    };
    const step = (type: string, ok = true): Action => ({ kind: "event", component: "bonds", event: { type, ok } });
    const [allocates, attaches, sets] = [step("bonds.allocates"), step("bonds.attaches"), step("bonds.sets-pasid")];
    const first = [binds(0), allocates, allocates, allocates, attaches, sets];
    const second = [binds(1), allocates, step("bonds.attaches", false), allocates, attaches, sets];
    const third = [binds(2), allocates, attaches, sets];
    let state = initialState(system);
    for (const action of [...first, ...second, ...third]) {
      const taken = take(system, state, action);
      if (!taken.taken) throw new Error(taken.because);
      state = taken.state;
    }
    const { mms } = state.snapshots.get("bonds")!.context as SvaBondsContext;
    expect(mms[0]!.domains.map(({ id, users }) => [id, users])).toEqual([
      [1, 2],
      [0, 1],
    ]);
  });
});
