/**
 * What the recordings of SVA do not reach, by the source (drivers/iommu/iommu-sva.c of 6.12.117): second binds, a PASID that an mm
 * keeps and one that it leaves, a shared IOMMU group, no memory, and groups that are not only SVA's.
 */
import { expect, test } from "vitest";
import type { Json } from "../../../../checker/json.ts";
import { conform } from "../../conformance.ts";
import { linux612 } from "./adapter.ts";

type Step = readonly [op: object, ...events: readonly object[]];

const ret = (val: number | null, more: object = {}) => ({ ev: "ret", val, ...more });
const bind = (dev: number, mm: number, pasid: number): Step => [{ op: "bind", dev, mm }, ret(0, { pasid })];
const unbind = (dev: number, mm: number): Step => [{ op: "unbind", dev, mm }, ret(null)];
const memory = (mm: number): readonly Step[] => [
  [{ op: "mm_new", mm }],
  [{ op: "vma", mm, start: 4096, end: 8192, prot: 3 }],
];
const page = { addr: 4096, perm: 1 };
const fault = (dev: number, pasid: number, grp: number) => ({ op: "fault", dev, pasid, grp, last: true, ...page });
const deliver = (g: number, dev: number, pasid: number, grp: number) => {
  const pages = [{ ...page, pasid, last: true }];
  return { ev: "deliver", g, dev, grp, pasid, via: "sva", count: 1, pages };
};
const response = (dev: number, pasid: number, grp: number, code: string, g: number | null) => ({
  ev: "response",
  dev,
  grp,
  pasid,
  code,
  g,
  last: true,
});
const mmFault = (mm: number) => ({ ev: "mm_fault", mm, addr: 4096, write: false, exec: false, user: true, ok: true });
const noMemory = (where: string) => ({ ev: "alloc_fail", in: where });
/** A fault that is delivered and handled at once. */
const handled = (g: number, dev: number, pasid: number, grp: number, mm: number): readonly Step[] => [
  [fault(dev, pasid, grp), deliver(g, dev, pasid, grp), ret(0)],
  [{ op: "run", q: 0 }, { ev: "work_run", g }, mmFault(mm), response(dev, pasid, grp, "SUCCESS", g)],
];
const refused = (dev: number, pasid: number, grp: number): Step => [
  fault(dev, pasid, grp),
  response(dev, pasid, grp, "INVALID", null),
  ret(-22),
];
const begin = (groups: readonly number[]): readonly Step[] => [
  [{ op: "init", devs: groups.length, groups }],
  [{ op: "queue_alloc", q: 0 }, ret(0)],
  ...groups.map((_, dev): Step => [{ op: "add_dev", q: 0, dev }, ret(0)]),
  ...memory(0),
  ...memory(1),
];

const SCRIPTS: readonly (readonly [name: string, steps: readonly Step[]])[] = [
  [
    "the second bind of a device takes a reference, and the last unbind ends the bond",
    [
      ...begin([0]),
      bind(0, 0, 1),
      bind(0, 0, 1),
      unbind(0, 0),
      ...handled(1, 0, 1, 5, 0),
      unbind(0, 0),
      refused(0, 1, 5),
    ],
  ],
  [
    "an mm keeps its PASID after its last unbind",
    [...begin([0]), bind(0, 0, 1), unbind(0, 0), bind(0, 1, 2), bind(0, 0, 1), ...handled(1, 0, 2, 5, 1)],
  ],
  [
    "the PASID of an exited process is free after its last unbind",
    [
      ...begin([0, 1]),
      bind(0, 0, 1),
      bind(0, 1, 2),
      bind(1, 1, 2),
      [{ op: "mm_exit", mm: 1 }],
      ...memory(2),
      unbind(0, 1),
      bind(0, 2, 3),
      unbind(1, 1),
      ...memory(3),
      bind(0, 3, 2),
      ...handled(1, 0, 2, 5, 3),
    ],
  ],
  [
    "a fault of another device of the group finds the bond",
    [
      ...begin([0, 0]),
      bind(0, 0, 1),
      ...handled(1, 1, 1, 5, 0),
      bind(1, 0, 1),
      unbind(0, 0),
      ...handled(2, 0, 1, 6, 0),
    ],
  ],
  [
    "a bind without memory leaves the PASID with the mm",
    [
      ...begin([0]),
      [{ op: "fail_alloc", n: 1 }],
      [{ op: "bind", dev: 0, mm: 0 }, noMemory("iommu_alloc_mm_data"), ret(-12)],
      [{ op: "fail_alloc", n: 2 }],
      [{ op: "bind", dev: 0, mm: 1 }, noMemory("iommu_sva_bind_device"), ret(-12)],
      [{ op: "fail_alloc", n: 1 }],
      [{ op: "bind", dev: 0, mm: 1 }, noMemory("iommu_sva_bind_device"), ret(-12)],
      [{ op: "fail_alloc", n: 2 }],
      [{ op: "bind", dev: 0, mm: 1 }, noMemory("iommu_sva_domain_alloc"), ret(-12)],
      refused(0, 1, 5),
      bind(0, 0, 2),
      bind(0, 1, 1),
    ],
  ],
  [
    "a PASID that has another domain is busy",
    [
      ...begin([0]),
      [{ op: "attach", dev: 0, pasid: 1, mode: "none" }, ret(0)],
      [{ op: "bind", dev: 0, mm: 0 }, ret(-16)],
    ],
  ],
  [
    "a partial fault without PASID makes the response of an SVA group Invalid",
    [
      ...begin([0]),
      [{ op: "attach", dev: 0, pasid: 0, mode: "hold" }, ret(0)],
      bind(0, 0, 1),
      [{ op: "fault", dev: 0, grp: 5, ...page }, ret(0)],
      [
        fault(0, 1, 5),
        {
          ...deliver(1, 0, 1, 5),
          count: 2,
          pages: [
            { ...page, pasid: null, last: false },
            { ...page, pasid: 1, last: true },
          ],
        },
        ret(0),
      ],
      [{ op: "run", q: 0 }, { ev: "work_run", g: 1 }, response(0, 1, 5, "INVALID", 1)],
    ],
  ],
  [
    "a removal responds to a group whose work is queued, and frees it under the work",
    [
      ...begin([0]),
      bind(0, 0, 1),
      [fault(0, 1, 5), deliver(1, 0, 1, 5), ret(0)],
      [
        { op: "remove_dev", q: 0, dev: 0 },
        response(0, 1, 5, "INVALID", 1),
        { ev: "freed_while_work_queued", g: 1 },
        ret(null),
      ],
      [{ op: "run", q: 0 }, { ev: "idle" }],
    ],
  ],
];

test.each(SCRIPTS)("%s", async (_, steps) => {
  const ops = steps.map(([op]) => op);
  const events = steps.flatMap(([, ...said], i) => said.map((event) => ({ i, ...event })));
  const value = { kernel: "6.12.117", class: "scenario", seed: 0, name: "derived", ops, events } as unknown as Json;
  const { differences, compared } = await conform([linux612()], [{ file: "derived", line: 1, value }]);
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(3);
});
