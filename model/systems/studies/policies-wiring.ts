/** Who calls whom in the focused model of policies, and whose steps its claims about the future rest on. */
import {
  call,
  delivers,
  send,
  takesSteps,
  type Component,
  type FairnessClass,
  type Route,
} from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import { unpinSteps } from "../../machines/policies/coiommu-unpin.ts";
import { field, pageOf } from "../host-side.ts";
import type { Wiring } from "../study.ts";
import type { PoliciesDesign } from "./policies-design.ts";
import { hasFaults } from "./policies-faults.ts";

export type Components = { readonly [name: string]: Component };
export type PoliciesBounds = {
  readonly pages: readonly number[];
  readonly drivers: readonly number[];
  readonly lies: boolean;
};

const by = (message: Message): string => field(message, "by");
const translationOf = (message: Message): string => `translation${field(message, "page")}`;

/** Where reports of faults wait: in one queue, or in one of each device (row 62). */
export function queuesOf(design: PoliciesDesign, { drivers }: PoliciesBounds): readonly string[] {
  if (!hasFaults(design)) return [];
  return design.faultPath === "iommu" ? ["faults"] : drivers.map((device) => `device${device}.faults`);
}

const deviceOf = (message: Message): string => `device${field(message, "device")}`;
const postedTo = (message: Message): string => by(message).replace("guest", "device");

export function routesOf(design: PoliciesDesign): readonly Route[] {
  const { policy, faultPath, mailboxChecked } = design;
  const shared = policy === "coiommu";
  const frontOf = (message: Message): string => (shared ? by(message).replace("guest", "driver") : "policy");
  const threadFor = ({ work }: Message): string => (hasFaults(design) && work === "release" ? "reclaimer" : "server");
  const entryOf = (message: Message): string => `entry${field(message, "page")}`;
  const presenceOf = (message: Message): string => `presence${field(message, "page")}`;
  return [
    call("policy-guest", ["policy.before-dma", "policy.after-dma"], frontOf, "block"),
    call("policy-guest", ["device.posts"], (message) => (policy === "snoop" ? "policy" : postedTo(message)), "block"),
    call("policy", ["device.posts"], postedTo),
    call("policy-device", ["access.begins"], policy === "vpri" ? presenceOf : translationOf),
    call("policy-presence", ["access.begins"], translationOf),
    call("policy-presence", ["access.absent"], deviceOf),
    call("policy-device", ["access.retires"], translationOf),
    call("policy-device", ["page.awaited", "page.settled"], (message) => `pressure${field(message, "page")}`),
    call("policy-device", ["device.done"], (message) => (policy === "snoop" ? ["policy", by(message)] : by(message))),
    call("policy-device", ["ring.offers"], "ring"),
    send("policy-device", ["fault.reports"], (_, sender) => (faultPath === "iommu" ? "faults" : `${sender}.faults`)),
    call("policy-translation", ["access.granted", "access.faults"], deviceOf),
    call("policy-translation", ["iotlb.invalidated"], "iommu"),
    call("policy-pressure", ["policy.pressure"], shared ? "unpin" : "policy", "block"),
    call("policy-pressure", ["host.reclaims"], pageOf, "block"),
    call("policy-page", ["host.pinned"], by),
    ...["policy", "policy-viommu", "policy-driver"].flatMap((role) => [
      call(role, ["policy.ready", "policy.left"], by),
      call(role, ["work.asks"], threadFor, mailboxChecked ? "block" : "drop"),
    ]),
    call("policy", ["fault.answered"], by),
    call("policy-driver", ["entry.maps", "entry.unmaps"], entryOf),
    call("policy-entry", ["entry.mapped", "entry.read", "entry.exchanged"], by),
    call("policy-thread", ["work.done"], shared ? by : "policy"),
    ...["policy-thread", "policy-unpin"].flatMap((role) => [
      call(role, ["lock.acquires"], "lock", "block"),
      call(role, ["lock.releases"], "lock"),
      call(role, ["container.finds"], "container"),
      call(role, ["release.starts"], "release", "block"),
    ]),
    call("policy-thread", ["hold.starts"], "hold", "block"),
    call("policy-unpin", ["entry.exchanges", "entry.reads"], entryOf),
    call("policy-unpin", ["entry.clears-accessed", "entry.writes-zero", "entry.sets-pinned"], entryOf),
    call("policy-container", ["container.found"], by),
    call("policy-hold", ["host.pins"], pageOf),
    call("policy-hold", ["translation.maps"], translationOf),
    call("policy-hold", ["container.marks"], "container"),
    call("policy-hold", ["entry.sets-pinned"], entryOf),
    call("policy-hold", ["presence.sets"], presenceOf),
    call("policy-hold", ["hold.done"], by),
    call("policy-release", ["translation.unmaps"], translationOf),
    call("policy-release", ["command.invalidates-iotlb"], "iommu"),
    call("policy-release", ["command.fences"], "iommu", "block"),
    call("policy-release", ["host.unpins"], pageOf),
    call("policy-release", ["presence.clears"], presenceOf),
    call("policy-release", ["container.clears"], "container"),
    call("policy-release", ["release.done"], by),
    call("policy-command-queue", ["iotlb.invalidates"], translationOf),
    call("policy-command-queue", ["fence.completed"], "release"),
    call("backup-ring", ["ring.took", "ring.full", "ring.copied"], by),
    call("backup-ring", ["fault.reports"], "policy", "block"),
  ];
}

