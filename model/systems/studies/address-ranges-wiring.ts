/** Who calls whom in the focused model `address-ranges`, and whose steps are fair. */
import type { Message } from "../../../checker/json.ts";
import { call, takesSteps, type Component, type FairnessClass, type Route } from "../../../checker/system.ts";
import { attachProbeSteps } from "../../machines/linux/vfio/type1/ranges/attach-probe.ts";
import { pageAccessSteps } from "../../machines/linux/vfio/type1/ranges/page-access.ts";
import { cacheDriverSteps } from "../../machines/linux/vfio/type1/ranges/page-cache-driver.ts";
import { pinLoopSteps } from "../../machines/linux/vfio/type1/ranges/pin-loop.ts";
import { rangeHandlerSteps } from "../../machines/linux/vfio/type1/ranges/range-fault-handler.ts";
import { rangeUserSteps } from "../../machines/linux/vfio/type1/ranges/range-user.ts";
import { unpinLoopSteps } from "../../machines/linux/vfio/type1/ranges/unpin-loop.ts";
import { field } from "../host-side.ts";

export type Components = { readonly [name: string]: Component };

const asker = (message: Message): string => field(message, "by");
const lockNamed = (message: Message): string => field(message, "lock");
const LOCKERS = ["range-user", "pin-loop", "range-fault-handler", "page-cache-driver", "page-access", "attach-probe"];

export function routesOf(components: Components): readonly Route[] {
  const those = (...names: readonly string[]): readonly string[] => names.filter((name) => name in components);
  return [
    ...LOCKERS.flatMap((role) => [
      call(role, ["lock.acquires"], lockNamed, "block"),
      call(role, ["lock.releases"], lockNamed),
    ]),
    call(
      "range-user",
      ["list.checks-map", "list.checks-unmap", "list.finds", "list.links", "list.grows", "list.unlinks"],
      "list",
    ),
    call("range-user", ["loop.starts"], "map-loop"),
    call("range-user", ["unpin.starts"], "unmap-loop"),
    call("range-user", ["pages.let-go"], () => those("driver", "access")),
    call("dma-list", ["list.checked", "list.found"], asker),
    call("pin-loop", ["memory.gets", "memory.puts"], "memory"),
    call("pin-loop", ["domain.maps"], "domain"),
    call("pin-loop", ["loop.mapped"], asker, "drop"),
    call("pin-loop", ["loop.done"], asker),
    call("unpin-loop", ["access.keeps"], "access"),
    call("unpin-loop", ["domain.reads", "domain.unmaps"], "domain"),
    call("unpin-loop", ["memory.puts"], "memory"),
    call("unpin-loop", ["unpin.done"], asker),
    call("process-memory", ["memory.got", "memory.driver-got"], asker),
    call("iova-domain", ["domain.read"], asker),
    call("iova-domain", ["mapping.shown"], (_, sender) => (sender === "new-domain" ? "new-device" : [])),
    call("range-device", ["domain.reads"], "domain"),
    call("range-device", ["page.requested"], "handler", "block"),
    call("range-fault-handler", ["list.finds"], "list"),
    call("range-fault-handler", ["domain.reads"], "domain"),
    call("range-fault-handler", ["loop.starts"], "fault-loop"),
    call("range-fault-handler", ["page.answered"], "device"),
    call("page-cache-driver", ["list.finds"], "list"),
    call("page-cache-driver", ["memory.driver-gets", "memory.puts"], "memory"),
    call("page-access", ["domain.reads"], "domain"),
    call("page-access", ["access.kept"], asker),
    call("page-access", ["memory.puts"], "memory"),
    call("attach-probe", ["domain.maps", "domain.unmaps"], "new-domain"),
  ];
}

/** Steps of threads that have begun; what begins on its own is the environment's. */
const THREADS: { readonly [component: string]: readonly Message[] } = {
  user: rangeUserSteps,
  "map-loop": pinLoopSteps,
  "unmap-loop": unpinLoopSteps,
  handler: rangeHandlerSteps,
  "fault-loop": pinLoopSteps,
  driver: cacheDriverSteps,
  access: pageAccessSteps,
  attach: attachProbeSteps,
};

export function fairnessOf(components: Components): { readonly [group: string]: readonly FairnessClass[] } {
  const there = Object.entries(THREADS).filter(([name]) => name in components);
  const locking = (steps: readonly Message[]): readonly string[] =>
    steps.map(({ type }) => type).filter((type) => type.endsWith(".locks"));
  return {
    threads: there.map(([name, steps]) =>
      takesSteps(
        name,
        "weak",
        steps.map(({ type }) => type),
      ),
    ),
    hardware: [],
    devices: "device" in components ? [takesSteps("device", "weak", ["device.retries"])] : [],
    lock: there.flatMap(([name, steps]) => locking(steps).map((type) => takesSteps(name, "strong", [type]))),
  };
}
