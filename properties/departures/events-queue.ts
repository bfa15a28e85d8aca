/** Deliberate defects in the model of a vEVENTQ. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const at = (set: Settings): Request => ({
  system: "events-queue",
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

export const eventsQueueBreakages: Breakages = {
  departures: [
    broken(
      { readLock: "none" },
      ["VEQ-2", "VEQ-4"],
      "an event goes back in front of what another reader took, and a marker that comes after it is dropped (J51, J52)",
    ),
    broken(
      { eventOverflow: "silent" },
      ["VEQ-4"],
      "an event is lost, and neither a number nor a marker tells of it (J44)",
    ),
    broken(
      { markerReturns: "always" },
      ["VEQ-2", "VEQ-3"],
      "a marker goes back in front of an event that arrived meanwhile (J51)",
    ),
  ],
  unbroken: {
    "VEQ-1":
      "an event that is being copied is in no list, whoever else reads, and it goes back only if its copy failed",
  },
};
