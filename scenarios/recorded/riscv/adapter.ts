/**
 * Recordings of RISC-V IOMMU reference models, replayed through the page-request queue. This file only translates:
 * operations into events of the machine, what the machine emits into events of the recording.
 */
import type { Json } from "../../../checker/json.ts";
import { initialSnapshot, stateName, step } from "../../../checker/kernel/step.ts";
import { ModelError } from "../../../checker/system.ts";
import { riscv } from "../../../model/hardware/riscv.ts";
import type {
  PageRequestQueueEmitted,
  PageRequestQueueEvent,
} from "../../../model/machines/iommu/page-request-queue-messages.ts";
import { pageRequestQueue, type PageRequestQueueKnobs } from "../../../model/machines/iommu/page-request-queue.ts";
import type { ResponseCode } from "../../../model/units.ts";
import type { Adapter, Difference, Replay } from "../conformance.ts";
import type { RiscvEvent, RiscvRegisters, RiscvSequence, RiscvStep } from "./schema.ts";

const PAGE_SIZE = 4096;
const WIRE: { readonly [Code in ResponseCode]: number } = { success: 0, invalid: 1, failure: 15 };

const COMMANDS = "commands, translations and their events: not part of the page-request queue";
const MISCONFIGURED = "a device configuration that the specification calls invalid";

/** The adapter for this hardware; other knobs than those of the RISC-V preset are for showing that differences are found. */
export const riscvPageRequestQueue = (knobs: PageRequestQueueKnobs = riscv): Adapter => ({
  name: "RISC-V page-request queue",
  accepts: (line) => typeof line === "object" && line !== null && "entries" in line && "steps" in line,
  shape: async () => (await import("./schema.ts")).riscvShape,
  replay: (line) => replay(line as unknown as RiscvSequence, knobs),
});

function replay({ entries, initial, steps }: RiscvSequence, knobs: PageRequestQueueKnobs): Replay {
  if (steps.some(isMisconfiguration))
    return { operations: 0, compared: 0, differences: [], outOfScope: { [MISCONFIGURED]: steps.length } };
  const queue = run(pageRequestQueue({ ...knobs, pqEntries: entries }, { devices: [], positions: true }));
  const differences: Difference[] = [];
  let operations = 0;
  let compared = 0;
  let leftOut = 0;

  const compare = (index: number, operation: Json, expected: Json, got: Json, before: Json): void => {
    compared += 1;
    if (JSON.stringify(expected) !== JSON.stringify(got)) differences.push({ index, operation, expected, got, before });
  };
  compare(-1, "initial registers", ordered(initial), queue.registers(), queue.state());

  for (const [index, recorded] of steps.entries()) {
    if (differences.length > 0) break;
    const { out, state, ...fields } = recorded;
    const operation = fields as Json;
    const before = queue.state();
    const event = eventOf(recorded);
    const emitted = event ? queue.take(event) : [];
    const expected = out.filter((recordedEvent) => isOfQueue(recordedEvent, recorded));
    leftOut += out.length - expected.length + (event ? 0 : 1);
    operations += event ? 1 : 0;
    const got = emitted.flatMap(recordedAs);
    for (let i = 0; i < Math.max(expected.length, got.length); i++)
      compare(index, operation, expected[i] ? eventAsJson(expected[i]!) : null, got[i] ?? null, before);
    if (state) compare(index, operation, ordered(state), queue.registers(), before);
  }
  return { operations, compared, differences: differences.slice(0, 1), outOfScope: { [COMMANDS]: leftOut } };
}

/** Page requests without ATS, or a PASID required in responses without page requests: refused for other reasons. */
const isMisconfiguration = (recorded: RiscvStep): boolean =>
  recorded.op === "device" && ((recorded.pri && !recorded.ats) || (recorded.prpr && !recorded.pri));

