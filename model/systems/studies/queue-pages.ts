/** Hardware queues of a vIOMMU whose pages stay pinned, beside a thread that maps and unmaps. */
import { takesSteps, type Component } from "../../../checker/system.ts";
import { callThread } from "../../machines/linux/iommu/iommufd/objects-7.3/call-thread.ts";
import { ioasSpace, PAGE, type Area } from "../../machines/linux/iommu/iommufd/objects-7.3/ioas.ts";
import { SELFTEST } from "../../machines/linux/iommu/iommufd/objects-7.3/mock-device.ts";
import { mockViommu } from "../../machines/linux/iommu/iommufd/objects-7.3/mock-viommu.ts";
import type { Named, ObjectKind } from "../../machines/linux/iommu/iommufd/objects-7.3/object-messages.ts";
import { objectTable } from "../../machines/linux/iommu/iommufd/objects-7.3/object-table.ts";
import { hwpt, hwQueue, plainObject } from "../../machines/linux/iommu/iommufd/objects-7.3/objects.ts";
import { viommu } from "../../machines/linux/iommu/iommufd/objects-7.3/viommu.ts";
import { range } from "../configuration.ts";
import { callRoutes73 } from "../iommufd-7.3.ts";
import type { Study } from "../study.ts";
import {
  queuePagesBounds,
  queuePagesHosts,
  queuePagesKnobs,
  queuePagesSizeKnobs,
  type QueuePagesDesign,
  type QueuePagesSizes,
} from "./queue-pages-design.ts";

const CUT =
  "One thread makes and destroys hardware queues, another maps and unmaps. There are three areas, one vIOMMU and one IOAS; no " +
  "copy to user space fails, and there is always memory. Each map, unmap and pin is one step, although an unmap drops " +
  "iova_rwsem between two areas. Hidden: a pin between two areas of one unmap, areas that IOMMU_IOAS_COPY shares, other " +
  "accesses (mdev), and what the driver does with its queue.";

const named = (kind: ObjectKind, at: number): Named => ({ kind, at });
const VIOMMU = named("viommu", 0);
const IOAS = named("ioas", 0);
const PARENT = named("hwpt-paging", 0);
const ALL = [VIOMMU, IOAS, PARENT];
const idOf = (one: Named): number => ALL.indexOf(one) + 1;
const USERS = new Map([
  [VIOMMU, 1],
  [IOAS, 2],
  [PARENT, 2],
]);

/** Three areas in a row. The frames of the second and the third are contiguous, those of the first are elsewhere. */
const areas: readonly Area[] = [
  { iova: 0, length: PAGE, frame: 50, stride: 1, locks: 0 },
  { iova: PAGE, length: 2 * PAGE, frame: 10, stride: 1, locks: 0 },
  { iova: 3 * PAGE, length: PAGE, frame: 12, stride: 1, locks: 0 },
];
const pages = (first: number, count: number) => ({ iova: first * PAGE, length: count * PAGE });

const begins = (name: string, args: { readonly [name: string]: number }) => ({
  type: "call.begins",
  call: name,
  args,
  memory: {},
  names: {},
});
const makes = (index: number, first: number, count: number) =>
  begins("hw-queue-alloc", { viommu: idOf(VIOMMU), ofType: SELFTEST, index, ...pages(first, count) });
/** A queue has two IDs, its own and that of its access, and the lowest are given out first. */
const queueId = (index: number): number => ALL.length + 1 + 2 * index;

/** The first page of the second area; pages that are not contiguous; and pages of the second and the third area. */
const QUEUE_CALLS = (queues: number) => [
  makes(0, 1, 1),
  makes(0, 0, 2),
  ...(queues > 1 ? [makes(1, 2, 2)] : []),
  ...range(queues).map((index) => begins("object-destroy", { target: queueId(index) })),
];
/** All areas; the second; its last page; and the first area again. */
const MAP_CALLS = [
  begins("ioas-unmap", { ioas: idOf(IOAS), ...pages(0, 4) }),
  begins("ioas-unmap", { ioas: idOf(IOAS), ...pages(1, 2) }),
  begins("ioas-unmap", { ioas: idOf(IOAS), ...pages(2, 1) }),
  begins("ioas-map", { ioas: idOf(IOAS), ...pages(0, 1), frame: 50, stride: 1 }),
];
const STEP = { type: "thread.steps" };

export const queuePages: Study<QueuePagesDesign, QueuePagesSizes> = {
  name: "queue-pages",
  sentence: "Hardware queues of a vIOMMU, whose pages stay pinned: what an unmap of them does, wholly or in part.",
  cut: CUT,
  hosts: queuePagesHosts,
  knobs: queuePagesKnobs,
  sizeKnobs: queuePagesSizeKnobs,
  bounds: queuePagesBounds,
  compose: ({ unmapLocked, unmapWalk }, { queueCalls, mapCalls, queues }) => {
    const thread = (name: string, calls: number, events: readonly object[]): [string, Component] => [
      name,
      {
        machine: callThread,
        role: "call-thread",
        input: { name, calls },
        events: [...events, STEP] as NonNullable<Component["events"]>,
      },
    ];
    return {
      components: Object.fromEntries<Component>([
        [
          "objects",
          {
            machine: objectTable,
            role: "object-table",
            input: {
              entries: ALL.map((one) => ({
                ...one,
                id: idOf(one),
                place: "visible",
                users: USERS.get(one)!,
                waits: 1,
              })),
            },
          },
        ],
        [
          "ioas-0",
          {
            machine: ioasSpace,
            role: "ioas-space",
            input: { at: 0, areas: areas.map((area) => ({ ...area })), rules: { unmapLocked, unmapWalk } },
          },
        ],
        ["hwpt-0", { machine: hwpt, role: "hwpt", input: { at: 0, names: { ioas: IOAS } } }],
        ["viommu-0", { machine: viommu, role: "viommu", input: { at: 0, parent: PARENT } }],
        ["mock-viommu-0", { machine: mockViommu, role: "mock-viommu", input: { at: 0, queueIndex: "stored" } }],
        // One that is refused has memory for a while, too.
        ...range(queues + 1).flatMap((at): [string, Component][] => [
          [`hw-queue-${at}`, { machine: hwQueue, role: "hw-queue", input: { at, names: {} } }],
          [`access-${at}`, { machine: plainObject, role: "plain-object", input: { at, names: {} } }],
        ]),
        thread("queues", queueCalls, QUEUE_CALLS(queues)),
        thread("maps", mapCalls, MAP_CALLS),
      ]),
      /** Both threads may have made all of their calls. */
      deadlock: "allowed",
      routes: callRoutes73(() => []),
      fairness: {
        threads: [takesSteps("queues", "weak", [STEP.type]), takesSteps("maps", "weak", [STEP.type])],
        hardware: [],
        devices: [],
      },
    };
  },
};
