/** The threads that resolve faults for VFIO, one for each responder: what they call, and who is told. */
import { call } from "../../checker/system.ts";
import type { Message } from "../../checker/json.ts";
import { faultResolver, faultResolverSteps } from "../machines/linux/vfio/iopf/fault-resolver.ts";
import { collectsGroups, range, type Configuration } from "./configuration.ts";
import { pageOf, translationOf, type Part } from "./host-side.ts";

/** Responder "worker1" has "resolver1". */
export const resolverOf = (_: Message, responder: string): string => responder.replace("worker", "resolver");

const isQueued61 = (configuration: Configuration): boolean =>
  configuration.host.core === "6.1" && collectsGroups(configuration);

export function resolvers(configuration: Configuration): Part {
  const { host } = configuration;
  return {
    components: Object.fromEntries(
      range(host.workers).map((worker) => [
        `resolver${worker}`,
        {
          machine: faultResolver,
          input: {
            name: `resolver${worker}`,
            domains: range(host.domains),
            locks: host.workerLocks,
            overLimit: host.reclaim === "direct" ? "evict" : "refuse",
            evictsOwnGroup: host.evictsOwnGroup,
            // A worker of 6.1 resolves fault by fault and answers for the group later: there is no lock to keep.
            respondWhen: isQueued61(configuration) ? "after-unlock" : host.respondWhen,
          },
          role: "fault-resolver",
          events: faultResolverSteps,
        },
      ]),
    ),
    channels: {},
    routes: [
      call("fault-resolver", ["lock.acquires"], "lock", "block"),
      call("fault-resolver", ["lock.releases"], "lock"),
      call("fault-resolver", ["container.finds", "container.marks", "container.picks-victim"], "container"),
      call("fault-resolver", ["host.pins", "host.unpins"], pageOf),
      call("fault-resolver", ["account.charges"], "account"),
      call("fault-resolver", ["translation.maps"], translationOf),
      call("fault-resolver", ["release.starts"], "release", "block"),
      call("fault-resolver", ["resolver.done"], (_, sender) => sender.replace("resolver", "worker")),
    ],
    prologue: [],
  };
}
