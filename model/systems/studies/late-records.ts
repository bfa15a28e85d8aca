/** Completion records whose page is not there: the device logs them, and software writes them later. */
import { call, takesSteps, type FairnessClass, type Route } from "../../../checker/system.ts";
import { sharedEngine } from "../../machines/device/shared-engine.ts";
import { eventLog, LOG_LOCK } from "../../machines/linux/dma/idxd/event-log.ts";
import { workQueueFile } from "../../machines/linux/dma/idxd/work-queue-file.ts";
import { recordCopy } from "../../machines/linux/dma/idxd/record-copy.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { field } from "../host-side.ts";
import type { Study } from "../study.ts";
import {
  lateRecordsBounds,
  lateRecordsHosts,
  lateRecordsKnobs,
  lateRecordsSizeKnobs,
  type LateRecordsDesign,
  type LateRecordsSizes,
} from "./late-records-design.ts";

const CUT =
  "Two work queues of one engine, each open in one process at a time, which sends one descriptor at a time. A page of the process " +
  "with queue 0 may never come; those of queue 1 come. Each use of a queue has the same PASID. Hidden: batches, overflow of the " +
  "event log, several processes of one queue, wq->uc_lock, page requests of records themselves, and a process that exits " +
  "before its files are closed.";

const QUEUES = [0, 1];
const file = (message: { readonly [field: string]: unknown }): string => `file${String(message["queue"])}`;
const copy = (message: { readonly [field: string]: unknown }): string => `copy${String(message["queue"])}`;
const locks = (role: string): readonly Route[] => [
  call(role, ["lock.acquires"], (message) => field(message, "lock"), "block"),
  call(role, ["lock.releases"], (message) => field(message, "lock")),
];

const ROUTES: readonly Route[] = [
  call("shared-engine", ["log.is-written"], "log"),
  call("shared-engine", ["record.is-written", "engine.tells"], file),
  ...locks("event-log"),
  call("event-log", ["copy.is-queued"], copy),
  call("record-copy", ["process.is-looked-up", "record.is-copied", "copies.are-drained"], file),
  ...locks("work-queue-file"),
  call("work-queue-file", ["descriptor.is-sent", "engine.is-asked"], "engine"),
  call("work-queue-file", ["log.is-marked"], "log"),
  call("work-queue-file", ["copies.are-awaited"], copy, "block"),
  call("work-queue-file", ["process.is-found"], copy),
];

/** The engine ends what it runs, in one way or the other. */
const engineEnds: FairnessClass = {
  name: "the engine ends a descriptor",
  kind: "strong",
  actions: (action) =>
    action.kind === "event" &&
    action.component === "engine" &&
    (action.event.type === "engine.completes" || action.event.type === "engine.logs"),
};

export const lateRecordsStudy: Study<LateRecordsDesign, LateRecordsSizes> = {
  name: "late-records",
  sentence: "Completion records that a device logs because their page is not there, and that software writes later.",
  cut: CUT,
  hosts: lateRecordsHosts,
  knobs: lateRecordsKnobs,
  sizeKnobs: lateRecordsSizeKnobs,
  bounds: lateRecordsBounds,
  compose: ({ closeHoldsLog, closeOmits, copyOrder, blockOnFault }, { opens }) => ({
    components: {
      engine: {
        machine: sharedEngine,
        input: { blocksOnFault: blockOnFault },
        role: "shared-engine",
        events: [
          { type: "engine.begins" },
          { type: "engine.completes" },
          { type: "engine.logs" },
          ...(blockOnFault ? [{ type: "engine.faults" }, { type: "page.comes" }] : []),
        ],
      },
      log: { machine: eventLog, role: "event-log", events: [{ type: "log.steps" }] },
      [LOG_LOCK]: { machine: mutex, role: "mutex", lane: "evl->lock" },
      ...Object.fromEntries(
        QUEUES.flatMap((queue) => [
          [
            `copy${queue}`,
            {
              machine: recordCopy,
              input: { queue, order: copyOrder },
              role: "record-copy",
              events: [
                { type: "copy.begins" },
                { type: "copy.steps" },
                ...(queue === 0 ? [{ type: "page.comes" }] : []),
              ],
            },
          ],
          [
            `file${queue}`,
            {
              machine: workQueueFile,
              input: { queue, rules: { omits: closeOmits, holdsLog: closeHoldsLog }, lives: opens },
              role: "work-queue-file",
              events: [
                { type: "file.opens" },
                { type: "file.sends" },
                { type: "file.closes" },
                { type: "close.steps" },
                { type: "close.looks" },
              ],
            },
          ],
        ]),
      ),
    },
    /** All queues may be closed for good. */
    deadlock: "allowed",
    routes: ROUTES,
    fairness: {
      threads: [
        takesSteps("log", "strong"),
        ...QUEUES.flatMap((queue) => [
          takesSteps(`copy${queue}`, "strong", ["copy.begins", "copy.steps"]),
          takesSteps(`file${queue}`, "strong", ["close.steps", "close.looks"]),
        ]),
      ],
      hardware: [takesSteps("engine", "strong", ["engine.begins"]), engineEnds],
      devices: [],
    },
  }),
};
