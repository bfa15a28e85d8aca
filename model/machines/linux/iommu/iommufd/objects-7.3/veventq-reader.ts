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
import { linuxAt } from "../../../../../said.ts";
import { EFAULT, EINVAL, ENOMEM, OK } from "../../../include/iommu.ts";
import type { Answers } from "./call-messages.ts";
import type { Vevent, VeventqEmits } from "./veventq.ts";
import { veventqReaderSays, type To, type VeventqReaderEmits } from "./veventq-reader-messages.ts";

const HEADER = 8;
const DATA = 4;

/** Whether a read holds a mutex, as that of a fault queue does; 7.3.4 has none. */
export type ReadLock = "none" | "mutex";

export interface VeventqReaderContext {
  readonly readLock: ReadLock;
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
            | "reader.locks"
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
    input: {} as { readonly name: string; readonly readLock?: ReadLock },
  },
  guards: {
    hasNoFile: ({ context }) => context.result !== OK,
    isTooShort: ({ context }) => context.bytes < HEADER,
    fits: ({ context: { current, bytes, done } }) => sizeOf(current!) <= bytes - done,
    holdsOne: ({ context: { current, bytes, done } }) => current !== null && sizeOf(current) <= bytes - done,
    locks: ({ context }) => context.readLock === "mutex",
    hasNone: ({ context }) => context.current === null,
  },
});

const sizeOf = ({ virt }: Vevent): number => (virt === null ? HEADER : HEADER + DATA);

const to = ({ name, at }: VeventqReaderContext): To => ({ by: name, kind: "veventq", at });
const tells = (type: "vevent.restores" | "vevent.is-read") =>
  s.emit(({ context }) => ({ type, ...to(context), vevent: context.current! }));
const returns = (error: number) =>
  s.enqueueActions(({ context: { name, done, records, readLock }, enqueue }) => {
    if (readLock === "mutex") enqueue.emit({ type: "lock.releases", owner: name });
    enqueue.emit({ type: "vread.returns", by: name, result: done === 0 ? error : done, records });
    enqueue.assign(fresh);
  });
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
    messages: veventqReaderSays,
  },
  context: ({ input }) => ({ ...fresh, name: input.name, readLock: input.readLock ?? "none", at: 0 }),
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
            actions: s.emit(({ context: { name } }) => ({
              type: "vread.returns",
              by: name,
              result: EINVAL,
              records: [],
            })),
          },
          { description: "is to take the mutex", guard: "locks", target: "locking" },
          { description: "begins with the first event", target: "reading" },
        ],
      },
    },
    locking: {
      description: "waits for the mutex",
      on: {
        "reader.locks": {
          description: "takes the mutex",
          target: "reading",
          actions: s.emit(({ context: { name } }) => ({ type: "lock.acquires", owner: name })),
        },
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
  { type: "reader.locks" },
  { type: "reader.fetches" },
  { type: "reader.copies" },
  { type: "reader.looks" },
] as const;
