/** Who talks to whom in a traced system (trace-system.ts). */
import type { Message } from "../../../checker/json.ts";
import { call, type Route } from "../../../checker/system.ts";
import { threadRoutes } from "../../../model/systems/page-request-path.ts";
import { groupOf, range, requestThreadOf, type TraceSize } from "./trace-size.ts";

const by = (message: Message) => String(message["by"]);
const owned = (prefix: string) => (_: Message, sender: string) => sender.replace(/^\w+/, prefix);
const named = (prefix: string, field: string) => (message: Message) => `${prefix}-${Number(message[field])}`;
const all = (prefix: string, count: number) => range(count).map((k) => `${prefix}-${k}`);

const param = named("param", "device");
const queue = named("queue", "queue");
const lock = named("mutex", "queue");
const locks = (role: string) => [call(role, ["lock.acquires"], lock, "block"), call(role, ["lock.releases"], lock)];

/** From the report of a fault to its handler, and what discards partial faults. */
function coreRoutes(size: TraceSize): readonly Route[] {
  const { slots, queues, requestThreads = [] } = size;
  const reporters = all("reporter", slots);
  const borrowers = [...reporters, ...all("handler", slots), ...all("queue", queues)];
  const ofGroup = (prefix: string) => (message: Message) => `${prefix}-${groupOf(size, Number(message["device"]))}`;
  const iopf = ({ device }: Message): string => {
    const slot = requestThreadOf(size, Number(device));
    return slot === undefined ? "iopf" : `iopf-${slot}`;
  };
  /** A page request thread waits for its report. */
  const reported = (_: Message, sender: string): string =>
    requestThreads.some(({ slot }) => sender === `reporter-${slot}`) ? sender.replace("reporter", "prq") : "outside";
  return [
    ...threadRoutes({
      prq: { name: owned("ring"), role: "page-request-queue" },
      thread: { name: owned("prq"), role: "prq-thread" },
      reporter: owned("reporter"),
      queue: owned("iopf"),
    }),
    call("page-request-queue", ["pri.response", "iotlb.implicit-invalidation"], "outside"),
    call(
      "iopf-queue",
      ["queue.returns"],
      (_, sender) => (sender === "iopf" ? "outside" : sender.replace("iopf", "prq")),
      "drop",
    ),
    call("iopf-queue", ["param.adds", "param.removes", "partials.discard"], param),
    call("iopf-queue", ["kernel.warns"], "outside"),
    call("driver", ["queue.adds", "queue.removes"], iopf, "block"),
    call("reporter", ["handle.looks-up"], ofGroup("handles")),
    call("reporter", ["param.gets"], param, "block"),
    call("reporter", ["param.puts", "partial.pushes", "group.collects", "group.responds", "group.frees"], param),
    call("reporter", ["group.forgets"], param),
    call("reporter", ["group.delivered"], owned("handler")),
    call("reporter", ["reported"], reported, "drop"),
    call("reporter", ["driver.page-response", "kernel.warns", "kernel.logs", "allocation.fails"], "outside"),
    call("handles", ["handle.found"], () => reporters, "drop"),
    call("handles", ["handle.changed"], named("control", "iommuGroup"), "drop"),
    // A ghost, which marks borrowed pointers as dangling: no line shows it, and it would tie every thread to every other.
    call("handles", ["handle.freed"], () => []),
    call("param", ["param.got", "group.built"], () => reporters, "drop"),
    call("param", ["param.added"], (message) => [iopf(message), ofGroup("control")(message)], "drop"),
    call("param", ["param.removed"], iopf),
    call("param", ["driver.page-response", "kernel.warns", "allocation.fails", "flush.returns"], "outside"),
    call("param", ["group.freed"], () => ["outside", ...borrowers], "drop"),
  ];
}

/** The fault queues of iommufd, and the ioctls. */
const iommufdRoutes: readonly Route[] = [
  call("handler", ["group.dequeues", "group.forgets"], param),
  call("handler", ["handler.returns"], owned("reporter")),
  call("handler", ["deliver.appends"], queue),
  call("handler", ["queue.wakes"], "outside"),
  ...locks("handler"),
  call("queue", ["deliver.seen", "deliver.fetched", "response.taken", "answer.taken", "queue.claimed"], by, "drop"),
  call("queue", ["group.forgets"], param),
  call("reader", ["file.gets"], queue, "block"),
  call("reader", ["file.puts", "deliver.looks", "deliver.fetches", "deliver.restores", "deliver.keeps"], queue),
  call("reader", ["paging.requests", "copy.fails", "poll.returns", "read.returns"], "outside"),
  ...locks("reader"),
  call("writer", ["file.gets"], queue, "block"),
  call("writer", ["file.puts", "response.takes"], queue),
  call("writer", ["group.responds", "group.frees"], param),
  call("writer", ["copy.fails", "write.returns"], "outside"),
  ...locks("writer"),
  call("closer", ["file.closes"], queue, "block"),
  call("closer", ["object.reads-context", "file.drops", "file.released"], queue),
  call("control", ["intake.opens", "intake.blocks"], owned("group")),
  call("control", ["intake.drains", "intake.awaits"], "outside"),
  call("iommu-group", ["device.switches"], "outside"),
  call("iommu-group", ["device.unbinds"], owned("control"), "block"),
  call("control", ["handle.inserts", "handle.replaces", "handle.erases", "handle.frees"], owned("handles")),
  call("control", ["param.adds", "param.removes"], "driver"),
  call("control", ["group.responds", "group.frees"], param),
  call("control", ["queue.unrefs", "answers.gathers", "answers.takes-next", "queue.destroys"], queue),
  call("control", ["hwpt.gets", "hwpt.puts", "control.returns", "iopf.counted"], "outside"),
  call("control", ["kernel.warns", "allocation.fails"], "outside"),
  call("control", ["queue.refs", "queue.claims", "queue.creates"], queue, "block"),
  ...locks("control"),
];

export const traceRoutes = (size: TraceSize): readonly Route[] => [...coreRoutes(size), ...iommufdRoutes];
