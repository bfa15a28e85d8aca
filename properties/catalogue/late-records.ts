/** LRC: completion records that software writes later, and who waits for whom. */
import { all, always, each, leadsTo, sometimes } from "../../checker/property.ts";
import { HANGS } from "../../model/machines/device/hanging-queue.ts";
import type { SharedEngineContext } from "../../model/machines/device/shared-engine.ts";
import type { EventLogContext } from "../../model/machines/linux/dma/idxd/event-log.ts";
import type { QueueFileContext } from "../../model/machines/linux/dma/idxd/work-queue-file.ts";
import type { RecordCopyContext } from "../../model/machines/linux/dma/idxd/record-copy.ts";
import type { LateRecordsDesign, LateRecordsSizes } from "../../model/systems/studies/late-records-design.ts";
import { inStudy } from "./parameters.ts";
import { coreRule, vfioRule } from "./sources.ts";

const here = inStudy<LateRecordsDesign, LateRecordsSizes>("late-records");
const idxd = (clause: string) => ({ document: "idxd of Linux 6.12.117", clause });

const file = each<QueueFileContext>("work-queue-file");
const files = all<QueueFileContext>("work-queue-file");
const copies = all<RecordCopyContext>("record-copy");
const log = each<EventLogContext>("event-log");
const engine = each<SharedEngineContext>("shared-engine");

type Files = readonly { readonly state: string; readonly context: QueueFileContext }[];
/** The process whose pages come. */
const working = (every: Files): Files[number] => every.find(({ context }) => context.queue !== HANGS)!;
const isClosing = (state: string): boolean => state !== "open" && state !== "closed";

export const lrc = [
  always({
    id: "LRC-1",
    name: "status-comes-last",
    statement: "A process that sees the status of a record sees the whole record.",
    source: idxd("idxd_copy_cr()"),
    witness: "LRC-2",
    applies: here,
    reads: { file },
    holds: ({ file: { context } }) => !context.status || context.rest,
  }),
  sometimes({
    id: "LRC-2",
    name: "record-half-copied",
    statement: "A record has been copied, but for its status.",
    source: idxd("idxd_copy_cr()"),
    applies: here,
    reads: { file },
    holds: ({ file: { context } }) => context.rest && !context.status,
  }),
  always({
    id: "LRC-3",
    name: "record-reaches-its-process",
    statement: "No record is written to a process that got the PASID after it was sent.",
    source: coreRule("I18"),
    witness: "LRC-4",
    applies: here,
    reads: { file },
    holds: ({ file: { context } }) => !context.foreign,
  }),
  sometimes({
    id: "LRC-4",
    name: "close-with-record-in-log",
    statement: "A process closes its queue while a record of it is in the log, or waits to be copied.",
    source: coreRule("I18"),
    applies: here,
    reads: { files, copies, log },
    holds: ({ files: every, copies: queues, log: { context } }) =>
      every.some(
        ({ state, context: { queue } }) =>
          isClosing(state) &&
          (context.entries.some((entry) => entry.queue === queue) ||
            queues.some((one) => one.context.queue === queue && one.context.works.length > 0)),
      ),
  }),
  always({
    id: "LRC-5",
    name: "no-record-after-close",
    statement: "No record is written to a process after its close has ended.",
    source: coreRule("I11"),
    witness: "LRC-4",
    applies: here,
    reads: { file },
    holds: ({ file: { context } }) => !context.late,
  }),
  leadsTo({
    id: "LRC-6",
    name: "working-queue-gets-records",
    statement: "A process whose pages come gets its record, or closes, whatever another process waits for.",
    source: coreRule("L7"),
    witness: "LRC-7",
    applies: here,
    reads: { files },
    when: ({ files: every }) => working(every).context.waits,
    eventually: ({ files: every }) => !working(every).context.waits || working(every).state === "closed",
    assumes: ["threads", "hardware"],
  }),
  sometimes({
    id: "LRC-7",
    name: "copy-waits-beside-record",
    statement: "A copy waits for a page while the other process waits for its record.",
    source: coreRule("L7"),
    applies: here,
    reads: { files, copies },
    holds: ({ files: every, copies: queues }) =>
      working(every).context.waits &&
      queues.some(({ state, context }) => context.queue === HANGS && state === "copying"),
  }),
  leadsTo({
    id: "LRC-8",
    name: "working-close-ends",
    statement: "A close of a process whose pages come ends, whatever another process waits for.",
    source: vfioRule("I-38"),
    witness: "LRC-9",
    applies: here,
    reads: { files },
    when: ({ files: every }) => isClosing(working(every).state),
    eventually: ({ files: every }) => working(every).state === "closed",
    assumes: ["threads", "hardware"],
  }),
  sometimes({
    id: "LRC-9",
    name: "close-beside-copy",
    statement: "A process closes its queue while a copy of the other one waits for a page.",
    source: vfioRule("I-38"),
    applies: here,
    reads: { files, copies },
    holds: ({ files: every, copies: queues }) =>
      isClosing(working(every).state) &&
      queues.some(({ state, context }) => context.queue === HANGS && state === "copying"),
  }),
  sometimes({
    id: "LRC-10",
    name: "descriptors-wait-for-engine",
    statement: "A descriptor of each queue waits for the engine.",
    source: idxd("idxd_device_drain_pasid()"),
    applies: here,
    reads: { engine },
    holds: ({ engine: { context } }) => new Set(context.waiting.map(({ queue }) => queue)).size > 1,
  }),
] as const;
