/** iommufd of Linux 6.12 in a replay: its objects, and the files of its fault queues. */
import type { Json, Message } from "../../../../checker/json.ts";
import { EINVAL, type Fault } from "../../../../model/machines/linux/include/iommu.ts";
import { iopfQueue } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/iopf-queue.ts";
import { controlSteps } from "../../../../model/machines/linux/iommu/iommufd/fault/control-thread.ts";
import { faultHandlerSteps } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";
import type { FaultQueueContext } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import type { Told } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-reader-messages.ts";
import { BOOTED_612 } from "../classes.ts";
import type { Recording, Op } from "../drive.ts";
import { paramOf, queueOf } from "./core.ts";
import {
  controlOf,
  faultQueueOf,
  hwptOf,
  iommufdComponents,
  LINUX_6_12_IOMMUFD,
  recordedRoutes,
  type Hwpt,
  type IommufdRules,
  type IommufdSetting,
} from "./iommufd-system.ts";
import type { Departure, Part, Run, Setting } from "./part.ts";
import { deliverWord, type Tokens } from "./words.ts";

/** The IOPF queue of the driver below iommufd. The selftest's is allocated when the module is loaded. */
const OWN_QUEUE = 0;

/** What a booted kernel says of its selftest device, and the harness of the same functions. */
const isBooted = ({ recording }: Setting): boolean => recording.class === BOOTED_612;

const numbersOf = ({ ops }: Recording, field: string): readonly number[] =>
  [...new Set(ops.flatMap(({ [field]: number }) => (typeof number === "number" ? [number] : [])))].sort(
    (a, b) => a - b,
  );
const allocations = ({ ops }: Recording): readonly Op[] => ops.filter(({ op }) => op === "hwpt_alloc");

const rulesOf = ({ iommufd: rules }: Departure): IommufdRules => ({ ...LINUX_6_12_IOMMUFD, ...rules });

function settingOf({ recording, init, groups, departure }: Setting): IommufdSetting {
  const vf = Number(init["vf"] ?? 0);
  return {
    rules: rulesOf(departure),
    groups,
    virtualFunctions: [...groups.keys()].filter((device) => (vf >> device) % 2 === 1),
    hwpts: [
      ...allocations(recording).map(({ f, nested }) => ({
        queue: typeof f === "number" ? f : null,
        nested: nested === true,
      })),
      NEVER_ALLOCATED,
    ],
    faultQueues: numbersOf(recording, "f"),
    hasQueue: recording.class === BOOTED_612,
  };
}

/** What stands for every number that no HWPT has had so far: it is not in the table of objects. */
const NEVER_ALLOCATED: Hwpt = { queue: null, nested: false };

/** Recordings name an HWPT by a number that may be used again; machines number them in the order of allocation. */
function hwptNamed({ setting }: Run, op: Op): number {
  const { ops } = setting.recording;
  const until = ops.slice(0, ops.indexOf(op) + 1).filter((one) => one.op === "hwpt_alloc");
  const last = until.findLastIndex(({ h }) => h === op["h"]);
  return last < 0 ? allocations(setting.recording).length : last;
}

const controlOfDevice = (run: Run, device: Json | undefined): string => controlOf(run.setting.groups[Number(device)]);

/** Whether the IOMMU group of the device has others. */
const isShared = ({ groups }: Setting, device: number): boolean =>
  groups.filter((group) => group === groups[device]).length > 1;

const CALLS: { readonly [op: string]: string } = {
  hwpt_attach: "control.attaches",
  hwpt_replace: "control.replaces",
};

const CODES = ["success", "invalid"] as const;

/** An allocation that fails is not the only one that xa_alloc() has for a node: a fetch is not ordered to fail. */
const READER = [
  { type: "reader.locks" },
  { type: "reader.fetches" },
  { type: "reader.copies", copied: true },
  { type: "reader.fails", copied: false },
  { type: "reader.unlocks" },
];
const WRITER = [
  { type: "writer.locks" },
  { type: "writer.ends" },
  { type: "writer.takes", copied: true },
  { type: "writer.fails", copied: false },
  { type: "writer.responds" },
  { type: "writer.frees" },
  { type: "writer.unlocks" },
];
const CONTROL = [...controlSteps, { type: "control.allocates", ok: true }, { type: "control.allocates", ok: false }];

/** On a booted kernel an ioctl, or close(), ends with 0 after a function that returns nothing. */
function saysReturn(run: Run): void {
  const result = run.returned?.["result"];
  if (result !== undefined) run.say({ ev: "ret", val: result ?? (isBooted(run.setting) ? 0 : null) });
}

function attachments(op: Op, run: Run): void {
  const device = Number(op["dev"]);
  const control = controlOfDevice(run, op["dev"]);
  const hwpt = hwptNamed(run, op);
  const event: Message =
    op.op === "hwpt_detach" ? { type: "control.detaches", device } : { type: CALLS[op.op]!, device, hwpt };
  if (isShared(run.setting, device) && !isBooted(run.setting) && op.op !== "hwpt_replace")
    run.restate(`${op.op} in an IOMMU group of several devices, as the harness restates it`);
  if (run.drive.canTake(control, event)) {
    run.begin(control, event, "control.returns");
    return saysReturn(run);
  }
  // No caller of the kernel's functions does this; the program that recorded refuses it by itself.
  if (op.op === "hwpt_detach") return run.say({ ev: "skip", why: "not attached" });
  run.restate(`${op.op} of a device to what it is attached to, refused by the harness`);
  run.say({ ev: "ret", val: EINVAL });
}

