/** GOP: the references and locks around a VFIO group, its container, and the VM it belongs to. */
import { all, always, canAlways, each, leadsTo, parameters, sometimes, type Seen } from "../../checker/property.ts";
import type { CountedObjectContext } from "../../model/machines/linux/lib/counted-object.ts";
import type { GroupCallerContext } from "../../model/machines/linux/vfio/group/group-caller.ts";
import type { CallName, Thing } from "../../model/machines/linux/vfio/group/group-calls.ts";
import type { VmPointerContext } from "../../model/machines/linux/vfio/group/vm-pointer.ts";
import type { GroupOpenDesign, GroupOpenSizes } from "../../model/systems/studies/group-open-design.ts";
import type { StudyParameters } from "../../model/systems/study.ts";
import { inStudy } from "./parameters.ts";
import { vfioRule } from "./sources.ts";

type Condition = (host: GroupOpenDesign, bounds: GroupOpenSizes) => boolean;
const here = (condition?: Condition) => inStudy<GroupOpenDesign, GroupOpenSizes>("group-open", condition);
const withVm: Condition = (_, { opensVm }) => opensVm;
const pins: Condition = (_, { driverPins }) => driverPins;

const group = each<CountedObjectContext>("vfio-group");
const container = each<CountedObjectContext>("vfio-container");
const vm = each<CountedObjectContext>("virtual-machine");
const pointer = each<VmPointerContext>("vm-pointer");
const caller = each<GroupCallerContext>("group-caller");
const callers = all<GroupCallerContext>("group-caller");
const sizes = parameters<StudyParameters<GroupOpenDesign, GroupOpenSizes>>();
const locks = all<{ owner: string | null }>("mutex");

type Callers = readonly Seen<GroupCallerContext>[];
const nobodyHas = (every: Callers, ...things: readonly Thing[]): boolean =>
  every.every(({ context: { has } }) => !things.some((thing) => has.includes(thing)));
const calls = (every: Callers, call: CallName): boolean => every.some(({ context }) => context.call === call);
const nobodyCalls = (every: Callers): boolean => every.every(({ state }) => state === "idle");
const owns = (all_: readonly Seen<{ owner: string | null }>[], lock: string, owner: string): boolean =>
  all_.some(({ name, context }) => name === lock && context.owner === owner);

