/** The shape of a line of a recording of Linux 6.1: each operation and each event with its own fields. */
import * as z from "zod";
import type { Json } from "../../../../checker/json.ts";
import { choosing, few, pasid, whole } from "../../shape.ts";
import { BOOTED_61, classes61 } from "../classes.ts";
import * as common from "../schema.ts";

const { op, ev, flag } = common;

const operation = z.discriminatedUnion(
  "op",
  [
    ...common.commonOps,
    op("init", { devs: few.min(1) }),
    op("register", { dev: few, mode: z.enum(["iopf", "hold", "err"]) }),
    op("unregister", { dev: few }),
    op("fault", { ...common.faultFields, needs_pasid: flag }),
    op("page_response", {
      dev: few,
      grp: whole.optional(),
      pasid: whole.optional(),
      code: common.code.optional(),
      version: whole.optional(),
    }),
    op("mm_pasid", { mm: few, pasid: whole }),
  ],
  choosing("op"),
);

const event = z.discriminatedUnion(
  "ev",
  [
    ...common.commonEvents,
    ev("state", { ...common.stateFields, handler: z.boolean(), partial: common.partials, pending: common.partials }),
    ev("deliver", common.deliverFields),
    ev("response", { ...common.responseFields, resp_pasid: pasid, addr: whole }),
    ev("handler", { dev: few, type: whole, grp: whole, pasid, addr: whole, last: z.boolean() }),
  ],
  choosing("ev"),
);

const recording = common.recordingOf("6.1", classes61, operation, event);

/** What is wrong with the line, or undefined. */
export const shape61 = (line: Json): string | undefined => common.lineComplaint(recording, line, BOOTED_61);
