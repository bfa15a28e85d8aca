/** Host memory without lasting pins: pages that the host takes away as it likes, with MMU notifier calls around it. */
import { call, send } from "../../checker/system.ts";
import { mmOperation, type OperationRules } from "../machines/linux/mm/notifier/mm-operation.ts";
import { RECLAIMS, type NotifierDesign } from "../machines/linux/mm/notifier/operation-steps.ts";
import { mmPage } from "../machines/linux/mm/mm-page.ts";
import {
  unpinnedResolver,
  unpinnedResolverSteps,
  type UnpinnedResolverRules,
} from "../machines/linux/vfio/iopf/unpinned-resolver.ts";
import { range, type Configuration } from "./configuration.ts";
import { field, pageOf, translationOf, type Part } from "./host-side.ts";

/** One process, whose pages are all writable, and whose addresses stay valid. */
const resolverRules = (
  name: string,
  { domains, premap }: { readonly domains: readonly number[]; readonly premap: number },
  design: NotifierDesign,
): UnpinnedResolverRules => ({
  name,
  domains: { read: domains, write: domains },
  firstWriteBit: 0,
  retries: design === "sequence-retry",
  compares: true,
  readMaps: "writable",
  bitPer: "page",
  whileWithheld: "ignores",
  takesReference: true,
  premap,
});

const reclaimRules = (
  domains: readonly number[],
  devices: readonly number[],
  design: NotifierDesign,
): OperationRules => ({
  name: "reclaim",
  steps: { reclaim: RECLAIMS[design] },
  domains,
  devices,
  superpage: null,
  firstWriteBit: null,
  onMismatch: "clears-returned",
  refuses: false,
  errorKeepsLock: false,
});

export function notifiedMemory({ hardware, host, bounds }: Configuration, design: NotifierDesign): Part {
  const pages = range(bounds.pages);
  const domains = range(host.domains);
  const premap = design === "sequence-retry" ? 1 : host.premap;
  return {
    components: {
      ...Object.fromEntries(
        pages.map((page) => [`page${page}`, { machine: mmPage, input: { page }, role: "mm-page" }]),
      ),
      reclaim: {
        machine: mmOperation,
        input: {
          ...reclaimRules(domains, hardware.ats === "off" ? [] : range(bounds.devices), design),
        },
        role: "mm-reclaim",
        events: [
          ...pages.map((page) => ({ type: "operation.starts", kind: "reclaim", pages: [page] })),
          { type: "operation.steps" },
        ],
      },
      ...Object.fromEntries(
        range(host.workers).map((worker) => [
          `resolver${worker}`,
          {
            machine: unpinnedResolver,
            input: { ...resolverRules(`resolver${worker}`, { domains, premap }, design) },
            role: "unpinned-resolver",
            events: unpinnedResolverSteps(pages, { withheld: false }),
          },
        ]),
      ),
    },
    channels: {},
    routes: [
      call("mm-reclaim", ["mm.invalidation-begins", "mm.clears", "mm.frees", "mm.invalidation-ends"], pageOf, "block"),
      call("mm-reclaim", ["lock.acquires"], "lock", "block"),
      call("mm-reclaim", ["lock.releases"], "lock"),
      call("mm-reclaim", ["translation.unmaps"], translationOf),
      call("mm-reclaim", ["container.clears"], "container"),
      send("mm-reclaim", ["command.invalidates-iotlb", "command.invalidates-atc", "command.fences"], "commands"),
      call("mm-reclaim", ["operation.done"], (message) => field(message, "by")),
      call("mm-page", ["mm.sampled", "mm.got", "mm.compared"], (message) => field(message, "by")),
      call("unpinned-resolver", ["lock.acquires"], "lock", "block"),
      call("unpinned-resolver", ["lock.releases"], "lock"),
      call("unpinned-resolver", ["container.finds", "container.marks"], "container"),
      call("unpinned-resolver", ["mm.samples", "mm.gets", "mm.puts", "mm.compares"], pageOf, "block"),
      call("unpinned-resolver", ["translation.maps"], translationOf),
      call("unpinned-resolver", ["operation.starts"], "reclaim", "block"),
      call("unpinned-resolver", ["resolver.done"], (_, sender) => sender.replace("resolver", "worker")),
    ],
    prologue: [],
  };
}
