/**
 * Who keeps taking steps: what claims about the future of a page fault system may rest on, by groups. User space, the
 * host's memory management and defects of hardware are in no group: they may be silent, or never stop.
 */
import { delivers, takesSteps, type Action, type Component, type FairnessClass } from "../../checker/system.ts";
import type { Part } from "./host-side.ts";

/** Threads of the kernel, by what they do there. */
const THREADS: readonly string[] = [
  "reporter",
  "queue-iopf",
  "iopf-queue",
  "prq-thread",
  "responder",
  "fault-resolver",
  "unpinned-resolver",
  "page-release",
  "vmm",
  "reclaim-thread",
  "mm-reclaim",
];
const DEVICES: readonly string[] = ["prg-slot", "stall-slot"];

/** What nobody has to do: begin something, take a page away, find no memory. */
const FREE: ReadonlySet<string> = new Set([
  "slot.starts",
  "slot.gives-up",
  "vmm.maps",
  "vmm.unmaps",
  "reclaim.locks",
  "operation.starts",
  "resolver.reclaims",
]);

/** The steps that wait for the container's lock; the steps of the memory management have one name, and only that one ever waits. */
const LOCKING: ReadonlySet<string> = new Set(["resolver.locks", "vmm.locks", "operation.steps"]);

const stepsOf = ({ events = [] }: Component, belongs: (type: string) => boolean): readonly string[] => [
  ...new Set(events.map(({ type }) => type).filter(belongs)),
];

/** Groups of classes that a property may assume. */
export type Fairness = "threads" | "hardware" | "devices" | "lock" | "workqueue";

export function fairnessOf(parts: readonly Part[]): { readonly [group in Fairness]: readonly FairnessClass[] } {
  const components = parts.flatMap((part) => Object.entries(part.components));
  /** One class for each component of these roles that has such steps. */
  const of = (
    roles: readonly string[],
    kind: FairnessClass["kind"],
    belongs: (type: string) => boolean,
  ): readonly FairnessClass[] =>
    components.flatMap(([name, component]) => {
      const types = roles.includes(component.role) ? stepsOf(component, belongs) : [];
      return types.length > 0 ? [takesSteps(name, kind, types)] : [];
    });
  return {
    threads: of(THREADS, "weak", (type) => !FREE.has(type)),
    /** Queues and wires deliver. */
    hardware: parts.flatMap((part) => Object.keys(part.channels)).map((channel) => delivers(channel)),
    /** A device goes on with the work that it was given. */
    devices: of(DEVICES, "weak", (type) => !FREE.has(type)),
    /** A mutex of Linux is handed to whoever has waited longest, so that nobody is passed over for ever. */
    lock: of(THREADS, "strong", (type) => LOCKING.has(type)),
    workqueue: beginnings(components),
  };
}

/** A workqueue begins its work in order of arrival, or nearly so: what is queued is not passed over for ever. */
function beginnings(components: readonly (readonly [string, Component])[]): readonly FairnessClass[] {
  const works = new Set(
    components.flatMap(([, { events = [] }]) =>
      events.filter(({ type }) => type === "worker.begins").map((event) => JSON.stringify(event)),
    ),
  );
  const isOf = (work: string) => (action: Action) => action.kind === "event" && JSON.stringify(action.event) === work;
  return [...works].map((work) => ({ name: `work ${work}`, kind: "strong", actions: isOf(work) }));
}
