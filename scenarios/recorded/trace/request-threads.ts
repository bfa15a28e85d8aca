/** The page request threads of a trace that discard partial faults, by what their lines say. */
import { deviceNameOf } from "./device-groups.ts";
import type { SpeakingLine } from "./trace-lines.ts";

export interface RequestLane {
  readonly lane: string;
  /** Devices whose faults the thread reports: those of its IOMMU. One of several threads is taken where they disagree. */
  readonly reports: readonly string[];
}

/** Threads that discard partial faults. */
export function requestThreadsOf(lines: readonly SpeakingLine[]): readonly RequestLane[] {
  const lanes = new Set(lines.flatMap(({ word, lane }) => (word === "queue_discard_partial" ? [lane] : [])));
  const reporters = new Map<string, string>();
  for (const { word, lane, event } of lines) {
    const device = deviceNameOf(event);
    if (word === "report_fault" && device !== undefined && lanes.has(lane) && !reporters.has(device))
      reporters.set(device, lane);
  }
  return [...lanes].map((lane) => ({
    lane,
    reports: [...reporters].flatMap(([device, of]) => (of === lane ? [device] : [])),
  }));
}
