/** Host memory without lasting pins: pages that the host takes away as it likes, with MMU notifier calls around it. */
import { call, send } from "../../checker/system.ts";
import { invalidator, invalidatorSteps, type NotifierDesign } from "../machines/host/invalidator.ts";
import { mmPage } from "../machines/host/mm-page.ts";
import {
  unpinnedResolver,
  unpinnedResolverSteps,
  type UnpinnedResolverRules,
} from "../machines/vfio/unpinned-resolver.ts";
import { range, type Configuration } from "./configuration.ts";
import { field, pageOf, translationOf, type Part } from "./host-side.ts";

/** One process, whose pages are all writable, and whose addresses stay valid. */
const resolverRules = (
  name: string,
  domains: readonly number[],
  pages: number,
  design: NotifierDesign,
): UnpinnedResolverRules => ({
  name,
  domains: { read: domains, write: domains },
  pages,
  retries: design === "sequence-retry",
  compares: true,
  readMaps: "writable",
  bitPer: "page",
  whileWithheld: "ignores",
  takesReference: true,
});

export function notifiedMemory({ hardware, host, bounds }: Configuration, design: NotifierDesign): Part {
  const pages = range(bounds.pages);
  return {
    components: {
      ...Object.fromEntries(
        pages.map((page) => [`page${page}`, { machine: mmPage, input: { page }, role: "mm-page" }]),
      ),
      invalidator: {
        machine: invalidator,
        input: { design, domains: range(host.domains), devices: hardware.ats === "off" ? [] : range(bounds.devices) },
        role: "invalidator",
        events: invalidatorSteps(pages),
      },
      ...Object.fromEntries(
        range(host.workers).map((worker) => [
          `resolver${worker}`,
          {
            machine: unpinnedResolver,
            input: { ...resolverRules(`resolver${worker}`, range(host.domains), pages.length, design) },
            role: "unpinned-resolver",
            events: unpinnedResolverSteps(pages, { withheld: false }),
          },
        ]),
      ),
    },
    channels: {},
    routes: [
      call("invalidator", ["mm.invalidation-begins", "mm.clears", "mm.frees", "mm.invalidation-ends"], pageOf, "block"),
      call("invalidator", ["lock.acquires"], "lock", "block"),
      call("invalidator", ["lock.releases"], "lock"),
      call("invalidator", ["translation.unmaps"], translationOf),
      call("invalidator", ["container.clears"], "container"),
      send("invalidator", ["command.invalidates-iotlb", "command.invalidates-atc", "command.fences"], "commands"),
      call("invalidator", ["invalidator.done"], (message) => field(message, "by")),
      call("mm-page", ["mm.sampled", "mm.got", "mm.compared"], (message) => field(message, "by")),
      call("unpinned-resolver", ["lock.acquires"], "lock", "block"),
      call("unpinned-resolver", ["lock.releases"], "lock"),
      call("unpinned-resolver", ["container.finds", "container.marks"], "container"),
      call("unpinned-resolver", ["mm.samples", "mm.gets", "mm.puts", "mm.compares"], pageOf, "block"),
      call("unpinned-resolver", ["translation.maps"], translationOf),
      call("unpinned-resolver", ["invalidator.starts"], "invalidator", "block"),
      call("unpinned-resolver", ["resolver.done"], (_, sender) => sender.replace("resolver", "worker")),
    ],
    prologue: [],
  };
}
