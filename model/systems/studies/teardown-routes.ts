/** Who talks to whom in the focused model `teardown`. */
import type { Message } from "../../../checker/json.ts";
import { call, send, type Route } from "../../../checker/system.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import { svaRoutes612 } from "../iommu-sva-6.12.ts";
import { drainRoutes as drainPath } from "../page-request-path.ts";
import type { TeardownDesign, TeardownSizes } from "./teardown-design.ts";

export const byUser = ({ handledBy }: TeardownDesign): boolean => handledBy === "user";
/** Whether drains are threads of their own, which wait for a completion. */
export const hasDrains = ({ drainsAtOnce, queueOverflows }: TeardownSizes): boolean =>
  drainsAtOnce > 1 || queueOverflows > 0;
/** The completion that a drain waits for. */
const completionOf = (drain: number, { drainCompletion }: TeardownDesign): string =>
  drainCompletion === "shared" ? "completion" : `completion${drain}`;
export const completionsOf = (design: TeardownDesign, sizes: TeardownSizes): readonly string[] =>
  hasDrains(sizes) ? [...new Set(range(sizes.drainsAtOnce).map((drain) => completionOf(drain, design)))] : [];

const lockNamed = (message: Message): string => field(message, "lock");
const locks = (role: string): readonly Route[] => [
  call(role, ["lock.acquires"], lockNamed, "block"),
  call(role, ["lock.releases"], lockNamed),
];

function drainRoutes(design: TeardownDesign, sizes: TeardownSizes): readonly Route[] {
  const completions = completionsOf(design, sizes);
  return [
    call("fault-intake", ["completion.completes"], () => completions),
    call("fault-intake", ["paging.done"], "drain1"),
    call("queue-drain", ["paging.requests"], "intake"),
    ...drainPath({
      prq: { name: "intake", role: "fault-intake" },
      completionOf: (message) => completionOf(Number(message["drain"]), design),
    }),
    ...locks("queue-drain"),
  ];
}

export function routesOf(design: TeardownDesign, sizes: TeardownSizes): readonly Route[] {
  const indices = range(sizes.slots).map((index) => `index${index}`);
  const user = byUser(design);
  const nowhere = (): readonly string[] => [];
  const borrowers = user ? ["reporter", "handler", "queue0"] : ["reporter", "handler"];
  const owners = user ? ["handler", "queue0"] : ["handler"];
  return [
    call("group-index", ["pri.request"], "intake", "block"),
    send("fault-intake", ["pri.arrives"], "wire"),
    send("fault-intake", ["driver.page-response"], "responses"),
    call("fault-intake", ["driver.reports-fault"], "reporter", "block"),
    call("reporter", ["reported"], "intake"),
    call("reporter", ["handle.looks-up"], "handles"),
    call(
      "reporter",
      ["param.gets", "param.puts", "partial.pushes", "group.collects", "group.responds", "group.frees"],
      "param",
    ),
    call("reporter", ["group.delivered"], "handler"),
    send("reporter", ["driver.page-response"], "responses"),
    call("reporter", ["kernel.warns", "kernel.logs", "allocation.fails"], nowhere),
    call("attach-handles", ["handle.found"], "reporter"),
    call("attach-handles", ["handle.changed"], nowhere),
    call("attach-handles", ["handle.freed"], () => borrowers, "drop"),
    send("fault-param", ["driver.page-response"], "responses"),
    call("fault-param", ["param.got", "group.built"], "reporter"),
    call("fault-param", ["param.added", "param.removed", "queue.flushes"], "iopf-queue"),
    call("fault-param", ["work.queued"], () => ["iopf-queue", "handler"]),
    call("fault-param", ["group.freed"], () => owners, "drop"),
    call("fault-param", ["flush.returns"], "teardown"),
    call("fault-param", ["kernel.warns"], nowhere),
    call("iopf-queue", ["flush.returns"], "teardown"),
    call("iopf-queue", ["param.adds", "param.removes", "partials.discard"], "param"),
    call("iopf-queue", ["queue.returns", "kernel.warns"], nowhere),
    ...svaRoutes612({
      handler: "handler",
      memory: "memory",
      param: "param",
      queues: "iopf-queue",
      workers: "worker",
      faults: nowhere,
    }),
    ...locks("sva-handler"),
    call("iopf-worker", ["work.begins"], "iopf-queue", "block"),
    call("iopf-worker", ["work.runs"], "handler", "block"),
    call("iopf-worker", ["work.done"], "iopf-queue"),
    call("fault-handler", ["group.dequeues", "group.forgets"], "param"),
    call("fault-handler", ["handler.returns"], "reporter"),
    call("fault-handler", ["deliver.appends"], "queue0"),
    call("fault-queue", ["answer.taken"], (message) => field(message, "by")),
    call("fault-queue", ["group.forgets"], "param"),
    call("answering-user", ["answers.takes-next"], "queue0"),
    call("answering-user", ["group.responds", "group.frees"], "param"),
    ...locks("answering-user"),
    call("teardown-thread", ["pri.disables", "pri.enables", "device.resets"], () => indices),
    call("teardown-thread", ["intake.opens", "intake.blocks"], "intake"),
    call(
      "teardown-thread",
      ["intake.drains", "intake.awaits", "intake.settles"],
      hasDrains(sizes) ? "drain0" : "intake",
      "block",
    ),
    ...drainRoutes(design, sizes),
    call("teardown-thread", ["handle.inserts", "handle.erases", "handle.frees"], "handles"),
    call("teardown-thread", ["param.flushes", "param.adds", "param.removes", "group.responds", "group.frees"], "param"),
    call("teardown-thread", ["answers.takes-next"], user ? "queue0" : nowhere),
    call("teardown-thread", ["mm.exits", "mm.begin"], user ? nowhere : () => ["memory"]),
    send("teardown-thread", ["wire.fences"], "wire"),
    send("teardown-thread", ["responses.fences"], "responses"),
    ...locks("teardown-thread"),
  ];
}
