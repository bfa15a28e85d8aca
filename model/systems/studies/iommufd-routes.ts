/** Who talks to whom in the focused model `iommufd`. */
import { call, type Route } from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import { iommufdRoutes } from "../iommufd-routes.ts";
import type { IommufdDesign, IommufdSizes } from "./iommufd-design.ts";

export const isDemand = ({ faultUser }: IommufdDesign): boolean => faultUser === "demand-pinner";
const queueNamed = (message: Message): string => `queue${field(message, "queue")}`;
const lockNamed = (message: Message): string => `fault-mutex${field(message, "queue")}`;

export function routesOf(design: IommufdDesign, sizes: IommufdSizes): readonly Route[] {
  const demand = isDemand(design);
  const queues = range(sizes.faultQueues).map((queue) => `queue${queue}`);
  const nowhere = (): readonly string[] => [];
  const indexOf = (message: Message): readonly string[] => [
    `index${field(message, "grp")}`,
    ...(demand ? ["ioas"] : []),
  ];
  return [
    call("group-index", ["pri.request"], () => [...(demand ? ["ioas"] : []), "intake"], "block"),
    call("fault-intake", ["driver.reports-fault"], "reporter", "block"),
    call("fault-intake", ["paging.done"], "reader"),
    call("fault-intake", ["completion.completes", "prq.seen"], nowhere),
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
    ...iommufdRoutes({
      queue: queueNamed,
      param: "param",
      handles: "handles",
      woken: "reader",
      mutex: lockNamed,
      paging: "intake",
      calls: demand ? "vmm" : nowhere,
      outside: nowhere,
      released: [],
      intake: "intake",
      enabler: "param",
      hwptQueue: queueNamed,
      hwpt: nowhere,
    }),
    call("demand-pinner", ["reader.reads"], "reader", "block"),
    call("demand-pinner", ["writer.writes"], "writer", "block"),
    call("demand-pinner", ["ioas.pins", "ioas.maps", "ioas.unmaps", "ioas.unpins"], "ioas"),
    call("demand-pinner", ["account.charges", "account.uncharges"], "account"),
    call("locked-vm", ["account.charged", "account.refused"], "vmm"),
  ];
}
