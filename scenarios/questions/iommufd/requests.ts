/** The runs of the questions about `iommufd`: a design, with what a question changes. */
import { study } from "../request.ts";

type Set = Parameters<typeof study>[2];

export const queue = (set: Set = {}, host = "intended") => study("iommufd", host, set);
/** User space is silent, and the device may be moved between two queues. */
const SILENT = { faultQueues: 2, readGroups: 0, writeCookies: 0 } as const;
export const silent = (set: Set = {}, host = "intended") => queue({ ...SILENT, ...set }, host);
export const still = (set: Set = {}) => queue({ deviceDetaches: false, ...set });
