import { describe, expect, test } from "vitest";
import type { Json } from "../../../../checker/json.ts";
import { BOOTED_612 } from "../classes.ts";
import type { Op, Recording } from "../drive.ts";
import type { Departure } from "./part.ts";
import { partsOf } from "./parts.ts";
import { Replayed } from "./run.ts";

/** Calls that nobody recorded, in a fixed order: one device, and what each call says. */
function said(ops: readonly Op[], departure: Departure = {}): readonly (readonly Json[])[] {
  const init: Op = { op: "init", devs: 1, groups: [0], vf: 0, upt: true };
  const all = [init, { op: "fq_alloc", f: 0 }, { op: "hwpt_alloc", h: 0, nested: true, f: 0 }, ...ops];
  const recording: Recording = { kernel: "6.12.117", class: BOOTED_612, ops: all, events: [] };
  const run = new Replayed({ recording, init, groups: [0], queues: [0], departure }, partsOf(recording));
  return all.map((op) => run.perform(op)).slice(3);
}
type Event = { readonly ev: string; readonly val: number };
const lastOf = (events: readonly Json[]): Event => events.at(-1) as unknown as Event;
const returned = (ops: readonly Op[]) => said(ops).map((events) => [lastOf(events).ev, lastOf(events).val]);

const [ENOENT, ENOMEM, EBUSY] = [-2, -12, -16];

describe("an HWPT that is not in the table of objects", () => {
  test("is ENOENT for attach, replace and destroy, whether it was destroyed or never allocated", () => {
    const script: readonly (readonly [Op, number])[] = [
      [{ op: "hwpt_attach", dev: 0, h: 5 }, ENOENT],
      [{ op: "hwpt_attach", dev: 0, h: 0 }, 0],
      [{ op: "hwpt_replace", dev: 0, h: 5 }, ENOENT],
      [{ op: "hwpt_alloc", h: 1, nested: false }, 0],
      [{ op: "hwpt_destroy", h: 1 }, 0],
      [{ op: "hwpt_replace", dev: 0, h: 1 }, ENOENT],
      [{ op: "hwpt_destroy", h: 1 }, ENOENT],
      [{ op: "hwpt_destroy", h: 5 }, ENOENT],
      [{ op: "hwpt_destroy", h: 0 }, EBUSY],
      [{ op: "hwpt_detach", dev: 0 }, 0],
      [{ op: "hwpt_destroy", h: 0 }, 0],
      [{ op: "hwpt_attach", dev: 0, h: 0 }, ENOENT],
    ];
    expect(returned(script.map(([op]) => op))).toEqual(script.map(([, val]) => ["ret", val]));
  });

  test("comes before the EINVAL of a device that is not attached", () => {
    expect(returned([{ op: "hwpt_replace", dev: 0, h: 5 }])).toEqual([["ret", ENOENT]]);
    expect(returned([{ op: "hwpt_replace", dev: 0, h: 0 }])).toEqual([["ret", -22]]);
  });
});

describe("an attach without memory", () => {
  const attach: Op = { op: "hwpt_attach", dev: 0, h: 0 };
  const fails = (n: number): Op => ({ op: "fail_alloc", n });
  const FIRST = "iommufd_hwpt_attach_device";
  const without = [{ ev: "ret", val: ENOMEM }];
  const replace: readonly Op[] = [
    { op: "hwpt_alloc", h: 1, nested: false },
    { op: "hwpt_attach", dev: 0, h: 1 },
  ];
  const replaces: Op = { op: "hwpt_replace", dev: 0, h: 0 };

  test("for the handle ends before page faults are enabled", () => {
    expect(said([fails(1), attach]).at(-1)).toEqual([{ ev: "alloc_fail", in: FIRST }, ...without]);
    const second = "iommufd_hwpt_replace_device";
    expect(said([...replace, fails(1), replaces]).at(-1)).toEqual([{ ev: "alloc_fail", in: second }, ...without]);
  });

  test("for fault_param cannot enable page faults", () => {
    const notEnabled = [
      { ev: "alloc_fail", in: "iopf_queue_add_device" },
      { ev: "iopf_enable", dev: 0, val: ENOMEM },
      ...without,
    ];
    expect(said([fails(2), attach]).at(-1)).toEqual(notEnabled);
    expect(said([...replace, fails(2), replaces]).at(-1)).toEqual(notEnabled);
  });

  test("can be tried again", () => {
    for (const n of [1, 2]) expect(lastOf(said([fails(n), attach, attach]).at(-1)!)).toEqual({ ev: "ret", val: 0 });
  });
});

test("a read for which one allocation fails is as any other: xa_alloc() asks for memory again", () => {
  const faults = [0, 1].map((grp): Op => ({ op: "fault", dev: 0, grp, last: true, perm: 1, addr: grp, type: 1 }));
  const read: Op = { op: "fd_read", f: 0, n: 2 };
  for (const n of [1, 2]) {
    const events = said([{ op: "hwpt_attach", dev: 0, h: 0 }, ...faults, { op: "fail_alloc", n }, read]).at(-1)!;
    expect(lastOf(events)).toMatchObject({ ev: "read", val: 2, recs: [{ cookie: 1 }, { cookie: 2 }] });
  }
});
