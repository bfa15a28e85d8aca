/**
 * A thread that reads, polls or writes the file of a vEVENTQ. A read takes one event after the other from the list, copies
 * it, and puts it back when it does not fit or cannot be copied.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd/eventq.c: iommufd_veventq_fops_read(), iommufd_eventq_fops_poll(); vfs_write(),
 *         which refuses a file without a write operation (J47 to J52, J54). No mutex is held over a read, so that several
 *         readers interleave between these steps.
 *         A record is a header of 8 bytes and 4 bytes of data, as the selftest's; a marker is a header alone. The first
 *         `writable` bytes of the buffer can be written.
 * Omits   Reading at an offset, which gives ESPIPE.
 */
import { assign, setup } from "xstate";
import { linuxAt, messages } from "../../../../../said.ts";
import { EFAULT, EINVAL, ENOMEM, OK } from "../../../include/iommu.ts";
import type { Answers } from "./call-messages.ts";
import type { Vevent, VeventqEmits } from "./veventq.ts";

const HEADER = 8;
const DATA = 4;

type To = { readonly by: string; readonly kind: "veventq"; readonly at: number };

export type VeventqReaderEmits =
  | ({ readonly type: "file.looks" | "deliver.looks" } & To)
  | ({ readonly type: "vevent.fetches"; readonly memory: number } & To)
  | ({ readonly type: "vevent.restores" | "vevent.is-read"; readonly vevent: Vevent } & To)
  /** What read() returns: bytes or an error, and the records in the buffer. */
  | {
      readonly type: "vread.returns";
      readonly by: string;
      readonly result: number;
      readonly records: readonly Vevent[];
    }
  | {
      readonly type: "vpoll.returns";
      readonly by: string;
      readonly result: number;
      readonly readable: boolean;
    }
  | { readonly type: "vwrite.returns"; readonly by: string; readonly result: number };

export interface VeventqReaderContext {
  readonly name: string;
  readonly at: number;
  readonly bytes: number;
  readonly writable: number;
  readonly done: number;
  readonly records: readonly Vevent[];
  readonly current: Vevent | null;
  readonly result: number;
}

const s = setup({
  types: {
    context: {} as VeventqReaderContext,
    events: {} as
      | { readonly type: "reader.reads"; readonly at: number; readonly bytes: number; readonly writable: number }
      | { readonly type: "reader.polls" | "reader.writes"; readonly at: number }
      | {
          readonly type:
            | "reader.finds-file"
            | "reader.fetches"
            | "reader.fails"
            | "reader.copies"
            | "reader.faults"
            | "reader.looks";
        }
      | Extract<Answers, { readonly type: "call.answered" }>
      | Exclude<VeventqEmits, Answers>,
    emitted: {} as VeventqReaderEmits,
    input: {} as { readonly name: string },
  },
  guards: {
    hasNoFile: ({ context }) => context.result !== OK,
    isTooShort: ({ context }) => context.bytes < HEADER,
    fits: ({ context: { current, bytes, done } }) => sizeOf(current!) <= bytes - done,
    holdsOne: ({ context: { current, bytes, done } }) => current !== null && sizeOf(current) <= bytes - done,
    hasNone: ({ context }) => context.current === null,
  },
});

const sizeOf = ({ virt }: Vevent): number => (virt === null ? HEADER : HEADER + DATA);

const to = ({ name, at }: VeventqReaderContext): To => ({ by: name, kind: "veventq", at });
const tells = (type: "vevent.restores" | "vevent.is-read") =>
  s.emit(({ context }) => ({ type, ...to(context), vevent: context.current! }));
const returns = (error: number) =>
  s.emit(({ context: { name, done, records } }) => ({
    type: "vread.returns",
    by: name,
    result: done === 0 ? error : done,
    records,
  }));
const begins = s.assign(({ event }) => ({
  ...fresh,
  at: (event as { readonly at: number }).at,
}));

const fresh = {
  bytes: 0,
  writable: 0,
  done: 0,
  records: [],
  current: null,
  result: OK,
} as const;

const EVENTQ = "drivers/iommu/iommufd/eventq.c";
const finds = s.emit(({ context }) => ({ type: "file.looks", ...to(context) }));

