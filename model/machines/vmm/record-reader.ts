/**
 * User space that reads a record from the file of the fault object, and closes it.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/fault.c: iommufd_fault_fops_read() and iommufd_compose_fault_message() for one
 *         record (iopf-core 3.2): a record on the stack of the kernel, its fields written one by one, copied as a whole. No
 *         statement writes the reserved field, so that what user space sees there is what the record began with (B18).
 * Omits   groups, cookies, buffers and the lock of the queue (study iommufd): there is always something to read.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";

/** What is in a field: what was on the stack before, zero, or what the kernel wrote. */
export type FieldContent = "old" | "zero" | "written";

export const RECORD_FIELDS = ["address", "cookie", "reserved"] as const;
const COMPOSED = ["address", "cookie"] as const;

export type FaultRecord = { readonly [field in (typeof RECORD_FIELDS)[number]]: FieldContent };

export interface RecordReaderRules {
  /** Whether the record begins as zeros. */
  readonly clears: boolean;
}

export interface RecordReaderContext {
  readonly rules: RecordReaderRules;
  /** On the kernel's stack. */
  readonly record: FaultRecord | null;
  /** Fields whose old content user space has seen. Never cleared. */
  readonly leaked: readonly (typeof RECORD_FIELDS)[number][];
}

const s = setup({
  types: {
    context: {} as RecordReaderContext,
    events: {} as {
      readonly type:
        "reader.reads" | "reader.begins-record" | "reader.composes" | "reader.copies" | "descriptor.closes";
    },
    emitted: {} as
      | { readonly type: "file.gets" | "file.puts"; readonly by: "reader" | "descriptor" }
      | { readonly type: "object.uses" },
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
  context: ({ input }) => ({ rules: input, record: null, leaked: [] }),
  initial: "idle",
  states: {
    idle: {
      on: { "reader.reads": { target: "beginning", actions: emit({ type: "file.gets", by: "reader" }) } },
    },
    beginning: {
      on: {
        "reader.begins-record": {
          target: "composing",
          actions: assign({ record: ({ context }) => filled(context.rules.clears ? "zero" : "old") }),
        },
      },
    },
    composing: {
      on: {
        "reader.composes": {
          target: "copying",
          actions: [emit({ type: "object.uses" }), assign({ record: ({ context }) => composed(context.record!) })],
        },
      },
    },
    copying: {
      on: {
        "reader.copies": {
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
  on: { "descriptor.closes": { actions: emit({ type: "file.puts", by: "descriptor" }) } },
});

/** What it does inside the kernel once it has begun. */
export const recordReaderSteps: readonly Message[] = [
  { type: "reader.begins-record" },
  { type: "reader.composes" },
  { type: "reader.copies" },
];
