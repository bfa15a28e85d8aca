/** The IOPF core of Linux 6.12 in a replay, with the handlers for tests that an `attach` asks for. */
import type { Json, Message } from "../../../../checker/json.ts";
import type { Component } from "../../../../checker/system.ts";
import { coreRoutes612 } from "../../../../model/systems/iopf-core-6.12.ts";
import type { Fault } from "../../../../model/machines/linux/include/iommu.ts";
import { attachHandles } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import type { FaultParamContext } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import { faultParam } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/fault-param.ts";
import { queueSteps, unallocatedIopfQueue } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/iopf-queue.ts";
import type { QueueContext, Work } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/iopf-queue-messages.ts";
import { iopfWorker } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/iopf-worker.ts";
import { reporter, reporterSteps } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { numberOrNull, type Op } from "../drive.ts";
import type { Part, Run, Setting } from "./part.ts";
import { coreWord, state612 } from "./words.ts";

/** A queue that is not named is a pointer that is NULL. */
const NULL_QUEUE = "no-queue";
export const queueOf = (q: Json | undefined): string => (q === undefined ? NULL_QUEUE : `queue${Number(q)}`);
export const paramOf = (device: Json | undefined): string => `param${Number(device)}`;
export const handlesOf = ({ groups }: Setting, device: Json | undefined): string => `handles${groups[Number(device)]}`;

const faultOf = ({ dev, pasid, grp, addr, perm, last }: Op): Fault => ({
  device: Number(dev),
  pasid: numberOrNull(pasid),
  grp: Number(grp ?? 0),
  page: Number(addr ?? 0),
  perm: Number(perm ?? 1),
  last: last === true,
});

function components(setting: Setting): { readonly [name: string]: Component } {
  const { init, groups, queues, departure } = setting;
  const canRespond = init["pr"] !== false;
  const userPasidTable = init["upt"] === true;
  const { rules, discards = true } = departure;
  return Object.fromEntries<Component>([
    ["reporter", { machine: reporter, role: "reporter" }],
    [NULL_QUEUE, { machine: unallocatedIopfQueue, role: "iopf-queue", input: { queue: -1 } }],
    ...[...groups.keys()].map((device): [string, Component] => [
      paramOf(device),
      { machine: faultParam, role: "fault-param", input: { device, rules: { ...rules, canRespond } } },
    ]),
    ...[...new Set(groups)].map((iommuGroup): [string, Component] => [
      `handles${iommuGroup}`,
      { machine: attachHandles, role: "attach-handles", input: { iommuGroup, userPasidTable } },
    ]),
    ...queues.flatMap((queue): [string, Component][] => [
      [queueOf(queue), { machine: unallocatedIopfQueue, role: "iopf-queue", input: { queue, discards } }],
      [`worker${queue}`, { machine: iopfWorker, role: "worker" }],
    ]),
  ]);
}

/** Routes of the core; `handlerOf` finds who handles the groups of an attach handle, `handlers` are all of them. */
export const coreRoutes = (
  setting: Setting,
  handlerOf: (message: Message) => string,
  handlers: readonly string[],
): ReturnType<typeof coreRoutes612> =>
  coreRoutes612({
    param: ({ device }) => paramOf(device),
    queue: ({ queue }) => queueOf(queue),
    handles: ({ device }) => handlesOf(setting, device),
    handler: handlerOf,
    driver: "outside",
    attacher: "outside",
    borrowers: [],
    caller: "outside",
    flusher: "outside",
    owner: () => handlers,
    log: "outside",
  });

/** Oldest first: works are queued in the order of delivery. */
function queued(run: Run, queue: number): readonly Work[] {
  const { queued: works } = run.drive.context<QueueContext>(queueOf(queue));
  return works.toSorted((a, b) => Number(run.tokens.of(a)) - Number(run.tokens.of(b)));
}

const beginWork = (run: Run, queue: number, work: Work | undefined): boolean =>
  work !== undefined && run.drive.take(`worker${queue}`, { type: "worker.begins", ...work });

/** Whether a flush or the end of the queue waits for its work. */
const isAwaited = (run: Run, queue: number): boolean => /freeing|waiting/.test(run.drive.stateName(queueOf(queue)));

export const core: Part = {
  name: "core",
  operations: "queue_alloc queue_free add_dev remove_dev discard flush fault run".split(" "),
  isNeeded: () => true,
  wiring: (setting) => ({ components: components(setting), routes: [] }),
  perform(op, run) {
    const device = Number(op["dev"]);
    switch (op.op) {
      case "queue_alloc":
        return run.call(queueOf(op["q"]), { type: "queue.allocates" });
      case "queue_free":
        return run.call(queueOf(op["q"]), { type: "queue.frees" });
      case "add_dev":
        return run.call(queueOf(op["q"]), { type: "queue.adds", device });
      case "remove_dev":
        return run.call(queueOf(op["q"]), { type: "queue.removes", device });
      case "discard":
        return run.call(queueOf(op["q"]), { type: "queue.discards" });
      case "flush":
        return run.call(paramOf(device), { type: "param.flushes", device });
      case "fault": {
        const unrecoverable = (op["type"] ?? 1) !== 1;
        return run.call("reporter", { type: "driver.reports-fault", fault: faultOf(op), unrecoverable });
      }
      case "run": {
        const queue = Number(op["q"]);
        const works = queued(run, queue);
        if (!beginWork(run, queue, works[Number(op["n"] ?? 0)] ?? works.at(-1))) run.say({ ev: "idle" });
      }
    }
  },
  /** A flush waits for the oldest work first: so was it scheduled where it was recorded. */
  goesOn: (run) =>
    run.step("reporter", reporterSteps("may-fail")) !== undefined ||
    run.setting.queues.some(
      (queue) =>
        run.step(queueOf(queue), queueSteps) !== undefined ||
        (isAwaited(run, queue) && beginWork(run, queue, queued(run, queue)[0])),
    ),
  word: ({ message }, run) => coreWord(message, run.tokens),
  dump: {
    order: 0,
    list: (run) => [
      ...[...run.setting.groups.keys()].map((device) =>
        state612(run.drive.context<FaultParamContext>(paramOf(device)), run.tokens),
      ),
      ...run.setting.queues
        .filter((queue) => !run.drive.stateName(queueOf(queue)).startsWith("calls:absent"))
        .map((q) => ({ ev: "state_wq", q, queued: queued(run, q).length })),
    ],
  },
};
