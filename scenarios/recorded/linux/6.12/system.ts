/** The parts of Linux 6.12 that a recording needs, wired to the IOPF core as the searched systems wire it. */
import type { Json, Message } from "../../../../checker/json.ts";
import { call, defineSystem, type System } from "../../../../checker/system.ts";
import { outside } from "../../../../model/machines/linux/iommu/io-pgfault/outside.ts";
import { coreRoutes } from "./core.ts";
import type { Part, Setting } from "./part.ts";

export function linux612System(setting: Setting, parts: readonly Part[]): System {
  const wirings = parts.map(({ wiring }) => wiring(setting));
  const handlers = wirings.flatMap(({ handler }) => (handler ? [handler] : []));
  const own = (_: Message, worker: string): string => worker.replace("worker", "queue");
  const handlerOf = (handler: Json): string => {
    const found = handlers.find(({ takes }) => takes(handler));
    if (!found) throw new Error(`No part of the replay handles ${JSON.stringify(handler)}.`);
    return found.component;
  };
  return defineSystem({
    name: "recorded-linux-6.12",
    parameters: {},
    components: {
      ...Object.assign({}, ...wirings.map(({ components }) => components)),
      outside: { machine: outside, role: "outside" },
    },
    routes: [
      ...coreRoutes(
        setting,
        ({ handle }) => handlerOf((handle as { domain: { handler: Json } }).domain.handler),
        handlers.map(({ component }) => component),
      ),
      call("reporter", ["reported"], "outside"),
      call("worker", ["work.begins", "work.done"], own, "block"),
      // The work function is that of the handler which queued the work; no other takes it.
      call("worker", ["work.runs"], () => handlers.map(({ component }) => component), "drop"),
      ...wirings.flatMap(({ routes }) => routes),
    ],
    properties: [],
  });
}
