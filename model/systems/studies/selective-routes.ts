/** Who calls whom in the focused model `selective`, and who keeps taking steps. */
import type { Message } from "../../../checker/json.ts";
import { call, takesSteps, type Component, type FairnessClass, type Route } from "../../../checker/system.ts";
import { range } from "../configuration.ts";
import type { SelectiveDesign, SelectiveSizes } from "./selective-design.ts";

type Components = { readonly [name: string]: Component };

const field = (message: Message, name: string): string => String(message[name]);
const by = (message: Message): string => field(message, "by");
const queueOf = (message: Message): string => `queue${field(message, "queue")}`;
const mediatorOf = (message: Message): string => `mediator${field(message, "queue")}`;
const translationOf = (message: Message): string => `translation${field(message, "page")}`;
const pageOf = (message: Message): string => `page${field(message, "page")}`;
const viewOf = (message: Message): string => `view${field(message, "page")}`;

/** Who takes the container's lock. */
const LOCKERS: readonly string[] = [
  "ring-resolver",
  "mediator",
  "notifying-vmm",
  "driver-notification",
  "reclaim",
  "balloon",
];

export function selectiveRoutes(design: SelectiveDesign, sizes: SelectiveSizes): readonly Route[] {
  const seen = design.guestDiscards !== "never";
  const faultAccount = design.pinCharges ? "uncounted" : "account";
  const mediators = range(sizes.rings).map((queue) => `mediator${queue}`);
  const pageAndView = (message: Message) => (seen ? [pageOf(message), viewOf(message)] : pageOf(message));
  const translationAndView = (message: Message) =>
    seen ? [translationOf(message), viewOf(message)] : translationOf(message);
  const resolving = (role: string): readonly Route[] => [
    call(role, ["container.picks-victim"], "pins"),
    call(role, ["container.marks"], "container"),
    call(role, ["host.pins"], pageAndView),
    call(role, ["host.unpins"], pageOf),
    call(role, ["account.charges"], faultAccount),
    call(role, ["translation.maps"], translationAndView),
    call(role, ["release.starts"], "release", "block"),
  ];
  return [
    ...LOCKERS.flatMap((role) => [
      call(role, ["lock.acquires"], "lock", "block"),
      call(role, ["lock.releases"], "lock"),
    ]),
    ...resolving("ring-resolver"),
    call("ring-resolver", ["container.finds"], "pins"),
    call("ring-resolver", ["resolver.done"], (_, sender) => sender.replace("resolver", "queue")),
    ...resolving("filler"),
    call("filler", ["container.finds"], "container"),
    call("filler", ["resolver.done"], "lockdown"),
    call("pin-scope", ["container.finds", "container.picks-victim"], "container"),
    call("pin-scope", ["container.found", "pins.added", "pins.removed", "pins.held", "pins.told"], by),
    call("container", ["container.found", "container.next"], by),
    call("pin-limit", ["account.charged", "account.refused"], by),
    call("uncounted", ["account.charged"], by),
    call("kept-page", ["host.pinned"], by),
    call("lockdown", ["resolver.starts"], "filler"),
    call("lockdown", ["container.finds"], "container"),
    call("lockdown", ["pins.asks", "pins.adds", "pins.removes"], "pins"),
    call("lockdown", ["host.pins"], pageAndView),
    call("lockdown", ["host.unpins"], pageOf),
    call("lockdown", ["account.charges", "account.uncharges"], "account"),
    call("lockdown", ["lockdown.done"], by),
    call("mediator", ["lockdown.starts", "lockdown.releases"], "lockdown"),
    call("mediator", ["register.arrives", "queue.stops"], queueOf, "block"),
    call("mediator", ["callback.done"], "notification"),
    call("notifying-vmm", ["container.links", "container.unlinks", "container.walks"], "container"),
    call("notifying-vmm", ["release.starts"], "release", "block"),
    call("notifying-vmm", ["lockdown.starts", "lockdown.releases"], "lockdown"),
    call("notifying-vmm", ["pins.reads"], "pins"),
    call("notifying-vmm", ["notification.starts"], "notification"),
    call("driver-notification", ["notification.done", "notification.bug"], by),
    call("driver-notification", ["callback.starts"], (message) => `mediator${field(message, "driver")}`, "block"),
    call("notifying-vmm", ["hint.told"], () => mediators, "block"),
    call("notifying-vmm", ["unmap.ends"], () => [...mediators, "notification"]),
    call("ring-queue", ["access.begins", "access.retires"], translationOf),
    call("ring-queue", ["fault.raised"], "filter", "block"),
    call("ring-queue", ["queue.quiesced"], mediatorOf),
    call("ring-translation", ["access.granted"], (message) => `queue${field(message, "device")}`),
    call("ring-translation", ["access.faults"], (message) => [`queue${field(message, "device")}`, "pins"]),
    call("ring-translation", ["iotlb.invalidated"], "iommu"),
    call("device-fault-filter", ["resolver.starts"], (message) => `resolver${field(message, "queue")}`, "block"),
    call("device-fault-filter", ["resolver.done"], queueOf),
    call("eviction", ["translation.unmaps"], translationAndView),
    call("eviction", ["command.invalidates-iotlb"], "iommu"),
    call("eviction", ["command.fences"], "iommu", "block"),
    call("eviction", ["host.unpins"], pageOf),
    call("eviction", ["account.uncharges"], faultAccount),
    call("eviction", ["container.clears"], "container"),
    call("eviction", ["release.done"], by),
    call("iommu", ["iotlb.invalidates"], translationOf),
    call("iommu", ["fence.completed"], (message) => field(message, "owner")),
    call("reclaim", ["account.compares"], "pressure"),
    call("reclaim", ["container.picks-victim"], "pins"),
    call("reclaim", ["release.starts"], "release", "block"),
    call("memory-pressure", ["account.level"], by),
    call("balloon", ["container.finds"], "container"),
    call("balloon", ["pins.asks"], "pins"),
    call("balloon", ["host.discards"], viewOf),
  ];
}

/** What nobody has to do: begin something, or lose a page, a hint or a write. */
const FREE: ReadonlySet<string> = new Set([
  "queue.fetches",
  "queue.touches",
  "guest.programs",
  "guest.programs-unseen",
  "guest.disables",
  "mediator.is-rejected",
  "lockdown.stops-half-way",
  "vmm.maps",
  "vmm.unmaps",
  "vmm.is-hinted",
  "reclaim.locks",
  "balloon.discards",
]);
/** Steps that wait for a lock: the container's, or the one that a mediator holds while it is at work. */
const LOCKING: ReadonlySet<string> = new Set([
  "resolver.locks",
  "mediator.steps",
  "vmm.locks",
  "notification.calls",
  "balloon.locks",
]);

export function selectiveFairness(components: Components): { readonly [group: string]: readonly FairnessClass[] } {
  const classes = (kind: FairnessClass["kind"], takes: (role: string, type: string) => boolean) =>
    Object.entries(components).flatMap(([name, { role, events = [] }]) => {
      const types = [...new Set(events.map(({ type }) => type))].filter((type) => takes(role, type));
      return types.length > 0 ? [takesSteps(name, kind, types)] : [];
    });
  return {
    threads: classes("weak", (role, type) => role !== "ring-queue" && !FREE.has(type)),
    hardware: [],
    devices: classes("weak", (role, type) => role === "ring-queue" && !FREE.has(type)),
    lock: classes("strong", (role, type) => LOCKERS.includes(role) && LOCKING.has(type)),
  };
}
