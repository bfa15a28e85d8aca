/**
 * Lets the threads of a replay of Linux 7.3 go on until none can: one script, one program, so that nothing races. A failure
 * that was injected is a step of a machine that can fail there.
 */
import type { Message } from "../../../../checker/json.ts";
import { reporterSteps } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { EFAULT, EINVAL, ENOENT, ENOMEM } from "../../../../model/machines/linux/include/iommu.ts";
import { faultHandlerSteps } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";
import { callSteps } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/call-thread.ts";
import { veventqReaderSteps } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/veventq-reader.ts";
import type { Drive } from "../drive.ts";
import { LINUX_6_12_IOMMUFD } from "../6.12/iommufd-system.ts";

/** The thread that makes calls of iommufd, and the one that reads vEVENTQs. */
export const CALLER = "caller";
export const READER = "reader";

/** A failure: at the first, second, ... place where something can fail, counted from 1, and which of what can fail there. */
export interface Failing {
  readonly point: number;
  readonly which: number;
}

type Steps = readonly (readonly [component: string, steps: readonly Message[]])[];

const typed = (...types: readonly string[]): readonly Message[] => types.map((type) => ({ type }));

/** In order: who goes on first. */
const STEPS: Steps = [
  [CALLER, callSteps],
  [READER, veventqReaderSteps],
  ["reporter", reporterSteps("may-fail").filter((step) => step["ok"] !== false)],
  ["fault-handler", faultHandlerSteps(LINUX_6_12_IOMMUFD.handler)],
  ["fault-reader", typed("reader.locks", "reader.fetches", "reader.copies", "reader.unlocks")],
  [
    "fault-writer",
    typed("writer.locks", "writer.ends", "writer.takes", "writer.responds", "writer.frees", "writer.unlocks"),
  ],
  ["iopf-queue", typed("queue.discards-next")],
];

/** The steps with which a copy to or from the buffer of the caller fails, in place of the copy. */
const BAD_BUFFER: Steps = [
  ["fault-reader", typed("reader.locks", "reader.fetches", "reader.fails", "reader.unlocks")],
  ["fault-writer", typed("writer.locks", "writer.ends", "writer.fails", "writer.unlocks")],
];

/** What an injected failure is seen as. */
const FAILURES: Steps = [
  [CALLER, [ENOENT, EINVAL, ENOMEM, EFAULT].map((error) => ({ type: "thread.fails", error }))],
  [READER, typed("reader.fails", "reader.faults")],
  ["reporter", reporterSteps("may-fail").filter((step) => step["ok"] === false)],
  ["fault-reader", [{ type: "reader.fetches", ok: false }, { type: "reader.fails" }]],
  ["fault-writer", typed("writer.fails")],
];

/** A call that takes more steps goes round in a circle. */
const MOST_STEPS = 4_000;

/** The first thing that can go on does, until nothing can. Whether it failed where it should; without `failing` it did. */
export function runs(drive: Drive, isBad: boolean, failing?: Failing): boolean {
  const bad = new Map(isBad ? BAD_BUFFER : []);
  let points = 0;
  let failed = failing === undefined;
  for (let taken = 0; taken < MOST_STEPS; taken += 1) {
    const possible = failed
      ? []
      : FAILURES.flatMap(([component, steps]) =>
          steps.filter((step) => drive.canTake(component, step)).map((step) => ({ component, step })),
        );
    if (possible.length > 0) points += 1;
    const chosen = points === failing?.point ? possible[failing.which] : undefined;
    if (chosen) failed = drive.take(chosen.component, chosen.step);
    else if (!STEPS.some(([component, steps]) => drive.takeOne(component, bad.get(component) ?? steps))) break;
  }
  return failed;
}

/** The most places of one operation where something can fail, and what can fail in one place. */
const MOST_POINTS = 30;
const MOST_AT_ONE = FAILURES[0]![1].length;

/**
 * All failures of an operation. The number that the kernel gave to the point is not that of the machines, and near to it: of
 * two failures that look alike the nearer one is meant.
 */
export function failuresNear(nth: number): readonly Failing[] {
  const points = Array.from({ length: MOST_POINTS }, (_, index) => index + 1);
  const near = points.toSorted((a, b) => Math.abs(a - nth) - Math.abs(b - nth) || a - b);
  return near.flatMap((point) => Array.from({ length: MOST_AT_ONE }, (_, which) => ({ point, which })));
}
