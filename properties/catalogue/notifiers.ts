/** LSN: listeners to the memory of a process that come and go, and what they are told. */
import { all, always, canAlways, each, leadsTo, sometimes, type Seen } from "../../checker/property.ts";
import type { HandleTableContext } from "../../model/machines/device/handle-table.ts";
import type { InvalidationThreadContext } from "../../model/machines/linux/mm/notifier/listeners/invalidation-thread.ts";
import type { ListenerContext } from "../../model/machines/linux/mm/notifier/listeners/listener.ts";
import type { ListenerOwnerContext } from "../../model/machines/linux/mm/notifier/listeners/listener-owner.ts";
import type { SubscriptionsContext } from "../../model/machines/linux/mm/notifier/listeners/subscriptions.ts";
import type { ToldPageContext } from "../../model/machines/linux/mm/notifier/listeners/told-page.ts";
import { LISTENERS, type NotifiersDesign, type NotifiersSizes } from "../../model/systems/studies/notifiers-design.ts";
import { inStudy } from "./parameters.ts";
import { vfioRule } from "./sources.ts";

type Condition = (host: NotifiersDesign, bounds: NotifiersSizes) => boolean;
const here = (condition?: Condition) => inStudy<NotifiersDesign, NotifiersSizes>("notifiers", condition);
const has =
  (kind: string): Condition =>
  (_, { listeners }) =>
    Object.values(LISTENERS[listeners]).some((one) => one === kind);

const page = each<ToldPageContext>("told-page");
const device = each<HandleTableContext>("handle-table");
const listener = each<ListenerContext>("listener");
const owner = each<ListenerOwnerContext>("listener-owner");
const owners = all<ListenerOwnerContext>("listener-owner");
const thread = each<InvalidationThreadContext>("invalidation-thread");
const threads = all<InvalidationThreadContext>("invalidation-thread");
const subscriptions = each<SubscriptionsContext>("subscriptions");

const isIdle = ({ state }: Seen<InvalidationThreadContext>): boolean => state === "idle";
const translates = ({ mapped }: HandleTableContext, name: string, wanted: number): boolean =>
  mapped.some((one) => one.listener === name && one.page === wanted);

