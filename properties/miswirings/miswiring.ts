/** A deliberate defect that no knob names: what is done to a system, and what it must break. */
import type { System } from "../../checker/system.ts";
import type { Request } from "../build.ts";

export interface Miswiring {
  readonly name: string;
  readonly request: Request;
  readonly change: (system: System) => System;
  readonly breaks: readonly string[];
}
