/** From the operations of a recording of Linux 7.3 to calls of the machines: what the program hands over. */
import type { CallName } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/call-plans.ts";
import type { Named, ObjectKind } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/object-messages.ts";
import { PAGE } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/ioas.ts";
import type { Op } from "../drive.ts";
import { NO_ID, type Handles } from "./handles.ts";

type Numbers = { readonly [name: string]: number };

export interface Asked {
  readonly call: CallName;
  readonly args: Numbers;
  readonly memory?: Numbers;
  readonly names?: { readonly [role: string]: Named };
  /** The field whose handle the object gets, if the call succeeds, and its role in the call. */
  readonly makes?: readonly [field: string, role: string];
  /** The field whose object the call destroys. */
  readonly destroys?: string;
}

/** The IOAS that is there before the first operation. */
const IOAS_ID = 1;
/** The pages of the buffer that the program maps: frames that follow each other. */
export const FRAME = 1000;
/** 20 PASID bits; a device without has one PASID, the device itself. */
const WITH_PASIDS = 2 ** 20;
const WITHOUT_PASIDS = 1;

const number = (op: Op, field: string): number => Number(op[field] ?? 0);
const numbers = (op: Op, fields: { readonly [arg: string]: string }): Numbers =>
  Object.fromEntries(Object.entries(fields).map(([arg, field]) => [arg, number(op, field)]));

/** Closing a descriptor, whatever it was of. */
const closes = (kind: ObjectKind, field: string, op: Op, handles: Handles): Asked => ({
  call: "file-close",
  args: {},
  names: { queue: { kind, at: handles.at(field, op) } },
});

const destroys = (field: string, op: Op, handles: Handles): Asked => ({
  call: "object-destroy",
  args: { target: handles.id(field, op) },
  destroys: field,
});

/** An HWPT for a PASID, or for the device itself; without a handle the IOAS, for which the kernel may make one. */
const ofPasid = (op: Op, handles: Handles): Pick<Asked, "args" | "memory"> => ({
  args: {
    selftest: handles.id("dev", op),
    pasid: number(op, "pasid"),
    pt: op["h"] === undefined ? IOAS_ID : handles.id("h", op),
  },
  memory: op["h"] === undefined ? { hwpt: handles.fresh("h") } : {},
});

/** The call that the operation makes; undefined: it makes none. */
export function callOf(op: Op, handles: Handles, idev: (op: Op) => number): Asked | undefined {
  const id = (field: string): number => handles.id(field, op);
  const device = { device: idev(op) };
  const viommu = { viommu: handles.id("v", op) };
  switch (op.op) {
    case "dev_new": {
      const at = handles.fresh("dev");
      return {
        call: "device-new",
        args: { pt: IOAS_ID, maxPasids: op["pasid"] === 1 ? WITH_PASIDS : WITHOUT_PASIDS },
        memory: { selftest: at, device: at, hwpt: handles.fresh("h") },
        makes: ["dev", "selftest"],
      };
    }
    case "dev_destroy":
      return destroys("dev", op, handles);
    case "idev_destroy":
      return { call: "object-destroy", args: { target: idev(op) } };
    case "hwpt_alloc": {
      const pt =
        op["v"] !== undefined ? id("v") : op["ph"] !== undefined ? handles.id("h", { ...op, h: op["ph"] }) : IOAS_ID;
      return {
        call: "hwpt-alloc",
        args: {
          ...device,
          pt,
          ...numbers(op, { nestParent: "nest_parent", pasidCompat: "pasid" }),
          ...(op["f"] === undefined ? {} : { fault: id("f") }),
        },
        memory: { hwpt: handles.fresh("h") },
        makes: ["h", "hwpt"],
      };
    }
    case "hwpt_destroy":
      return destroys("h", op, handles);
    case "hwpt_replace":
      return { call: "device-replace", ...ofPasid(op, handles) };
    case "pasid_attach":
      return { call: "device-attach", ...ofPasid(op, handles) };
    case "pasid_replace":
      return { call: "device-replace", ...ofPasid(op, handles) };
    case "pasid_detach":
      return { call: "device-detach", args: { selftest: id("dev"), pasid: number(op, "pasid") } };
    case "pasid_check":
      return {
        call: "device-check",
        args: { selftest: id("dev"), pasid: number(op, "pasid"), pt: id("h"), detached: Number(op["h"] === undefined) },
      };
    case "fault":
      return {
        call: "fault-report",
        args: { ...device, ...numbers(op, { pasid: "pasid", grp: "grp", page: "addr", perm: "perm", last: "last" }) },
      };
    case "fq_alloc":
      return { call: "fault-alloc", args: {}, memory: { fault: handles.fresh("f") }, makes: ["f", "fault"] };
    case "fq_destroy":
      return destroys("f", op, handles);
    case "fd_close":
      return closes("fault", "f", op, handles);
    case "viommu_alloc":
      return {
        call: "viommu-alloc",
        args: { ...device, parent: id("h"), ...numbers(op, { ofType: "type", flags: "flags", page: "data" }) },
        memory: { viommu: handles.fresh("v") },
        makes: ["v", "viommu"],
      };
    case "viommu_destroy":
      return destroys("v", op, handles);
    case "vdev_alloc":
      return {
        call: "vdevice-alloc",
        args: { ...viommu, ...device, virt: number(op, "virt") },
        memory: { vdevice: handles.fresh("d") },
        makes: ["d", "vdevice"],
      };
    case "vdev_destroy":
      return destroys("d", op, handles);
    case "veventq_alloc":
      return {
        call: "veventq-alloc",
        args: { ...viommu, ...numbers(op, { ofType: "type", depth: "depth", flags: "flags" }) },
        memory: { veventq: handles.fresh("e") },
        makes: ["e", "veventq"],
      };
    case "veventq_destroy":
      return destroys("e", op, handles);
    case "ve_close":
      return closes("veventq", "e", op, handles);
    case "vevent":
      return { call: "event-report", args: device };
    case "hwq_alloc": {
      const at = handles.fresh("k");
      return {
        call: "hw-queue-alloc",
        args: { ...viommu, ...numbers(op, { ofType: "type", index: "index", iova: "iova", length: "len" }) },
        memory: { "hw-queue": at, access: at },
        makes: ["k", "hw-queue"],
      };
    }
    case "hwq_destroy":
      return destroys("k", op, handles);
    case "ioas_map": {
      const frame = FRAME + number(op, "off") / PAGE;
      return {
        call: "ioas-map",
        args: { ioas: IOAS_ID, ...numbers(op, { iova: "iova", length: "len" }), frame, stride: 1 },
      };
    }
    case "ioas_unmap":
      return { call: "ioas-unmap", args: { ioas: IOAS_ID, ...numbers(op, { iova: "iova", length: "len" }) } };
    case "vinv":
      return { call: "cache-invalidate", args: { pt: id("v"), ...numbers(op, { virt: "virt", cache: "cache" }) } };
    case "cache_check":
      return { call: "cache-check", args: { ...device, ...numbers(op, { cache: "cache", cleared: "zero" }) } };
    case "viommu_mmap":
      return {
        call: "page-map",
        args: {
          offset: handles.of("v", op)?.at ?? NO_ID - 1,
          whole: Number(op["how"] !== 1),
          executable: Number(op["how"] === 2),
          shared: Number(op["how"] !== 3),
        },
      };
    case "iommufd_close":
      return { call: "context-close", args: {} };
    default:
      return undefined;
  }
}
