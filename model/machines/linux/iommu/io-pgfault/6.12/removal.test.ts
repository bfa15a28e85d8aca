/**
 * iopf_queue_remove_device() of Linux 6.12.117 at each place of a report, by the source (drivers/iommu/io-pgfault.c): it kfree()s the partial
 * faults and leaves fault_param->partial as it was, and it frees each group on fault_param->faults, to which iopf_group_alloc()
 * has linked abort_group too. No recording has a removal inside a report: there one thread does both.
 */
import { describe, expect, test } from "vitest";
import type { Message } from "../../../../../../checker/json.ts";
import { initialState, take } from "../../../../../../checker/simulation.ts";
import { call, defineSystem } from "../../../../../../checker/system.ts";
import type { Fault } from "../../../include/iommu.ts";
import { outside } from "../outside.ts";
import type { FaultParamContext, FaultParamRules } from "./fault-groups.ts";
import { queuedFaultParam } from "./fault-param.ts";

const fault = (page: number, last: boolean): Fault => ({ device: 0, pasid: null, grp: 0, page, perm: 1, last });
const STEPS = {
  gets: { type: "param.gets", device: 0 },
  puts: { type: "param.puts", device: 0 },
  pushes: { type: "partial.pushes", device: 0, fault: fault(1, false) },
  "pushes another": { type: "partial.pushes", device: 0, fault: fault(2, false) },
  collects: { type: "group.collects", device: 0, fault: fault(3, true), onStack: false },
  "collects on the stack": { type: "group.collects", device: 0, fault: fault(3, true), onStack: true },
  responds: { type: "group.responds", device: 0, group: 0, code: "failure" },
  removes: { type: "param.removes", device: 0, queue: 0 },
  discards: { type: "partials.discard", device: 0 },
} as const satisfies { readonly [step: string]: Message };
type Step = keyof typeof STEPS;

/** Codes that were sent, and what went wrong. */
function run(steps: readonly Step[], rules: Partial<FaultParamRules> = {}) {
  const system = defineSystem({
    name: "fault-param",
    parameters: {},
    components: {
      param: { machine: queuedFaultParam, role: "fault-param", input: { device: 0, rules } },
      outside: { machine: outside, role: "outside" },
    },
    routes: [
      call("fault-param", ["param.got", "param.removed", "group.built", "group.freed"], "outside"),
      call("fault-param", ["driver.page-response"], "outside"),
    ],
    properties: [],
  });
  let state = initialState(system);
  const said: Message[] = [];
  for (const step of steps) {
    const taken = take(system, state, { kind: "event", component: "param", event: STEPS[step] });
    if (!taken.taken) throw new Error(`${step}: ${taken.because}`);
    state = taken.state;
    said.push(...taken.transfers.map(({ message }) => message));
  }
  const { useAfterFree, invalidFree, lostPartials } = state.snapshots.get("param")!.context as FaultParamContext;
  return {
    codes: said.filter(({ type }) => type === "driver.page-response").map(({ code }) => code),
    wrong: Object.entries({ useAfterFree, invalidFree, lostPartials }).flatMap(([name, is]) => (is ? [name] : [])),
  };
}

const PARTIAL: readonly Step[] = ["gets", "pushes", "puts"];

type Case = readonly [what: string, steps: readonly Step[], codes: readonly string[], wrong: readonly string[]];
const CASES: readonly Case[] = [
  ["a partial fault between two reports is freed", [...PARTIAL, "removes"], [], []],
  [
    "a report that has its reference adds a partial fault behind a freed one",
    [...PARTIAL, "gets", "removes", "pushes another"],
    [],
    ["useAfterFree", "lostPartials"],
  ],
  [
    "a report that has its reference looks for partial faults among freed ones",
    [...PARTIAL, "gets", "removes", "collects"],
    [],
    ["useAfterFree"],
  ],
  [
    "without partial faults the list is sound, and a late one leaks",
    ["gets", "removes", "pushes"],
    [],
    ["lostPartials"],
  ],
  ["without partial faults a late group is sound", ["gets", "removes", "collects", "responds"], ["failure"], []],
  [
    "an overflow before the removal leaves no freed fault on the list",
    [...PARTIAL, "gets", "discards", "removes", "collects", "responds"],
    ["failure"],
    [],
  ],
  ["a group is responded to and freed", ["gets", "collects", "removes"], ["invalid"], []],
  [
    "the group on the stack of a report is freed",
    ["gets", "collects on the stack", "removes"],
    ["invalid"],
    ["invalidFree"],
  ],
  [
    "the group on the stack is safe once it is responded to",
    ["gets", "collects on the stack", "responds", "removes"],
    ["failure"],
    [],
  ],
];

describe("a removal inside a report, Linux 6.12", () => {
  test.each(CASES)("%s", (_, steps, codes, wrong) => {
    expect(run(steps)).toEqual({ codes, wrong });
  });

  test.each<[string, Partial<FaultParamRules>]>([
    ["reinitialises the list of partial faults", { partialsAtRemoval: "emptied" }],
    ["leaves the partial faults to the last put", { partialsAtRemoval: "by-last-put" }],
    ["leaks the partial faults", { partialsAtRemoval: "kept" }],
    ["finds no abort_group on fault_param->faults", { abortGroup: "unlinked" }],
    ["frees without a response", { removal: "free-only" }],
  ])("a removal that %s is told from 6.12 (canary)", (_, rules) => {
    const told = CASES.filter(([, steps, codes, wrong]) => {
      return JSON.stringify(run(steps, rules)) !== JSON.stringify({ codes, wrong });
    });
    expect(told.length).toBeGreaterThan(0);
  });
});
