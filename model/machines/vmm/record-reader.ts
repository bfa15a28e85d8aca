/**
 * User space that reads a record from the file of the fault object, and closes the file.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/fault.c: iommufd_fault_fops_read() and iommufd_compose_fault_message() for one
 *         record (iopf-core 3.2): a record on the stack of the kernel, whose fields are written one by one and which is
 *         copied as a whole. No statement writes the reserved field, so user space sees what the record began with (B18:
 *         stack content reaches user space).
 *         Coarser than linux/iommu/iommufd/fault/fault-reader.ts, which has groups, cookies, buffers and the mutex: here a
 *         record is always there to read.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux612, messages } from "../../said.ts";
import type { Message } from "../../../checker/json.ts";

/** The content of a field: old stack content, zero, or what the kernel wrote. */
export type FieldContent = "old" | "zero" | "written";

export const RECORD_FIELDS = ["address", "cookie", "reserved"] as const;
const COMPOSED = ["address", "cookie"] as const;

export type FaultRecord = { readonly [field in (typeof RECORD_FIELDS)[number]]: FieldContent };

export interface RecordReaderRules {
  /** Whether the record is initialised to zeros. */
  readonly clears: boolean;
}

export interface RecordReaderContext {
  readonly rules: RecordReaderRules;
  /** The record on the stack of the kernel. */
  readonly record: FaultRecord | null;
  /** Fields whose old stack content was copied to user space. Never cleared. */
  readonly leaked: readonly (typeof RECORD_FIELDS)[number][];
}

const FAULT = "drivers/iommu/iommufd/fault.c";

type RecordReaderEmits =
  { readonly type: "file.gets" | "file.puts"; readonly by: "reader" | "descriptor" } | { readonly type: "object.uses" };

const s = setup({
  types: {
    context: {} as RecordReaderContext,
    events: {} as {
      readonly type:
        "reader.reads" | "reader.begins-record" | "reader.composes" | "reader.copies" | "descriptor.closes";
    },
    emitted: {} as RecordReaderEmits,
    input: {} as RecordReaderRules,
  },
});

const filled = (content: FieldContent): FaultRecord => ({ address: content, cookie: content, reserved: content });
const composed = (record: FaultRecord): FaultRecord => ({
  ...record,
  ...Object.fromEntries(COMPOSED.map((field) => [field, "written" as const])),
});

export const recordReader = s.createMachine({
  id: "record-reader",
  description: "a program that reads one record of the fault queue",
  meta: {
    origin: linux612(FAULT, "iommufd_fault_fops_read"),
    lane: "the program that reads the fault queue",
    messages: messages<RecordReaderEmits>({
      "file.gets": "takes a reference to the file for the {by}",
      "file.puts": "drops the reference of the {by} to the file",
      "object.uses": "reads a fault of the queue",
    }),
  },
  context: ({ input }) => ({ rules: input, record: null, leaked: [] }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of the kernel",
      meta: { origin: atWill("the program") },
      on: {
        "reader.reads": {
          description: "calls read() on the fault queue",
          target: "beginning",
          actions: emit({ type: "file.gets", by: "reader" }),
        },
      },
    },
    beginning: {
      description: "in read(), before the record is initialised",
      on: {
        "reader.begins-record": {
          description: "takes a record on its stack",
          target: "composing",
          actions: assign({ record: ({ context }) => filled(context.rules.clears ? "zero" : "old") }),
        },
      },
    },
    composing: {
      description: "the record is to be filled in",
      on: {
        "reader.composes": {
          description: "writes the fields of the record",
          meta: { origin: linux612(FAULT, "iommufd_compose_fault_message") },
          target: "copying",
          actions: [emit({ type: "object.uses" }), assign({ record: ({ context }) => composed(context.record!) })],
        },
      },
    },
    copying: {
      description: "the record is to be copied to user space",
      on: {
        "reader.copies": {
          description: "copies the record to user space",
          target: "idle",
          actions: [
            assign(({ context: { record, leaked } }) => ({
              record: null,
              leaked: RECORD_FIELDS.filter((field) => leaked.includes(field) || record![field] === "old"),
            })),
            emit({ type: "file.puts", by: "reader" }),
          ],
        },
      },
    },
  },
  on: {
    "descriptor.closes": {
      description: "closes the file descriptor",
      meta: { origin: atWill("the program") },
      actions: emit({ type: "file.puts", by: "descriptor" }),
    },
  },
});

/** Its spontaneous steps inside the kernel. */
export const recordReaderSteps: readonly Message[] = [
  { type: "reader.begins-record" },
  { type: "reader.composes" },
  { type: "reader.copies" },
];
