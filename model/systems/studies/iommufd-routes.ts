/** Who talks to whom in the study `iommufd`. */
import { call, type Route } from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { IommufdDesign, IommufdSizes } from "./iommufd-design.ts";

export const isDemand = ({ faultUser }: IommufdDesign): boolean => faultUser === "demand-pinner";
const queueNamed = (message: Message): string => `queue${field(message, "queue")}`;
const lockNamed = (message: Message): string => `fault-mutex${field(message, "queue")}`;
const by = (message: Message): string => field(message, "by");

export function routesOf(design: IommufdDesign, sizes: IommufdSizes): readonly Route[] {
  const demand = isDemand(design);
  const queues = range(sizes.faultQueues).map((queue) => `queue${queue}`);
  const nowhere = (): readonly string[] => [];
  const indexOf = (message: Message): readonly string[] => [
    `index${field(message, "grp")}`,
    ...(demand ? ["ioas"] : []),
  ];
  const locks = (role: string): readonly Route[] => [
    call(role, ["lock.acquires"], lockNamed, "block"),
    call(role, ["lock.releases"], lockNamed),
  ];
  return [
    call("group-index", ["pri.request"], () => [...(demand ? ["ioas"] : []), "intake"], "block"),
    call("fault-intake", ["driver.reports-fault"], "reporter", "block"),
    call("fault-intake", ["paging.done"], "reader"),
    call("fault-intake", ["completion.completes", "intake.seen"], nowhere),
    call("reporter", ["reported"], "intake"),
    call("reporter", ["handle.looks-up"], "handles"),
    call(
      "reporter",
      ["param.gets", "param.puts", "partial.pushes", "group.collects", "group.responds", "group.frees"],
      "param",
    ),
    call("reporter", ["group.delivered"], "handler"),
    call("reporter", ["driver.page-response"], indexOf),
    call("reporter", ["kernel.warns", "kernel.logs", "allocation.fails"], nowhere),
    call("attach-handles", ["handle.found"], "reporter"),
    call("attach-handles", ["handle.changed"], "control", "drop"),
    call("attach-handles", ["handle.freed"], () => ["reporter", "handler", ...queues], "drop"),
    call("fault-param", ["driver.page-response"], indexOf),
    call("fault-param", ["param.got", "group.built"], "reporter"),
    call("fault-param", ["param.added"], "control", "drop"),
    call("fault-param", ["param.removed", "allocation.fails"], nowhere),
    call("fault-param", ["group.freed"], () => ["handler", ...queues], "drop"),
    call("fault-handler", ["group.dequeues", "group.forgets"], "param"),
    call("fault-handler", ["handler.returns"], "reporter"),
    call("fault-handler", ["deliver.appends"], queueNamed),
    call("fault-handler", ["queue.wakes"], "reader"),
    ...locks("fault-handler"),
    call("fault-queue", ["deliver.seen", "deliver.fetched", "response.taken", "answer.taken", "queue.claimed"], by),
    call("fault-queue", ["group.forgets"], "param"),
    call("fault-reader", ["file.gets"], queueNamed, "block"),
    call(
      "fault-reader",
      ["file.puts", "deliver.looks", "deliver.fetches", "deliver.restores", "deliver.keeps"],
      queueNamed,
    ),
    call("fault-reader", ["paging.requests"], "intake"),
    call("fault-reader", ["copy.fails", "poll.returns"], nowhere),
    call("fault-reader", ["read.returns"], demand ? () => "vmm" : nowhere),
    ...locks("fault-reader"),
    call("fault-writer", ["file.gets"], queueNamed, "block"),
    call("fault-writer", ["file.puts", "response.takes"], queueNamed),
    call("fault-writer", ["group.responds", "group.frees"], "param"),
    call("fault-writer", ["copy.fails"], nowhere),
    call("fault-writer", ["write.returns"], demand ? () => "vmm" : nowhere),
    ...locks("fault-writer"),
    call("fd-closer", ["file.closes"], queueNamed, "block"),
    call("fd-closer", ["object.reads-context", "file.drops", "file.released"], queueNamed),
    call("control-thread", ["intake.opens", "intake.blocks", "intake.drains"], "intake"),
    call("control-thread", ["intake.awaits"], "intake", "block"),
    call("control-thread", ["handle.inserts", "handle.replaces", "handle.erases", "handle.frees"], "handles"),
    call("control-thread", ["param.adds", "param.removes", "group.responds", "group.frees"], "param"),
    call("control-thread", ["queue.unrefs", "answers.gathers", "answers.takes-next", "queue.destroys"], queueNamed),
    call("control-thread", ["hwpt.gets", "hwpt.puts", "control.returns", "kernel.warns", "allocation.fails"], nowhere),
    call("control-thread", ["queue.refs", "queue.claims", "queue.creates"], queueNamed, "block"),
    ...locks("control-thread"),
    call("demand-pinner", ["reader.reads"], "reader", "block"),
    call("demand-pinner", ["writer.writes"], "writer", "block"),
    call("demand-pinner", ["ioas.pins", "ioas.maps", "ioas.unmaps", "ioas.unpins"], "ioas"),
    call("demand-pinner", ["account.charges", "account.uncharges"], "account"),
    call("locked-vm", ["account.charged", "account.refused"], "vmm"),
  ];
}