export const lsn = [
  always({
    id: "LSN-1",
    name: "no-listener-on-freed-frame",
    statement: "No device translates a page to a frame that was freed, whichever listener has mapped it.",
    source: vfioRule("I-02, I-14"),
    witness: "LSN-2",
    applies: here(),
    reads: { page, device },
    holds: ({ page: { context: p }, device: { context: d } }) => p.freed.every((name) => !translates(d, name, p.page)),
    values: ({ page: { context: p }, device: { context: d } }) => ({
      "listeners with a freed frame": p.freed,
      "what the device translates": d.mapped.map((one) => `page ${one.page} for ${one.listener}`),
    }),
  }),
  sometimes({
    id: "LSN-2",
    name: "invalidation-of-mapped-page",
    statement: "A thread takes a page from the process that a device translates.",
    source: vfioRule("rows 16, 25"),
    applies: here(),
    reads: { device, thread },
    holds: ({ device: { context: d }, thread: { context: t } }) => d.mapped.some((one) => t.pages.includes(one.page)),
  }),
  always({
    id: "LSN-3",
    name: "no-callback-after-free",
    statement:
      "Neither a callback nor the interval tree uses the structure of a listener after its driver has freed it.",
    source: vfioRule("I-30"),
    witness: "LSN-4",
    applies: here(),
    reads: { listener },
    holds: ({ listener: { context } }) => !context.freedUse,
  }),
  sometimes({
    id: "LSN-4",
    name: "close-during-invalidation",
    statement: "A driver stops listening while its listener is called.",
    source: vfioRule("I-30"),
    applies: here(),
    reads: { owner, thread },
    holds: ({ owner: o, thread: { context: t } }) =>
      o.state === "closing" && t.left.some((step) => "listener" in step && step.listener === o.context.listener),
  }),
  always({
    id: "LSN-5",
    name: "starts-paired-with-ends",
    statement:
      "While nothing is taken from the process, no listener in the list and no interval tree counts an invalidation.",
    source: vfioRule("I-12"),
    witness: "LSN-2",
    applies: here(),
    reads: { threads, listener, subscriptions },
    parts: {
      "the listener has heard as many ends as starts": ({
        threads: every,
        listener: { name, context: l },
        subscriptions: { context: s },
      }) => !every.every(isIdle) || !s.list.includes(name) || l.count === 0,
      "no end comes without its start": ({ listener: { context: l } }) => !l.unpaired,
      "the interval tree has ended each invalidation": ({ threads: every, subscriptions: { context: s } }) =>
        !every.every(isIdle) || s.active === 0,
    },
  }),
  sometimes({
    id: "LSN-6",
    name: "listener-refuses",
    statement: "A listener refuses, because it must not sleep.",
    source: vfioRule("I-12; 4.3"),
    applies: here((_, { refuses }) => refuses),
    reads: { thread },
    holds: ({ thread: { context } }) => context.refused,
  }),
  always({
    id: "LSN-7",
    name: "update-queue-works",
    statement:
      "The queue that updates translations for all drivers never gets an update for a handle that was revoked.",
    source: vfioRule("I-30"),
    witness: "LSN-4",
    applies: here(),
    reads: { device },
    holds: ({ device: { context } }) => !context.failed,
  }),
  canAlways({
    id: "LSN-8",
    name: "listener-can-go",
    statement: "A driver can always stop listening, whatever the memory management does.",
    source: vfioRule("I-38"),
    witness: "LSN-4",
    applies: here(),
    reads: { owner },
    holds: ({ owner: o }) => o.state === "away",
  }),
  leadsTo({
    id: "LSN-9",
    name: "invalidation-ends",
    statement: "A thread that takes pages from the process comes to its end.",
    source: vfioRule("I-38"),
    witness: "LSN-2",
    applies: here(),
    reads: { thread },
    when: ({ thread: t }) => t.state !== "idle",
    eventually: ({ thread: t }) => t.state === "idle",
    assumes: ["threads"],
  }),
  leadsTo({
    id: "LSN-10",
    name: "close-returns",
    statement:
      "A driver that stops listening is done in the end, if one thread at a time takes pages from the process.",
    source: vfioRule("I-38"),
    witness: "LSN-4",
    applies: here((_, { threads: count }) => count === 1),
    reads: { owner },
    when: ({ owner: o }) => o.state === "closing",
    eventually: ({ owner: o }) => o.state === "away",
    assumes: ["threads"],
  }),
  sometimes({
    id: "LSN-11",
    name: "tree-change-deferred",
    statement: "A listener of the interval tree comes or goes while the tree must not change, and is deferred.",
    source: vfioRule("VFIO facts 4.3"),
    applies: here(has("tree")),
    reads: { subscriptions },
    holds: ({ subscriptions: { context } }) => context.adds.length + context.removes.length > 0,
  }),
  sometimes({
    id: "LSN-12",
    name: "unregister-waits-for-reader",
    statement: "A driver waits in synchronize_srcu() for a thread that walks the list.",
    source: vfioRule("I-30"),
    applies: here(has("list")),
    reads: { subscriptions },
    holds: ({ subscriptions: { context } }) => context.graces.some(({ on }) => on.length > 0),
  }),
  sometimes({
    id: "LSN-13",
    name: "close-can-wait-for-ever",
    statement:
      "A driver waits for a sequence count that changes only when two invalidations that overlap have both ended.",
    source: vfioRule("I-38"),
    applies: here((host, bounds) => bounds.threads > 1 && has("tree")(host, bounds)),
    reads: { owners, subscriptions },
    holds: ({ owners: every, subscriptions: { context } }) =>
      context.active > 1 && every.some(({ name, state }) => state === "closing" && context.awaiting.includes(name)),
  }),
];
