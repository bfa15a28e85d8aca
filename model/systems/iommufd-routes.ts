/**
 * Who talks to whom between the objects of iommufd above the IOPF core: fault handler, fault queues, the threads that read,
 * write and close, and the thread that attaches. The focused model and the replay of recordings are wired with it.
 */
import type { Message } from "../../checker/json.ts";
import { call, type Call, type Route } from "../../checker/system.ts";
import { field } from "./iommu-side.ts";

type To = Call["to"] | string;

/** What is around these objects, or what they are called. */
export interface IommufdEnds {
  /** The fault queue that a message names. */
  readonly queue: (message: Message) => string;
  /** The fault parameter of a device in the IOPF core. */
  readonly param: To;
  /** Where the attach handles of the group are kept. */
  readonly handles: To;
  /** Takes wake_up_interruptible(). */
  readonly woken: To;
  /** The mutex of the fault queue that a message names. */
  readonly mutex: To;
  /** Whoever pages in a page of the buffer of a reader. */
  readonly paging: To;
  /** What read() and write() return. */
  readonly calls: To;
  /** What hears of other results, warnings and failures. */
  readonly outside: To;
  /** Takes the release of a file, after its queue. */
  readonly released: readonly string[];
  /** Lets requests of the device through, stops them, drains them. */
  readonly intake: To;
  /** Enables and disables page faults of a device. */
  readonly enabler: To;
  /** References of HWPTs to their fault queue, which the attaching thread takes where no HWPT is a component. */
  readonly hwptQueue: To;
  /** The HWPT that a message names. */
  readonly hwpt: To;
}

const by = (message: Message): string => field(message, "by");

const locks = (role: string, mutex: To): readonly Route[] => [
  call(role, ["lock.acquires"], mutex, "block"),
  call(role, ["lock.releases"], mutex),
];

/** The files of a fault queue, and the handler that fills it. */
const queueRoutes = ({
  queue,
  param,
  woken,
  mutex,
  paging,
  calls,
  outside,
  released,
}: IommufdEnds): readonly Route[] => [
  call("fault-handler", ["group.dequeues", "group.forgets"], param),
  call("fault-handler", ["handler.returns"], "reporter"),
  call("fault-handler", ["deliver.appends"], queue),
  call("fault-handler", ["queue.wakes"], woken),
  ...locks("fault-handler", mutex),
  call("fault-queue", ["deliver.seen", "deliver.fetched", "response.taken", "answer.taken", "queue.claimed"], by),
  call("fault-queue", ["group.forgets"], param),
  call("fault-reader", ["file.gets"], queue, "block"),
  call("fault-reader", ["file.puts", "deliver.looks", "deliver.fetches", "deliver.restores", "deliver.keeps"], queue),
  call("fault-reader", ["paging.requests"], paging),
  call("fault-reader", ["copy.fails", "poll.returns"], outside),
  call("fault-reader", ["read.returns"], calls),
  ...locks("fault-reader", mutex),
  call("fault-writer", ["file.gets"], queue, "block"),
  call("fault-writer", ["file.puts", "response.takes"], queue),
  call("fault-writer", ["group.responds", "group.frees"], param),
  call("fault-writer", ["copy.fails"], outside),
  call("fault-writer", ["write.returns"], calls),
  ...locks("fault-writer", mutex),
  call("fd-closer", ["file.closes"], queue, "block"),
  call("fd-closer", ["object.reads-context", "file.drops"], queue),
  call("fd-closer", ["file.released"], (message) => [queue(message), ...released]),
];

/** The thread that attaches, replaces, detaches and destroys. */
const controlRoutes = (ends: IommufdEnds): readonly Route[] => [
  call("control-thread", ["intake.opens", "intake.blocks", "intake.drains"], ends.intake),
  call("control-thread", ["intake.awaits"], ends.intake, "block"),
  call("control-thread", ["handle.inserts", "handle.replaces", "handle.erases", "handle.frees"], ends.handles),
  call("control-thread", ["param.adds", "param.removes"], ends.enabler),
  call("control-thread", ["group.responds", "group.frees"], ends.param),
  call("control-thread", ["queue.unrefs"], ends.hwptQueue),
  call("control-thread", ["queue.refs"], ends.hwptQueue, "block"),
  call("control-thread", ["answers.gathers", "answers.takes-next", "queue.destroys"], ends.queue),
  call("control-thread", ["queue.claims", "queue.creates"], ends.queue, "block"),
  call("control-thread", ["hwpt.looks-up", "hwpt.gets", "hwpt.puts"], ends.hwpt),
  call("control-thread", ["control.returns", "iopf.counted", "kernel.warns", "allocation.fails"], ends.outside),
  ...locks("control-thread", ends.mutex),
];

export const iommufdRoutes = (ends: IommufdEnds): readonly Route[] => [...queueRoutes(ends), ...controlRoutes(ends)];
