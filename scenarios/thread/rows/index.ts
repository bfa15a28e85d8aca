/** The 75 claims and questions of the RFC thread, in the order of the messages. */
import { coverLetterRows } from "./cover-letter.ts";
import { deliveryRows } from "./delivery.ts";
import { faultingRows } from "./faulting.ts";
import type { Row } from "./row.ts";

export type { Row } from "./row.ts";

export const rows: readonly Row[] = [...coverLetterRows, ...faultingRows, ...deliveryRows];
