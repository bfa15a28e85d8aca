/** The runs of the questions about `pri-control`: the intended design, with what a question changes. */
import { study } from "../request.ts";

export const control = (set: Parameters<typeof study>[2] = {}) => study("pri-control", "intended", set);
export const TOGETHER = { creditsPerDev: 3, pqEntries: 5 };
export const STILL = { usersStop: false };
/** A group may wait for ever, and nothing else ends it. */
export const UNANSWERED = { stopMethod: "by-waiting", interfaceRestarts: true };
export const WITHOUT_PASID = { requesters: "functions", stopMethod: "by-waiting", creditsPerDev: 3, pqEntries: 3 };
