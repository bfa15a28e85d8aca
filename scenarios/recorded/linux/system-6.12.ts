/** The IOPF core of Linux 6.12 with test handlers, wired as the recordings had it: any device on any of four queues. */
import type { Message } from "../../../checker/json.ts";
import { call, defineSystem, type Component, type System } from "../../../checker/system.ts";
import { attachHandles } from "../../../model/machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import type { FaultParamRules } from "../../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import { faultParam } from "../../../model/machines/linux/iommu/io-pgfault/6.12/fault-param.ts";
import { unallocatedIopfQueue } from "../../../model/machines/linux/iommu/io-pgfault/6.12/iopf-queue.ts";
import { iopfWorker } from "../../../model/machines/linux/iommu/io-pgfault/6.12/iopf-worker.ts";
import { reporter } from "../../../model/machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { testDomain } from "../../../model/machines/linux/iommu/io-pgfault/6.12/test-domain.ts";
import { outside } from "../../../model/machines/linux/iommu/io-pgfault/outside.ts";

export interface Setting {
  /** The IOMMU group of each device. */
  readonly groups: readonly number[];
  readonly queues: readonly number[];
  readonly userPasidTable: boolean;
  readonly canRespond: boolean;
  /** Deliberate defects from Linux 6.12, for tests that must see a difference. */
  readonly rules?: Partial<FaultParamRules>;
  readonly discards?: boolean;
}

export function linux612System({
  groups,
  queues,
  userPasidTable,
  canRespond,
  rules,
  discards = true,
}: Setting): System {
  const components: Record<string, Component> = {
    reporter: { machine: reporter, role: "reporter" },
    handler: { machine: testDomain, role: "handler" },
    outside: { machine: outside, role: "outside" },
  };
  for (const device of groups.keys())
    components[`param-${device}`] = {
      machine: faultParam,
      role: "fault-param",
      input: { device, rules: { ...rules, canRespond } },
    };
  for (const iommuGroup of new Set(groups))
    components[`handles-${iommuGroup}`] = {
      machine: attachHandles,
      role: "attach-handles",
      input: { iommuGroup, userPasidTable },
    };
  for (const queue of queues) {
    components[`queue-${queue}`] = { machine: unallocatedIopfQueue, role: "queue", input: { queue, discards } };
    components[`worker-${queue}`] = { machine: iopfWorker, role: "worker" };
  }
  const param = ({ device }: Message) => `param-${Number(device)}`;
  const queue = (message: Message) => `queue-${Number(message["queue"])}`;
  const all = (prefix: string) => queues.map((name) => `${prefix}-${name}`);
  const log = ["kernel.warns", "kernel.logs", "allocation.fails"];
  return defineSystem({
    name: "recorded-linux-6.12",
    parameters: {},
    components,
    routes: [
      call("reporter", ["handle.looks-up"], ({ device }) => `handles-${groups[Number(device)]}`),
      call("reporter", ["param.gets", "param.puts", "partial.pushes", "group.collects"], param),
      call("reporter", ["group.responds", "group.frees"], param),
      call("reporter", ["group.delivered"], "handler"),
      call("reporter", ["driver.page-response", "reported", ...log], "outside"),
      call("attach-handles", ["handle.found", "handle.freed"], "reporter", "drop"),
      call("attach-handles", ["handle.changed"], "outside"),
      call("fault-param", ["param.got", "group.built"], "reporter"),
      call("fault-param", ["param.added", "param.removed", "queue.flushes", "work.queued"], queue),
      call("fault-param", ["group.freed"], "handler"),
      call("fault-param", ["driver.page-response", "flush.returns", ...log], "outside"),
      call("queue", ["param.adds", "param.removes", "partials.discard"], param),
      call("queue", ["queue.returns", "flush.returns", ...log], "outside"),
      call("worker", ["work.begins", "work.done"], (_, sender) => sender.replace("worker", "queue"), "block"),
      call("worker", ["work.runs"], "handler"),
      call("handler", ["group.responds", "group.frees", "group.dequeues", "group.forgets", "work.queues"], param),
      call("handler", ["work.forgets"], () => all("queue")),
      call("handler", ["work.done"], () => all("worker"), "drop"),
      call("handler", ["handler.returns"], "reporter"),
      call("handler", ["handler.loses-group"], "outside"),
    ],
    properties: [],
  });
}