function files(op: Op, run: Run): void {
  const queue = Number(op["f"]);
  const bytes = op["bytes"];
  switch (op.op) {
    case "fd_read": {
      const size = typeof bytes === "number" ? { bytes } : { room: Number(op["n"]) };
      return run.begin("reader", { type: "reader.reads", queue, ...size }, "read.returns");
    }
    case "fd_write": {
      const responses = op["resps"] as readonly (readonly number[])[];
      const cookies = responses.map(([cookie]) => cookie!);
      const codes = responses.map(([, code]) => CODES[code!] ?? "unknown");
      const size = typeof bytes === "number" ? { bytes } : {};
      return run.begin("writer", { type: "writer.writes", queue, cookies, codes, ...size }, "write.returns");
    }
    case "fd_poll":
      return run.begin("reader", { type: "reader.polls", queue, sleeps: false }, "poll.returns");
    default:
      run.begin("closer", { type: "closer.closes", queue }, "file.released");
      return run.say({ ev: "ret", val: isBooted(run.setting) ? 0 : null });
  }
}

function objects(op: Op, run: Run): void {
  const queue = Number(op["f"]);
  switch (op.op) {
    case "fq_alloc":
      return run.call("objects", { type: "control.creates", queue }, "control.returns");
    case "fq_destroy":
      return run.call("objects", { type: "control.destroys", queue }, "control.returns");
    case "hwpt_alloc":
      return run.call(hwptOf(hwptNamed(run, op)), { type: "hwpt.allocates" }, "hwpt.returns");
    default:
      return run.call(hwptOf(hwptNamed(run, op)), { type: "hwpt.destroys" }, "hwpt.returns");
  }
}

const OBJECTS = ["fq_alloc", "fq_destroy", "hwpt_alloc", "hwpt_destroy"];
const ATTACHMENTS = ["hwpt_attach", "hwpt_detach", "hwpt_replace"];
const FILES = ["fd_read", "fd_write", "fd_poll", "fd_close"];

/** Bits of `flags` of struct iommu_fault_page_request. */
const flagsOf = ({ pasid, last }: Fault): number => (pasid === null ? 0 : 1 + 4) + (last ? 2 : 0);

const recordOf = ({ cookie, idev, fault }: Told): Json => ({
  flags: flagsOf(fault),
  dev: idev,
  pasid: fault.pasid ?? 0,
  grp: fault.grp,
  perm: fault.perm,
  addr: fault.page,
  len: 0,
  cookie,
});

function word(message: Message, to: string, tokens: Tokens): Json | undefined {
  switch (message.type) {
    case "group.delivered":
      return to === "fault-handler" ? deliverWord(message, tokens, "iommufd") : undefined;
    case "queue.wakes":
      return { ev: "wake" };
    case "param.added":
      return to.startsWith("control")
        ? { ev: "iopf_enable", dev: message["device"]!, val: message["result"]! }
        : undefined;
    case "param.removes":
      return to === "driver" ? { ev: "iopf_disable", dev: message["device"]! } : undefined;
    case "copy.fails":
      return { ev: "copy_fail" };
    case "read.returns": {
      const recs = (message["groups"] as unknown as readonly Told[]).map(recordOf);
      return { ev: "read", f: message["queue"]!, val: message["result"]!, recs };
    }
    case "write.returns":
      return { ev: "write", f: message["queue"]!, val: message["result"]! };
    case "poll.returns":
      return { ev: "poll", f: message["queue"]!, in: message["in"]!, out: message["out"]! };
    default:
      return undefined;
  }
}

function stateOf(run: Run, f: number): Json {
  const { entries } = run.drive.context<FaultQueueContext>(faultQueueOf(f));
  return {
    ev: "state_fq",
    f,
    deliver: entries.filter(({ cookie }) => cookie === null).map((entry) => run.tokens.of(entry)),
    response: entries.flatMap((entry) =>
      entry.cookie === null ? [] : [{ cookie: entry.cookie, g: run.tokens.of(entry) }],
    ),
  };
}

export const iommufd: Part = {
  name: "iommufd",
  operations: [...OBJECTS, ...ATTACHMENTS, ...FILES],
  queues: [OWN_QUEUE],
  wiring(setting) {
    const own = settingOf(setting);
    return {
      components: {
        ...iommufdComponents(own),
        ...(own.hasQueue && {
          [queueOf(OWN_QUEUE)]: { machine: iopfQueue, role: "iopf-queue", input: { queue: OWN_QUEUE } },
        }),
      },
      routes: recordedRoutes(
        ({ device }) => paramOf(device),
        ({ queue }) => queueOf(queue),
      ),
      handler: {
        component: "fault-handler",
        takes: (handler) => typeof handler === "object" && handler !== null && "queue" in handler,
      },
      attachers: ({ device }) => [controlOf(setting.groups[Number(device)])],
      holders: ["fault-handler", ...own.faultQueues.map(faultQueueOf)],
    };
  },
  perform(op, run) {
    if (OBJECTS.includes(op.op)) return objects(op, run);
    return FILES.includes(op.op) ? files(op, run) : attachments(op, run);
  },
  goesOn: (run) =>
    run.step("fault-handler", faultHandlerSteps(rulesOf(run.setting.departure).handler)) !== undefined ||
    run.step("reader", READER) !== undefined ||
    run.step("writer", WRITER) !== undefined ||
    run.step("closer", [{ type: "closer.steps" }]) !== undefined ||
    ["objects", ...new Set(run.setting.groups.map(controlOf))].some((name) => run.step(name, CONTROL) !== undefined),
  word: ({ message, to }, { tokens }) => word(message, to, tokens),
  dump: {
    order: 1,
    list: (run) =>
      settingOf(run.setting)
        .faultQueues.filter((f) => run.drive.stateName(faultQueueOf(f)) === "alive")
        .map((f) => stateOf(run, f)),
  },
};