export const veventqReader = s.createMachine({
  id: "veventq-reader",
  description: "a thread that reads a vEVENTQ",
  meta: {
    origin: linuxAt("7.3.4", EVENTQ, "iommufd_veventq_fops_read"),
    lane: "{name}: a thread that reads a vEVENTQ",
    messages: messages<VeventqReaderEmits>({
      "file.looks": "looks for the file",
      "deliver.looks": {
        says: "looks whether the deliver list is empty",
        origin: linuxAt("7.3.4", EVENTQ, "iommufd_eventq_fops_poll"),
      },
      "vevent.fetches": {
        says: "takes the head of the deliver list",
        origin: linuxAt("7.3.4", EVENTQ, "iommufd_veventq_deliver_fetch"),
      },
      "vevent.restores": {
        says: "puts the event back at the head of the list",
        origin: linuxAt("7.3.4", EVENTQ, "iommufd_veventq_deliver_restore"),
      },
      "vevent.is-read": "counts the event as read",
      "vread.returns": "returns {result} from read()",
      "vpoll.returns": { says: "returns from poll()", origin: linuxAt("7.3.4", EVENTQ, "iommufd_eventq_fops_poll") },
      "vwrite.returns": "returns {result} from write()",
    }),
  },
  context: ({ input }) => ({ ...fresh, name: input.name, at: 0 }),
  initial: "outside",
  states: {
    outside: {
      description: "outside of the kernel",
      on: {
        "reader.reads": {
          description: "begins to read {bytes} bytes",
          target: "opening",
          actions: [
            begins,
            assign({ bytes: ({ event }) => event.bytes, writable: ({ event }) => event.writable }),
            finds,
          ],
        },
        "reader.polls": { description: "begins to poll", target: "polling", actions: [begins, finds] },
        "reader.writes": { description: "begins to write", target: "writing", actions: [begins, finds] },
      },
    },
    opening: {
      description: "in read(), before the first event",
      on: {
        "call.answered": { actions: assign({ result: ({ event }) => event.result }) },
        "reader.finds-file": [
          {
            description: "returns, because there is no file",
            guard: "hasNoFile",
            target: "outside",
            actions: s.emit(({ context: { name, result } }) => ({
              type: "vread.returns",
              by: name,
              result,
              records: [],
            })),
          },
          {
            description: "returns, because the buffer is smaller than a header",
            guard: "isTooShort",
            target: "outside",
            actions: returns(EINVAL),
          },
          { description: "begins with the first event", target: "reading" },
        ],
      },
    },
    reading: {
      description: "in read(), with {done} bytes copied",
      on: {
        "reader.fetches": {
          description: "takes the next event",
          target: "copying",
          actions: s.emit(({ context }) => ({ type: "vevent.fetches", memory: 1, ...to(context) })),
        },
        "reader.fails": {
          description: "takes the next event without memory for a copy of the marker",
          target: "copying",
          actions: s.emit(({ context }) => ({ type: "vevent.fetches", memory: 0, ...to(context) })),
        },
      },
    },
    copying: {
      description: "holds an event that is in no list",
      on: {
        "vevent.fetched": {
          actions: assign(({ event: { vevent, ok } }) => ({ current: vevent, result: ok ? OK : ENOMEM })),
        },
        "reader.faults": {
          description: "cannot copy the event, because a page of the buffer went, and returns",
          guard: "holdsOne",
          target: "outside",
          actions: [tells("vevent.restores"), returns(EFAULT)],
        },
        "reader.copies": [
          {
            description: "returns, because there is no memory for a copy of the marker",
            guard: "hasNoFile",
            target: "outside",
            actions: returns(ENOMEM),
          },
          {
            description: "returns, because the list is empty",
            guard: "hasNone",
            target: "outside",
            actions: returns(OK),
          },
          {
            description: "copies the event",
            guard: ({ context: { current, bytes, done, writable } }) =>
              sizeOf(current!) <= bytes - done && done + sizeOf(current!) <= writable,
            target: "reading",
            actions: [
              tells("vevent.is-read"),
              assign(({ context: { current, done, records } }) => ({
                done: done + sizeOf(current!),
                records: [...records, current!],
                current: null,
              })),
            ],
          },
          {
            description: "cannot copy the event, and returns",
            guard: "fits",
            target: "outside",
            actions: [tells("vevent.restores"), returns(EFAULT)],
          },
          {
            description: "has no room for the event, and returns",
            target: "outside",
            actions: [tells("vevent.restores"), returns(EINVAL)],
          },
        ],
      },
    },
    polling: {
      description: "in poll()",
      on: {
        "call.answered": { actions: assign({ result: ({ event }) => event.result }) },
        "deliver.seen": {
          target: "outside",
          actions: s.emit(({ context: { name }, event }) => ({
            type: "vpoll.returns",
            by: name,
            result: OK,
            readable: !(event as { readonly empty: boolean }).empty,
          })),
        },
        "reader.looks": [
          {
            description: "returns, because there is no file",
            guard: "hasNoFile",
            target: "outside",
            actions: s.emit(({ context: { name, result } }) => ({
              type: "vpoll.returns",
              by: name,
              result,
              readable: false,
            })),
          },
          {
            description: "looks at the deliver list, and returns",
            actions: s.emit(({ context }) => ({ type: "deliver.looks", ...to(context) })),
          },
        ],
      },
    },
    writing: {
      description: "in write()",
      on: {
        "call.answered": { actions: assign({ result: ({ event }) => event.result }) },
        "reader.looks": {
          description: "returns: the file has no write operation",
          target: "outside",
          actions: s.emit(({ context: { name, result } }) => ({
            type: "vwrite.returns",
            by: name,
            result: result === OK ? EINVAL : result,
          })),
        },
      },
    },
  },
});

export const veventqReaderSteps = [
  { type: "reader.finds-file" },
  { type: "reader.fetches" },
  { type: "reader.copies" },
  { type: "reader.looks" },
] as const;
