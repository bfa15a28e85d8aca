/** CMD: the command queue of the IOMMU. */
import type { Message } from "../../../checker/json.ts";
import { always, canAlways, each, messages, sometimes } from "../../../checker/property.ts";
import type { CommandQueueContext } from "../../../model/machines/iommu/command-queue.ts";
import type { PageReleaseContext } from "../../../model/machines/linux/vfio/type1/page-release.ts";
import { hardwareRule } from "../sources.ts";
import { releasesDuringDma, where } from "../parameters.ts";

const queue = each<CommandQueueContext>("command-queue");
const invalidates = ({ type }: Message): boolean =>
  type === "command.invalidates-iotlb" || type === "command.invalidates-atc";

export const cmd = [
  always({
    id: "CMD-1",
    name: "fence-completes-invalidations",
    statement: "When a wait for invalidations ends, every earlier invalidation of the page has completed.",
    source: hardwareRule("S7, I5"),
    witness: "CMD-2",
    reads: { queue, release: each<PageReleaseContext>("page-release"), commands: messages("commands") },
    given: {
      "a wait for invalidations has ended": ({ release: r }) =>
        r.state === "releasing" && r.context.steps[r.context.done - 1] === "wait",
    },
    parts: {
      "none of the page is outstanding": ({ queue: q, release: r }) =>
        q.context.outstanding.every(({ page }) => page !== r.context.page),
      "none of the page is in the queue": ({ release: r, commands }) =>
        commands.filter(invalidates).every(({ page }) => page !== r.context.page),
    },
    values: ({ queue: q, release: r, commands }) => ({
      page: r.context.page,
      outstanding: q.context.outstanding.length,
      "in the queue": commands.filter(invalidates).length,
    }),
  }),
  sometimes({
    id: "CMD-2",
    name: "invalidation-outstanding",
    statement: "An invalidation is outstanding.",
    source: hardwareRule("I5"),
    applies: where(releasesDuringDma),
    reads: { queue },
    holds: ({ queue: q }) => q.context.outstanding.length > 0,
  }),
  sometimes({
    id: "CMD-3",
    name: "response-behind-fence",
    statement: "A page response waits in the command queue behind a fence.",
    source: hardwareRule("fact 9, S32"),
    applies: where(
      ({ hardware, host, bounds }) =>
        host.respondWhen === "after-unlock" &&
        bounds.commands > 1 &&
        bounds.unmaps &&
        (hardware.ats !== "off" || bounds.devices * bounds.slots > 1),
    ),
    reads: { queue, commands: messages("commands") },
    holds: ({ queue: q, commands }) =>
      q.context.outstanding.length > 0 &&
      commands[0]?.type === "command.fences" &&
      commands.slice(1).some(({ type }) => type === "command.responds" || type === "command.resumes"),
  }),
  canAlways({
    id: "CMD-4",
    name: "command-queue-can-drain",
    statement: "The command queue can always become empty with no invalidation outstanding.",
    source: hardwareRule("L4"),
    witness: "CMD-5",
    reads: { queue, commands: messages("commands") },
    parts: {
      "no invalidation is outstanding": ({ queue: q }) => q.context.outstanding.length === 0,
      "the command queue is empty": ({ commands }) => commands.length === 0,
    },
  }),
  sometimes({
    id: "CMD-5",
    name: "command-waits",
    statement: "A command waits in the command queue.",
    source: hardwareRule("fact 9"),
    reads: { queue, commands: messages("commands") },
    holds: ({ commands }) => commands.length > 0,
  }),
] as const;