/** Steps that the unpin thread owes; that DMA_UNMAP fails is none of them, nor that it looks at a page at all. */
const UNPINNING = unpinSteps([]).flatMap(({ type }) => (type === "unpin.fails" ? [] : [type]));

const unmaps = (component: string, page: number): FairnessClass => ({
  name: `${component}: unpin.unmaps of page ${page}`,
  kind: "strong",
  actions: (action) =>
    action.kind === "event" &&
    action.component === component &&
    action.event.type === "unpin.unmaps" &&
    action.event["page"] === page,
});

/** Guests, and what the host wants, are in no group. */
export function fairnessOf(
  components: Components,
  queues: readonly string[],
  { pages }: PoliciesBounds,
): NonNullable<Wiring["fairness"]> {
  const of = (role: string): readonly string[] =>
    Object.keys(components).filter((name) => components[name]?.role === role);
  const taken = (role: string, kind: FairnessClass["kind"], types?: readonly string[]): readonly FairnessClass[] =>
    of(role).map((name) => takesSteps(name, kind, types));
  /** That the host wants a page is its decision; then it goes on until it has it. */
  const pressing = (kind: FairnessClass["kind"]): readonly FairnessClass[] =>
    ["pressure.asks", "pressure.reclaims"].flatMap((type) => taken("policy-pressure", kind, [type]));
  return {
    threads: [
      ...["policy-thread", "policy-hold", "policy-release", "policy-driver", "backup-ring"].flatMap((role) =>
        taken(role, "weak"),
      ),
      ...of("policy").flatMap((name) => ((components[name]?.events ?? []).length > 0 ? [takesSteps(name)] : [])),
      ...taken("policy-unpin", "weak", UNPINNING),
      /** DMA_UNMAP does not fail for ever. */
      ...of("policy-unpin").flatMap((name) => pages.map((page) => unmaps(name, page))),
      ...pressing("weak"),
    ],
    hardware: queues.map((name) => delivers(name)),
    devices: taken("policy-device", "weak"),
    /** Locks, mailboxes and queues serve in turn. */
    lock: [
      ...taken("policy-thread", "strong", ["work.locks"]),
      ...taken("policy-unpin", "strong", ["unpin.locks"]),
      ...taken("policy-driver", "strong", ["driver.notifies"]),
      ...of("policy")
        .filter((name) => (components[name]?.events ?? []).some(({ type }) => type === "snoop.reads"))
        .map((name) => takesSteps(name, "strong", ["snoop.reads"])),
      ...taken("backup-ring", "strong", ["ring.takes"]),
      ...pressing("strong"),
      ...queues.map((name) => delivers(name, "strong")),
    ],
  };
}
