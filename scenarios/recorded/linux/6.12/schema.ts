/**
 * The shape of a line of a recording of Linux 6.12: each operation and each event with its own fields.
 */
import * as z from "zod";
import type { Json } from "../../../../checker/json.ts";
import { choosing, few, whole } from "../../shape.ts";
import { BOOTED_612, classes612 } from "../classes.ts";
import * as common from "../schema.ts";

const { op, ev, flag } = common;
const bytes = whole.optional();

const operation = z.discriminatedUnion(
  "op",
  [
    ...common.commonOps,
    op("init", {
      devs: few.min(1),
      groups: z.array(few).optional(),
      /** User space has the PASID table. */
      upt: flag,
      /** The driver can send page responses. */
      pr: flag,
      intel: flag,
      vf: few.optional(),
    }),
    op("attach", {
      dev: few,
      pasid: whole,
      mode: z.enum(["hold", "reply", "err", "hold_dequeue", "work", "none"]),
      code: common.code.optional(),
      nested: flag,
    }),
    op("detach", { dev: few, pasid: whole }),
    op("fault", common.faultFields),
    op("respond", { g: whole, code: common.code }),
    op("bind", { dev: few, mm: few }),
    op("unbind", { dev: few, mm: few }),
    op("prq_put", {
      dev: whole,
      pasid: whole.optional(),
      grp: whole,
      addr: whole,
      last: flag,
      r: flag,
      w: flag,
      x: flag,
      priv: flag,
    }),
    op("prq_irq", {}),
    op("prq_pro", {}),
    op("prq_drain", { dev: few, pasid: whole }),
    op("fq_alloc", { f: few }),
    op("fq_destroy", { f: few }),
    op("hwpt_alloc", { h: few, f: few.optional(), nested: flag }),
    op("hwpt_attach", { h: few, dev: few }),
    op("hwpt_replace", { h: few, dev: few }),
    op("hwpt_detach", { dev: few }),
    op("hwpt_destroy", { h: few }),
    op("fd_read", { f: few, n: common.nth.optional(), bytes }).refine(
      ({ n, bytes: size }) => (n === undefined) !== (size === undefined),
      "expected either n or bytes",
    ),
    op("fd_poll", { f: few }),
    op("fd_write", { f: few, resps: z.array(z.tuple([whole, whole])), bytes }),
    op("fd_close", { f: few }),
    op("fail_copy", { n: common.nth }),
  ],
  choosing("op"),
);

const group = { g: whole };
const queue = { f: few };
const record = z.record(z.string(), z.int());

const event = z.discriminatedUnion(
  "ev",
  [
    ...common.commonEvents,
    ev("state", {
      ...common.stateFields,
      users: whole.optional(),
      partial: common.partials.optional(),
      pending: z.array(whole.nullable()).optional(),
    }),
    // Without a token and the name of the handler where the kernel was booted.
    ev("deliver", { ...common.deliverFields, via: z.string().optional(), g: whole.optional() }),
    ev("response", { ...common.responseFields, g: whole.nullable().optional(), last: z.boolean().optional() }),
    ev("work_run", group),
    ev("freed_while_held", group),
    ev("freed_while_work_queued", group),
    ev("warn_on", { in: z.string() }),
    ev("skip", { why: z.string() }),
    ev("iopf_enable", { dev: few, val: z.int() }),
    ev("iopf_disable", { dev: few }),
    ev("wake", {}),
    ev("read", { ...queue, val: z.int(), recs: z.array(record) }),
    ev("write", { ...queue, val: z.int() }),
    ev("poll", { ...queue, in: z.boolean(), out: z.boolean() }),
    ev("state_fq", { ...queue, deliver: z.array(z.int()), response: z.array(record) }),
    ev("copy_fail", {}),
    ev("qi_pgrp_resp", {
      rid: whole,
      pasid_present: z.boolean(),
      pasid: whole,
      code: whole,
      prg: whole,
      lpig: z.boolean(),
    }),
    ev("qi_drain", { n: whole }),
    ev("pro_cleared", {}),
    ev("prq_thread", { from: z.string() }),
    ev("hw_drop", { pro: z.boolean() }),
  ],
  choosing("ev"),
);

const recording = common.recordingOf("6.12", classes612, operation, event);

/** What is wrong with the line, or undefined. */
export const shape612 = (line: Json): string | undefined => common.lineComplaint(recording, line, BOOTED_612);