export const gop = [
  canAlways({
    id: "GOP-1",
    name: "group-can-go",
    statement: "The group can always be freed after its device was unbound.",
    source: vfioRule("I-30; B-17"),
    witness: "GOP-2",
    applies: here(),
    reads: { group },
    holds: ({ group: g }) => g.state === "freed",
  }),
  sometimes({
    id: "GOP-2",
    name: "container-dissolves-early",
    statement: "The container is freed while the device stays bound.",
    source: vfioRule("I-30"),
    applies: here(),
    reads: { group, container },
    holds: ({ group: g, container: c }) => g.state === "alive" && c.state === "freed",
  }),
  canAlways({
    id: "GOP-3",
    name: "container-can-dissolve",
    statement: "The container can always be freed after everything of its group was closed.",
    source: vfioRule("I-30; B-17"),
    witness: "GOP-2",
    applies: here(),
    reads: { container },
    holds: ({ container: c }) => c.state === "freed",
  }),
  leadsTo({
    id: "GOP-4",
    name: "container-dissolves",
    statement: "A container is freed once everything of it is closed.",
    source: vfioRule("I-30; B-17"),
    witness: "GOP-2",
    applies: here(),
    reads: { container, callers },
    when: ({ callers: every }) => nobodyHas(every, "group-file", "device"),
    eventually: ({ container: c, callers: every }) => c.state === "freed" || !nobodyHas(every, "group-file", "device"),
    assumes: ["threads"],
  }),
  leadsTo({
    id: "GOP-5",
    name: "group-goes",
    statement: "A group is freed once its device is unbound.",
    source: vfioRule("I-30; B-17"),
    witness: "GOP-15",
    applies: here(),
    reads: { group, callers },
    when: ({ callers: every }) => nobodyHas(every, "bound"),
    eventually: ({ group: g, callers: every }) => g.state === "freed" || !nobodyHas(every, "bound"),
    assumes: ["threads"],
  }),
  always({
    id: "GOP-6",
    name: "failed-pin-holds-nothing",
    statement: "A failed pin that has returned holds no reference.",
    source: vfioRule("B-17"),
    witness: "GOP-7",
    applies: here(pins),
    reads: { group, container },
    parts: {
      "no reference to the group is left over": ({ group: { context: g } }) => !g.leaked,
      "no reference to the container is left over": ({ container: { context: c } }) => !c.leaked,
    },
  }),
  sometimes({
    id: "GOP-7",
    name: "pin-failed",
    statement: "A pin has failed and has not returned yet.",
    source: vfioRule("2.4; B-17"),
    applies: here(pins),
    reads: { callers, sizes },
    holds: ({ callers: every, sizes: { bounds } }) =>
      every.some(
        ({ context: { call, failed, left } }) =>
          call === "pin" && left.length > 0 && (failed || bounds.groupDevices > 1),
      ),
  }),
  leadsTo({
    id: "GOP-8",
    name: "group-calls-return",
    statement: "Every call on the group returns.",
    source: vfioRule("I-38; B-20"),
    witness: "GOP-9",
    applies: here(),
    reads: { caller },
    when: ({ caller: c }) => c.state === "calling",
    eventually: ({ caller: c }) => c.state === "idle",
    assumes: ["threads"],
  }),
  sometimes({
    id: "GOP-9",
    name: "device-call-under-group-lock",
    statement: "A device is opened or closed under the lock of its group.",
    source: vfioRule("B-20"),
    applies: here(),
    reads: { locks },
    holds: ({ locks: every }) => owns(every, "group-lock", "user"),
  }),
  canAlways({
    id: "GOP-10",
    name: "vm-can-end",
    statement: "The VM can always be destroyed.",
    source: vfioRule("I-38; B-20"),
    witness: "GOP-11",
    applies: here(withVm),
    reads: { vm, callers },
    parts: {
      "the VM is destroyed": ({ vm: v }) => v.state === "freed",
      "no caller is in the group": ({ callers: every }) => nobodyCalls(every),
    },
  }),
  sometimes({
    id: "GOP-11",
    name: "device-has-last-vm-reference",
    statement: "The last reference to the VM is that of a device.",
    source: vfioRule("B-20"),
    applies: here(withVm),
    reads: { vm },
    holds: ({ vm: v }) => v.state === "alive" && v.context.holders.join() === "user",
  }),
  always({
    id: "GOP-12",
    name: "no-dead-vm-in-group",
    statement: "While no call is under way, a group does not belong to a VM that has been destroyed.",
    source: vfioRule("I-30"),
    witness: "GOP-11",
    applies: here(withVm),
    reads: { vm, pointer, callers },
    given: {
      "the VM is freed": ({ vm: v }) => v.state === "freed",
      "the pointer names it": ({ pointer: p }) => p.context.names,
    },
    parts: { "a thread is in a call": ({ callers: every }) => !nobodyCalls(every) },
  }),
  always({
    id: "GOP-13",
    name: "freed-vm-unused",
    statement: "No pointer to a freed VM is used.",
    source: vfioRule("I-30"),
    witness: "GOP-16",
    applies: here(withVm),
    reads: { vm },
    holds: ({ vm: { context: v } }) => !v.useAfterFree,
  }),
  sometimes({
    id: "GOP-14",
    name: "locks-in-two-threads",
    statement: "One thread holds the lock of the group, and another thread that of the VM.",
    source: vfioRule("I-38; B-20"),
    applies: here(withVm),
    reads: { locks },
    holds: ({ locks: every }) => owns(every, "group-lock", "user") && owns(every, "kvm-lock", "vmm"),
  }),
  sometimes({
    id: "GOP-15",
    name: "unbound-group-stays",
    statement: "A device is unbound, and its group is still there.",
    source: vfioRule("I-30"),
    applies: here(),
    reads: { group, callers },
    holds: ({ group: g, callers: every }) => g.state === "alive" && nobodyHas(every, "bound"),
  }),
  sometimes({
    id: "GOP-16",
    name: "open-with-dying-vm",
    statement: "A device is opened while the VM that its group names has been destroyed, or is about to be.",
    source: vfioRule("I-30"),
    applies: here(withVm),
    reads: { vm, pointer, callers },
    holds: ({ vm: v, pointer: p, callers: every }) =>
      p.context.names &&
      calls(every, "open-device") &&
      (v.state === "freed" || (v.context.count === 1 && calls(every, "close-kvm-vfio"))),
  }),
  always({
    id: "GOP-17",
    name: "freed-group-unused",
    statement: "No pointer to a freed group or container is used.",
    source: vfioRule("I-30"),
    witness: "GOP-18",
    applies: here(pins),
    reads: { group, container },
    parts: {
      "no freed group is used": ({ group: { context: g } }) => !g.useAfterFree,
      "no freed container is used": ({ container: { context: c } }) => !c.useAfterFree,
    },
  }),
  sometimes({
    id: "GOP-18",
    name: "pin-has-last-group-reference",
    statement: "The last reference to the group is that of a driver that pins.",
    source: vfioRule("I-30"),
    applies: here(pins),
    reads: { group },
    holds: ({ group: g }) => g.state === "alive" && g.context.holders.join() === "pinner",
  }),
] as const;
