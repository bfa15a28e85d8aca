import { describe, expect, test } from "vitest";
import { emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { initialState, take, type Transfer } from "../../../../../checker/simulation.ts";
import { call, defineSystem } from "../../../../../checker/system.ts";
import { EXECUTE, READ, WRITE, type Fault } from "../../include/iommu.ts";
import { outside } from "../io-pgfault/outside.ts";
import { addressSpaces, type AddressSpacesInput } from "./address-spaces.ts";
import { SVA_6_12, svaDomainOf, svaHandler, svaHandlerSteps, type SvaHandlerRules } from "./sva-handler.ts";

/** Two areas: one that may be written and one that may be executed; and one that raises SIGBUS. */
const AREAS = [
  { start: 10, end: 20, prot: READ | WRITE, sigbus: false },
  { start: 20, end: 30, prot: READ | EXECUTE, sigbus: false },
  { start: 30, end: 40, prot: READ | WRITE, sigbus: true },
];

/** Kinds of fault: what is asked, whether handle_mm_fault() is called for it, and whether it succeeds. */
const KINDS = {
  first: { page: 10, perm: READ | WRITE, pasid: 1, called: true, ok: true },
  last: { page: 29, perm: READ | EXECUTE, pasid: 1, called: true, ok: true },
  "no access": { page: 20, perm: 0, pasid: 1, called: true, ok: true },
  "not writable": { page: 20, perm: WRITE, pasid: 1, called: false, ok: false },
  "not executable": { page: 19, perm: READ | EXECUTE, pasid: 1, called: false, ok: false },
  before: { page: 9, perm: READ, pasid: 1, called: false, ok: false },
  behind: { page: 40, perm: READ, pasid: 1, called: false, ok: false },
  sigbus: { page: 30, perm: READ, pasid: 1, called: true, ok: false },
  "without PASID": { page: 10, perm: READ, pasid: null, called: false, ok: false },
} as const;
type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];
const groups = kinds.flatMap((a) => [[a], ...kinds.flatMap((b) => [[a, b], ...kinds.map((c) => [a, b, c])])]);

/** queue_work(), which succeeds. */
const queue = setup({ types: { events: {} as { type: "work.queues"; device: number; group: number } } }).createMachine({
  id: "queue",
  on: { "work.queues": { actions: emit(({ event: { device, group } }) => ({ type: "work.queued", device, group })) } },
});

interface Setting {
  readonly rules?: Partial<SvaHandlerRules>;
  readonly resolution?: AddressSpacesInput["rules"];
  readonly exited?: boolean;
  /** The mm of the domain. */
  readonly mm?: number;
}

/** What the work of a group does: pages of its calls of handle_mm_fault(), and the code of its response. */
function work(group: readonly Kind[], { rules = {}, resolution = {}, exited = false, mm = 0 }: Setting = {}) {
  const own = { ...SVA_6_12, ...rules };
  const spaces = [0, 1].map((space) => ({ mm: space, exited: exited && space === 0, areas: space === 0 ? AREAS : [] }));
  const system = defineSystem({
    name: "sva-work",
    parameters: {},
    components: {
      sva: { machine: svaHandler, role: "sva-handler", input: own },
      memory: { machine: addressSpaces, role: "address-spaces", input: { rules: resolution, spaces } },
      queue: { machine: queue, role: "queue" },
      outside: { machine: outside, role: "outside" },
    },
    routes: [
      call("sva-handler", ["mm.handles-fault"], "memory"),
      call("address-spaces", ["member.resolved"], "sva"),
      call("address-spaces", ["mm.faults"], "outside"),
      call("sva-handler", ["sva.delivers"], "sva"),
      call("sva-handler", ["work.queues"], "queue"),
      call("queue", ["work.queued"], "sva"),
      call("sva-handler", ["work.done", "handler.returns", "group.responds", "group.frees"], "outside"),
    ],
    properties: [],
  });
  let state = initialState(system);
  const heard: Transfer[] = [];
  const does = (event: Message): boolean => {
    const taken = take(system, state, { kind: "event", component: "sva", event });
    if (!taken.taken) return false;
    state = taken.state;
    heard.push(...taken.transfers);
    return true;
  };
  const members = group.map((kind, at): Fault => {
    const { page, perm, pasid } = KINDS[kind];
    return { device: 0, pasid, grp: 0, page, perm, last: at + 1 === group.length };
  });
  const handle = { iommuGroup: 0, pasid: 1, domain: svaDomainOf(mm) };
  const named = { device: 0, group: 0 };
  does({ type: "group.delivered", ...named, handle, members });
  does({ type: "work.runs", ...named });
  while (svaHandlerSteps(own).some(does));
  const said = heard.map(({ message }) => message);
  return {
    pages: said.filter(({ type }) => type === "mm.faults").map(({ page }) => page),
    codes: said.filter(({ type }) => type === "group.responds").map(({ code }) => code),
    ends: said.filter(({ type }) => type === "group.frees" || type === "work.done").map(({ type }) => type),
  };
}

const REFUSED = { pages: [], codes: ["invalid"], ends: ["group.frees", "work.done"] };

/** By the source: faults up to the first that fails, and Success only if none does. */
function expected(group: readonly Kind[]) {
  const failing = group.findIndex((kind) => !KINDS[kind].ok);
  const handled = failing < 0 ? group : group.slice(0, failing + 1);
  return {
    pages: handled.filter((kind) => KINDS[kind].called).map((kind) => KINDS[kind].page),
    codes: [failing < 0 ? "success" : "invalid"],
    ends: ["group.frees", "work.done"],
  };
}

const differing = (setting: Setting, than: (group: readonly Kind[]) => object = expected): number =>
  groups.filter((group) => JSON.stringify(work(group, setting)) !== JSON.stringify(than(group))).length;

describe("the work of an SVA group, for each group of up to three faults of nine kinds", () => {
  test("handles the faults up to the first that fails, and responds Success if none does", () => {
    expect(groups).toHaveLength(9 + 81 + 729);
    expect(differing({})).toBe(0);
  });

  test("handles none and responds Invalid if the process has exited, or has none of the areas", () => {
    expect(differing({ exited: true }, () => REFUSED)).toBe(0);
    expect(differing({ mm: 1 }, () => REFUSED)).toBe(0);
  });

  test.each<[string, Setting, (group: readonly Kind[]) => object]>([
    ["ignores what an area allows", { resolution: { checksAccess: false } }, expected],
    ["takes SIGBUS for Success", { resolution: { checksError: false } }, expected],
    ["handles the first fault only", { rules: { handles: "first" } }, expected],
    ["does not see that the process has exited", { exited: true, resolution: { checksMm: false } }, () => REFUSED],
  ])("work that %s is seen (canary)", (_, setting, than) => {
    expect(differing(setting, than)).toBeGreaterThan(0);
  });
});
