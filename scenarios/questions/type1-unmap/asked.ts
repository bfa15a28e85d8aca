/** What the questions about type1-unmap share: releases, and verdicts of a call that hangs or returns. */
import type { Request } from "../../../properties/build.ts";
import { study } from "../request.ts";

export const ask = (host: string, set: Request["set"] = {}): Request => study("type1-unmap", host, set);
export const V61 = "linux-6.1.192";
export const V612 = "linux-6.12.117";
export const MEND = "lock-order-mended";
export const BOOTED = "booted 6.1.192 and 6.12.117 with a test driver (scenarios/recorded/data/type1-deadlock.json)";

export const HANGS = { "UNM-3": "violated", "LCK-10": "violated", DEADLOCK: "violated" } as const;
export const RETURNS = { "UNM-1": "holds", "UNM-3": "holds", "LCK-10": "holds", DEADLOCK: "holds" } as const;
