/**
 * Case studies of PRISM with numbers that others published.
 *
 * The models are those of prismmodelchecker.org/casestudies/{polling,tandem,kanban}.php. The numbers are those of the
 * Quantitative Verification Benchmark Set (qcomp.org, repository ahartmanns/qcomp), in benchmarks/ctmc/MODEL/results. Those
 * of the files Storm.exact.* were computed in whole numbers; the others come from floating-point numbers, and stand here only
 * for what is asked of a time.
 */
import type { Asked, ExpectedRecord } from "../../measure/expected-record.ts";
import type { Rates } from "../../measure/rates.ts";
import type { System } from "../../system.ts";
import { kanbanRates, kanbanSystem } from "./kanban.ts";
import { pollingRates, pollingSystem } from "./polling.ts";
import { tandemRates, tandemSystem } from "./tandem.ts";

export interface Published {
  readonly name: string;
  readonly file: string;
  readonly system: System;
  readonly rates: Rates;
  readonly states: number;
  readonly transitions: number;
  readonly asked: Asked;
  readonly values: readonly {
    readonly of: string;
    readonly value: number;
    readonly in: (record: ExpectedRecord) => number;
  }[];
}

const stopsAt = (role: string) => ({ label: `stops at the ${role}`, of: [{ message: { type: "stopped", to: role } }] });

const polling = (
  stations: number,
  file: string,
  [states, transitions]: readonly [number, number],
  {
    waits,
    before,
    servedBy16,
    waitedBy16,
  }: { waits?: number; before?: number; servedBy16?: number; waitedBy16?: number },
): Published => ({
  name: `polling of ${stations} stations`,
  file: `polling/results/${file}`,
  system: pollingSystem(stations),
  rates: pollingRates(stations),
  states,
  transitions,
  asked: {
    counts: [{ label: "served", of: [{ message: { type: "left", to: "first" } }] }],
    levels: [{ label: "waits", role: "first", in: "waiting" }],
    passages: [{ label: "before", ends: stopsAt("first"), unless: stopsAt("second") }],
    ...(servedBy16 !== undefined && { at: [16] }),
  },
  values: [
    { of: "s1", value: waits, in: ({ levels }: ExpectedRecord) => levels[0]!.mean },
    { of: "s1_before_s2", value: before, in: ({ passages }: ExpectedRecord) => passages[0]!.reached },
    { of: "served", value: servedBy16, in: ({ counts }: ExpectedRecord) => counts[0]!.curve![0]!.until },
    { of: "waiting", value: waitedBy16, in: ({ levels }: ExpectedRecord) => 16 * levels[0]!.curve![0]!.soFar },
  ].flatMap(({ value, ...one }) => (value === undefined ? [] : [{ ...one, value }])),
});

const tandem = (
  room: number,
  file: string,
  [states, transitions]: readonly [number, number],
  { jobs, jobsSoon, fullSoon }: { jobs?: number; jobsSoon?: number; fullSoon?: number },
): Published => ({
  name: `tandem of room ${room}`,
  file: `tandem/results/${file}`,
  system: tandemSystem(room),
  rates: tandemRates(room),
  states,
  transitions,
  asked: {
    levels: ["first", "second"].map((role) => ({ label: role, role, field: "jobs" })),
    passages: [
      {
        label: "full",
        ends: { label: "full", of: [{ step: "first: first.takes", fields: { jobs: room - 1 } }] },
        by: [0.2],
      },
    ],
    at: [0.2],
  },
  values: [
    { of: "customers", value: jobs, in: ({ levels }: ExpectedRecord) => levels[0]!.mean + levels[1]!.mean },
    {
      of: "customers_T",
      value: jobsSoon,
      in: ({ levels }: ExpectedRecord) => levels[0]!.curve![0]!.mean + levels[1]!.curve![0]!.mean,
    },
    { of: "first_queue", value: fullSoon, in: ({ passages }: ExpectedRecord) => passages[0]!.by[0]!.probability },
  ].flatMap(({ value, ...one }) => (value === undefined ? [] : [{ ...one, value }])),
});

export const PUBLISHED: readonly Published[] = [
  polling(3, "Storm.exact.3-16.2018-10-17.json", [36, 84], {
    waits: 0.1308020365834841,
    before: 0.5214543254248217,
  }),
  polling(5, "Storm.exact.5-16.2018-10-17.json", [240, 800], {
    waits: 0.14492709367584383,
    before: 0.5357405856065404,
  }),
  polling(5, "Storm.5-16.2018-10-16.json", [240, 800], { servedBy16: 2.107965214, waitedBy16: 1.916684509 }),
  polling(9, "Storm.exact.9-16.2018-11-21.json", [6_912, 36_864], { before: 0.5409174089353829 }),
  tandem(15, "Storm.exact.15-1000-0.2.2018-11-21.json", [496, 1_619], { jobs: 15.798592927169762 }),
  tandem(15, "Storm.15-1000-0.2.2018-10-16.json", [496, 1_619], { jobsSoon: 11.55612449, fullSoon: 0.2060312414 }),
  tandem(31, "Storm.exact.31-1000-0.2.2018-11-21.json", [2_016, 6_819], { jobs: 31.81500388515128 }),
  {
    name: "kanban of 1 ticket",
    file: "kanban/results/Storm.exact.1.2018-10-17.json",
    system: kanbanSystem(1),
    rates: kanbanRates,
    states: 160,
    transitions: 616,
    asked: { counts: [{ label: "pallets", of: [{ step: "in: carrier.moves" }] }] },
    values: [{ of: "throughput", value: 0.0925846346333826, in: ({ counts }) => counts[0]!.perNs }],
  },
];