/** Responses to a command of software come from the command queue, not from the page-request queue. */
const isOfQueue = ({ event }: RiscvEvent, { op }: RiscvStep): boolean =>
  event === "record" || event === "empty" || (event === "pageResponse" && op === "pageRequest");

/** The event of the machine, or undefined for operations on other parts of the IOMMU. */
function eventOf(recorded: RiscvStep): PageRequestQueueEvent | undefined {
  switch (recorded.op) {
    case "device": {
      const { device, pri, prpr } = recorded;
      return { type: "prq.configures-device", device, pri, prpr };
    }
    case "pageRequest": {
      const { device, pasid, prgi, read, write, last } = recorded;
      const page = Math.floor(recorded.address / PAGE_SIZE);
      return { type: "pri.request", device, pasid, prgi, page, read, write, last, instance: 0 };
    }
    case "pop":
      return { type: "prq.pops" };
    case "clearOverflow":
      return { type: "prq.clears-overflow" };
    case "clearInterrupt":
      return { type: "prq.clears-interrupt" };
    case "enableQueue":
      return { type: recorded.on ? "prq.enables" : "prq.disables" };
    case "memoryFault":
      return { type: "prq.faults-memory", on: recorded.on };
    case "map":
    case "unmap":
    case "translate":
    case "invalidateIotlb":
    case "invalidateAtc":
    case "invalidateAtcComplete":
    case "fence":
    case "respond":
      return undefined;
  }
}

/** Interrupts are compared as the pending bit; invalidations and warnings are none of this hardware. */
function recordedAs(message: PageRequestQueueEmitted): readonly Json[] {
  switch (message.type) {
    case "pri.response": {
      const { device, pasid, prgi, code } = message;
      return [{ event: "pageResponse", device, pasid, prgi, code: WIRE[code] }];
    }
    case "prq.record": {
      const { device, pasid, prgi, page, read, write, last } = message;
      return [{ event: "record", device, pasid, read, write, last, prgi, address: page * PAGE_SIZE }];
    }
    case "prq.empty":
      return [{ event: "empty" }];
    case "prq.interrupt":
    case "prq.registers":
    case "prq.seen":
      return [];
    case "prq.early-warning":
    case "iotlb.implicit-invalidation":
      return [message];
  }
}

/** Fields in the order of `recordedAs`. */
function eventAsJson(event: RiscvEvent): Json {
  if (event.event === "pageResponse") {
    const { device, pasid, prgi, code } = event;
    return { event: "pageResponse", device, pasid, prgi, code };
  }
  if (event.event === "record") {
    const { device, pasid, read, write, last, prgi, address } = event;
    return { event: "record", device, pasid, read, write, last, prgi, address };
  }
  return { event: event.event };
}

const ordered = ({ head, tail, enabled, on, overflow, memoryFault, interruptPending }: RiscvRegisters): Json => ({
  head,
  tail,
  enabled,
  on,
  overflow,
  memoryFault,
  interruptPending,
});

/** The machine, one event after the other. */
function run(machine: ReturnType<typeof pageRequestQueue>) {
  let snapshot = initialSnapshot(machine, undefined);
  const take = (event: PageRequestQueueEvent): readonly PageRequestQueueEmitted[] => {
    const outcome = step(machine, snapshot, event);
    if (!outcome) throw new ModelError(`The page-request queue does not handle "${event.type}".`);
    snapshot = outcome.snapshot;
    return outcome.emitted as readonly PageRequestQueueEmitted[];
  };
  return {
    take,
    state: (): Json => ({ state: stateName(snapshot.value), context: snapshot.context as Json }),
    registers: (): Json => {
      const read = take({ type: "prq.reads-registers" })[0];
      if (read?.type !== "prq.registers") throw new ModelError("The page-request queue does not show its registers.");
      const { head, tail, enabled, overflow, memoryFault, pending } = read;
      return ordered({ head, tail, enabled, on: enabled, overflow, memoryFault, interruptPending: pending });
    },
  };
}
