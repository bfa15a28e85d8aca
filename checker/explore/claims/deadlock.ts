/** The claim that every system makes unless it says otherwise. */
import type { System } from "../../system.ts";

export const DEADLOCK = {
  id: "DEADLOCK",
  statement: "Some step must always be possible.",
  source: { document: "Faultline", clause: "deadlock" },
} as const;

export const forbidsDeadlock = (system: System): boolean => (system.deadlock ?? "forbidden") === "forbidden";
