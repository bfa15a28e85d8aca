/** Deliberate defects in the model of stalls. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const at = (set: Settings): Request => ({
  system: "stalls",
  hardware: ANY_HARDWARE,
  host: "intended",
  bounds: "small",
  set,
});

const broken = (when: Settings, breaks: readonly string[], reason: string, besides: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: at({ ...when, ...besides }),
});

export const stallsBreakages: Breakages = {
  departures: [
    broken(
      { waitsForQuiescence: false },
      ["STM-1"],
      "a write that was refused is tried again by the hardware when the page has a new owner (H23)",
      { stallSlots: 2 },
    ),
    broken({ staleStall: "records" }, ["STM-2"], "hardware records a fault from before the invalidation (S22)"),
    broken(
      { streamKind: "pcie" },
      ["STM-13"],
      "stalls are enabled for a PCIe stream, and its reads wait longer than PCIe lets them (H26)",
    ),
    broken(
      { termBehaviour: "razWi" },
      ["STM-14"],
      "a refused write is dropped without a report, and the device goes on as if it had succeeded (K24)",
    ),
    broken(
      { stallDowngrade: true, checksStallFlag: false },
      ["STM-7"],
      "software responds to a transaction that hardware has ended, and its tag may have been used again (hardware facts 4.1)",
    ),
    broken(
      { duplicateStalls: "forgotten", stallDupSuppress: true },
      ["STM-5", "STM-6"],
      "a second stall of a page has no record, and hardware does not retry it with the first (K22)",
      { stallSlots: 2, recordLoss: "never" },
    ),
    broken(
      { resumedWhenOff: "stays", stallExits: true },
      ["STM-5", "STM-6", "STM-15"],
      "stalls are turned off while one waits, and hardware does not resume it (B41)",
    ),
    broken({ orphanStalls: "forgotten" }, ["STM-5", "STM-6"], "the stall of an unknown stream gets no response (H21)"),
    broken(
      { afterRecordLoss: "message-only" },
      ["STM-5", "STM-6", "DEADLOCK"],
      "the driver does not terminate stalls whose records were lost (H25)",
    ),
    broken({ resumeCount: "twice" }, ["STM-7"], "the second response names a tag that may have been used again (S21)"),
    broken({ swapPath: "same" }, ["STM-5", "STM-6"], "the page comes over the path whose only slot waits for it (H24)"),
  ],
  unbroken: {},
};
