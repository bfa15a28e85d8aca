/** GOP: the references and locks around a VFIO group, its container, and the VM it belongs to. */
import { all, always, canAlways, each, leadsTo, optional, sometimes, type Seen } from "../../checker/property.ts";
import type { CountedObjectContext } from "../../model/machines/kernel/counted-object.ts";
import type { GroupCallerContext } from "../../model/machines/vfio/group/group-caller.ts";
import type { Thing } from "../../model/machines/vfio/group/group-calls.ts";
import type { VmPointerContext } from "../../model/machines/vfio/group/vm-pointer.ts";
import type { GroupOpenDesign, GroupOpenSizes } from "../../model/systems/studies/group-open.ts";
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
const groups = optional<CountedObjectContext>("vfio-group");
const containers = optional<CountedObjectContext>("vfio-container");
const vms = optional<CountedObjectContext>("virtual-machine");
const locks = all<{ owner: string | null }>("mutex");

type Callers = readonly Seen<GroupCallerContext>[];
const nobodyHas = (every: Callers, ...things: readonly Thing[]): boolean =>
  every.every(({ context: { has } }) => !things.some((thing) => has.includes(thing)));
const nobodyCalls = (every: Callers): boolean => every.every(({ state }) => state === "idle");
const owns = (all_: readonly Seen<{ owner: string | null }>[], lock: string, owner: string): boolean =>
  all_.some(({ name, context }) => name === lock && context.owner === owner);

export const gop = [
  canAlways({
    id: "GOP-1",
    statement: "The group can go again, after its device was unbound.",
    source: vfioRule("I-30; B-17"),
    witness: "GOP-2",
    applies: here(),
    reads: { group },
    holds: ({ group: g }) => g.state === "freed",
  }),
  sometimes({
    id: "GOP-2",
    statement: "The container dissolves while the device stays bound.",
    source: vfioRule("I-30"),
    applies: here(),
    reads: { group, container },
    holds: ({ group: g, container: c }) => g.state === "alive" && c.state === "freed",
  }),
  canAlways({
    id: "GOP-3",
    statement: "The container can dissolve again, after everything of its group was closed.",
    source: vfioRule("I-30; B-17"),
    witness: "GOP-2",
    applies: here(),
    reads: { container },
    holds: ({ container: c }) => c.state === "freed",
  }),
  leadsTo({
    id: "GOP-4",
    statement: "Once everything of it is closed, a container dissolves.",
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
    statement: "Once its device is unbound, a group goes.",
    source: vfioRule("I-30; B-17"),
    witness: "GOP-2",
    applies: here(),
    reads: { group, callers },
    when: ({ callers: every }) => nobodyHas(every, "bound"),
    eventually: ({ group: g, callers: every }) => g.state === "freed" || !nobodyHas(every, "bound"),
    assumes: ["threads"],
  }),
  always({
    id: "GOP-6",
    statement: "Who has returned from a failed pin holds nothing.",
    source: vfioRule("B-17"),
    witness: "GOP-7",
    applies: here(pins),
    reads: { group, container },
    holds: ({ group: { context: g }, container: { context: c } }) => !g.leaked && !c.leaked,
  }),
  sometimes({
    id: "GOP-7",
    statement: "A driver pins while its device is open.",
    source: vfioRule("2.4"),
    applies: here(pins),
    reads: { callers },
    holds: ({ callers: every }) => every.some(({ context }) => context.call === "pin" && context.left.length > 0),
  }),
  leadsTo({
    id: "GOP-8",
    statement: "Every call around the group returns.",
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
    statement: "A device is opened or closed under the lock of its group.",
    source: vfioRule("B-20"),
    applies: here(),
    reads: { locks },
    holds: ({ locks: every }) => owns(every, "group-lock", "user"),
  }),
  canAlways({
    id: "GOP-10",
    statement: "The VM can end again.",
    source: vfioRule("I-38; B-20"),
    witness: "GOP-11",
    applies: here(withVm),
    reads: { vm, callers },
    holds: ({ vm: v, callers: every }) => v.state === "freed" && nobodyCalls(every),
  }),
  sometimes({
    id: "GOP-11",
    statement: "The last reference to the VM is that of a device.",
    source: vfioRule("B-20"),
    applies: here(withVm),
    reads: { vm },
    holds: ({ vm: v }) => v.state === "alive" && v.context.holders.join() === "user",
  }),
  always({
    id: "GOP-12",
    statement: "While nobody calls, a group does not belong to a VM that has ended.",
    source: vfioRule("I-30"),
    witness: "GOP-11",
    applies: here(withVm),
    reads: { vm, pointer, callers },
    holds: ({ vm: v, pointer: p, callers: every }) => v.state !== "freed" || !p.context.names || !nobodyCalls(every),
  }),
  always({
    id: "GOP-13",
    statement: "Nobody names the group, the container or the VM after it was freed.",
    source: vfioRule("I-30"),
    witness: "GOP-9",
    applies: here(),
    reads: { groups, containers, vms },
    holds: ({ groups: g, containers: c, vms: v }) => ![...g, ...c, ...v].some(({ context }) => context.useAfterFree),
  }),
  sometimes({
    id: "GOP-14",
    statement: "One thread holds the lock of the group, and another that of the VM.",
    source: vfioRule("I-38; B-20"),
    applies: here(withVm),
    reads: { locks },
    holds: ({ locks: every }) => owns(every, "group-lock", "user") && owns(every, "kvm-lock", "vmm"),
  }),
] as const;
