/** Who talks to whom in the focused model `nested`. */
import type { Message } from "../../../checker/json.ts";
import { call, delivers, send, takesSteps, type Channel, type FairnessClass } from "../../../checker/system.ts";
import type { Fault } from "../../machines/linux/include/iommu.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { Wiring } from "../study.ts";
import {
  deviceOf,
  enablers,
  kernel,
  ofDevice,
  outside,
  slots,
  TRANSPORTS,
  type Components,
} from "./nested-components.ts";
import { threadRoutes } from "../page-request-path.ts";
import type { NestedDesign, NestedSizes } from "./nested-design.ts";

const slotOf = (message: Message): string =>
  `slot${field(message, message.type === "stall.resumed" ? "stag" : message.type === "pri.response" ? "prgi" : "slot")}`;

const NOWHERE = () => [];

/** To what this device has of its own of these. */
const toDevice =
  (base: string) =>
  (message: Message): string =>
    ofDevice(base, Number(message["device"] ?? (message["fault"] as unknown as Fault).device));

const lockOf = (_: Message, router: string): string => router.replace("router", "report-lock");

const routes = ({ viommuKind, faultStageVisible }: NestedDesign, sizes: NestedSizes): Wiring["routes"] => [
  call("nested-slot", ["atc.looks-up", "access.begins"], "tables"),
  call(
    "nested-slot",
    ["dma.retires", "access.retires", "pri.takes-credits", "pri.returns-credits", "pri.fails"],
    NOWHERE,
  ),
  call("nested-slot", ["pri.request"], "prq"),
  send("nested-slot", ["evtq.record"], toDevice("events")),
  call("two-stages", ["dma.granted", "dma.missed", "access.granted", "access.faults"], slotOf),
  call("two-stages", ["stages.found"], ({ slot }) => ofDevice("router", deviceOf(Number(slot), sizes))),
  call("two-stages", ["guest.invalidates"], () => range(sizes.reporters).map((device) => ofDevice("router", device))),
  ...threadRoutes({
    prq: { name: "prq", role: "nested-prq" },
    thread: { name: "prq-thread", role: "reporting-thread" },
    reporter: toDevice("router"),
    queue: "guest-faults",
  }),
  call("nested-prq", ["pri.response"], slotOf),
  call("nested-prq", ["iotlb.implicit-invalidation"], NOWHERE),
  call("stage-router", ["lock.acquires"], lockOf, "block"),
  call("stage-router", ["lock.releases"], lockOf),
  call("stage-router", ["faults.holds", "faults.collects", "faults.delivers", "ring.reads-head"], "guest-faults"),
  call("stage-router", ["stages.finds", "host.maps"], "tables"),
  call("stage-router", ["handler.reads"], "registration"),
  call("stage-router", ["driver.page-response"], "response-encoder"),
  call("stage-router", ["reported"], toDevice(faultStageVisible ? "evtq-thread" : "prq-thread")),
  call("fault-registration", ["handler.stages"], toDevice("router")),
  call("fault-registration", ["handler.result"], (message) => `enabler${field(message, "stage")}`),
  call("stage-enabler", ["handler.registers", "handler.updates"], "registration"),
  call("guest-fault-queue", ["faults.collected", "faults.delivered"], toDevice("router")),
  call("guest-fault-queue", ["queue.returns"], "prq-thread"),
  call("guest-fault-queue", ["faults.batch", "faults.refused"], "relay"),
  call("guest-fault-queue", ["driver.page-response"], "response-encoder"),
  send("guest-fault-queue", ["guest.recalled"], "recalls"),
  call("nested-encoder", ["command.responds", "command.resumes"], "commands"),
  call("nested-commands", ["pri.response", "stall.resumed"], slotOf),
  call("fault-relay", ["faults.read"], "guest-faults", "block"),
  call("fault-relay", ["faults.responds"], "guest-faults"),
  call("fault-relay", ["pri.request"], "virtual-prq"),
  send("fault-relay", ["driver.reports-fault", "guest.recalled"], "virtual-events"),
  ...threadRoutes({
    prq: { name: "virtual-prq", role: "virtual-prq" },
    thread: { name: "guest-thread", role: "guest-thread" },
    reporter: "guest",
    queue: "guest",
  }),
  call("virtual-prq", ["pri.response"], "relay"),
  call("virtual-prq", ["iotlb.implicit-invalidation"], NOWHERE),
  call("guest-fault-handler", ["reported"], viommuKind === "vtd" ? "guest-thread" : NOWHERE),
  call("guest-fault-handler", ["queue.returns"], "guest-thread"),
  call("guest-fault-handler", ["guest.maps"], "tables"),
  send("guest-fault-handler", ["guest.answer"], "guest-answers"),
];

/** What nobody has to do. */
const BEGINNINGS: ReadonlySet<string> = new Set(["slot.starts", "enabler.begins", "guest.answers-unasked"]);

/** A class for each component of these roles, of the steps that it takes once something has begun. */
const steps = (components: Components, roles: readonly string[]): readonly FairnessClass[] =>
  Object.entries(components).flatMap(([name, { role, events = [] }]) => {
    const types = [...new Set(events.map(({ type }) => type))].filter((type) => !BEGINNINGS.has(type));
    return roles.includes(role) && types.length > 0 ? [takesSteps(name, "weak", types)] : [];
  });

/** Whether the guest's invalidation is a step of its own. */
const invalidates = (components: Components): boolean =>
  components["tables"]?.events?.some(({ type }) => type === "guest.sends-invalidation") ?? false;

export function wire(design: NestedDesign, sizes: NestedSizes): Wiring {
  const transport = design.faultStageVisible ? TRANSPORTS.stall : TRANSPORTS.pri;
  const components: Components = {
    ...slots(design, sizes),
    ...transport.components(design, sizes),
    ...kernel(design, sizes),
    ...enablers(design, sizes),
    ...outside(design, sizes),
  };
  const virtual: { readonly [name: string]: Channel } = {
    "guest-answers": { to: "relay", capacity: sizes.slots + 1, whenFull: "block", unhandled: "error" },
    ...(design.viommuKind === "virtio"
      ? { "virtual-events": { to: "guest", capacity: sizes.virtualEntries, whenFull: "block", unhandled: "error" } }
      : {}),
    ...(design.recall === "overtaking"
      ? { recalls: { to: "guest", capacity: 1, whenFull: "drop", unhandled: "error" } }
      : {}),
  };
  const physical = transport.channels(sizes);
  return {
    components,
    channels: { ...physical, ...virtual },
    routes: routes(design, sizes),
    fairness: {
      threads: [
        ...steps(components, ["reporting-thread", "stage-router", "stage-enabler"]),
        ...(design.groupTimeout === "none" ? [] : [takesSteps("guest-faults", "weak", ["faults.times-out"])]),
      ],
      hardware: Object.keys(physical).map((channel) => delivers(channel)),
      devices: steps(components, ["nested-slot"]),
      lock: [],
      /** Not of the kernel: claims that rest on them say so. */
      vmm: [...steps(components, ["fault-relay"]), delivers("guest-answers")],
      guest: [
        ...(invalidates(components) ? [takesSteps("tables", "weak", ["guest.sends-invalidation"])] : []),
        ...steps(components, ["guest-thread", "guest-fault-handler"]),
        ...Object.keys(virtual)
          .filter((channel) => channel !== "guest-answers")
          .map((channel) => delivers(channel)),
      ],
    },
    deadlock: "forbidden",
  };
}
