/** A fault object of iommufd, from a creation that may fail half way to its destruction and the release of its file. */
import type { Message } from "../../../checker/json.ts";
import { call, takesSteps, type Component, type FairnessClass, type Route } from "../../../checker/system.ts";
import { iommufdObject } from "../../machines/linux/iommu/iommufd/object/iommufd-object.ts";
import { objectCaller, objectCallerSteps } from "../../machines/linux/iommu/iommufd/object/object-caller.ts";
import { objectCreator, objectCreatorSteps } from "../../machines/linux/iommu/iommufd/object/object-creator.ts";
import { objectDestroyer, objectDestroyerSteps } from "../../machines/linux/iommu/iommufd/object/object-destroyer.ts";
import { queueFile } from "../../machines/linux/iommu/iommufd/object/queue-file.ts";
import { recordReader, recordReaderSteps } from "../../machines/vmm/record-reader.ts";
import { fdCloser, fdCloserSteps } from "../../machines/linux/iommu/iommufd/fault/fd-closer.ts";
import { countedObject } from "../../machines/linux/lib/counted-object.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { Study, Wiring } from "../study.ts";
import {
  faultObjectBounds,
  faultObjectHosts,
  type FaultObjectDesign,
  type FaultObjectSizes,
} from "./fault-object-design.ts";
import { faultObjectKnobs, faultObjectSizeKnobs } from "./fault-object-knobs.ts";

const CUT =
  "A read always finds a fault, and a fault only refers to the object; iommufd models its queue and its responses, " +
  "with an object that exists from the start. User space makes any call at any time, or none. The object consists " +
  "of its counts and its ID, because its life depends on them alone. Hidden: two objects, an ID that is used again " +
  "while the old object is in memory, a call that runs while the iommufd context is closed, and objects that the " +
  "kernel destroys itself, as in the unbind of a device.";

const callers = ({ objectCallers }: FaultObjectSizes): readonly string[] =>
  range(objectCallers).map((caller) => `caller${caller}`);
const destroyers = (sizes: FaultObjectSizes): readonly string[] =>
  range(sizes.destroyers).map((destroyer) => `destroyer${destroyer}`);

function componentsOf(design: FaultObjectDesign, sizes: FaultObjectSizes): { readonly [name: string]: Component } {
  const { objectPublished, failedCreation, destroyWait, hwptReference, recordInit, fdCloseOrder } = design;
  return {
    object: { machine: iommufdObject, role: "iommufd-object" },
    context: {
      machine: countedObject,
      input: { holder: "descriptor" },
      role: "iommufd-context",
      lane: "struct iommufd_ctx",
    },
    file: { machine: queueFile, role: "queue-file" },
    closer: {
      machine: fdCloser,
      input: { order: fdCloseOrder },
      role: "fd-closer",
      events: [{ type: "closer.closes", queue: 0 }, ...fdCloserSteps],
    },
    creator: {
      machine: objectCreator,
      input: { creation: objectPublished, undo: failedCreation },
      role: "object-creator",
      events: [
        { type: "creator.begins" },
        ...objectCreatorSteps,
        ...(sizes.creationFails ? [{ type: "creator.fails" }] : []),
      ],
    },
    ...Object.fromEntries(
      destroyers(sizes).map((name) => [
        name,
        {
          machine: objectDestroyer,
          input: { name, waits: destroyWait },
          role: "object-destroyer",
          events: [
            { type: "destroyer.begins" },
            ...objectDestroyerSteps(destroyWait),
            ...(destroyWait === "bounded" ? [{ type: "destroyer.times-out" }] : []),
          ],
        },
      ]),
    ),
    ...Object.fromEntries(
      callers(sizes).map((name) => [
        name,
        {
          machine: objectCaller,
          input: { name, hwpt: hwptReference },
          role: "object-caller",
          events: [{ type: "caller.begins" }, { type: "hwpt.faults" }, { type: "hwpt.goes" }, ...objectCallerSteps],
        },
      ]),
    ),
    reader: {
      machine: recordReader,
      input: { clears: recordInit === "zeroed" },
      role: "record-reader",
      events: [
        ...(sizes.recordReads ? [{ type: "reader.reads" }, ...recordReaderSteps] : []),
        { type: "descriptor.closes" },
      ],
    },
  };
}

const ROUTES: readonly Route[] = [
  call("object-creator", ["object.allocates"], "object", "block"),
  call("object-creator", ["object.publishes", "object.aborts", "object.refs", "object.unrefs"], "object"),
  call("object-creator", ["object.gets", "object.puts"], "context"),
  call("object-creator", ["file.begins", "file.awaits-gone"], "file", "block"),
  call("object-creator", ["file.installs", "file.puts"], "file"),
  call("object-destroyer", ["object.removes", "object.frees"], "object"),
  call("object-destroyer", ["object.awaits-unnamed", "object.is-still-named"], "object", "block"),
  call("object-caller", ["object.refs", "object.unrefs", "short-term.gets", "short-term.puts"], "object"),
  call("object-caller", ["object.looks-up", "object.uses"], "object"),
  call("iommufd-object", ["object.found", "object.removed"], (message) => field(message, "by")),
  call("record-reader", ["file.gets", "file.puts"], "file", "block"),
  call("record-reader", ["object.uses"], "object"),
  call("fd-closer", ["file.closes"], "file", "block"),
  call("fd-closer", ["object.reads-context", "file.drops"], "object"),
  call("fd-closer", ["file.released"], "file"),
  call("queue-file", ["object.puts"], "context"),
  call("iommufd-context", ["object.freed"], () => []),
];

/**
 * Kernel threads go on, and calls that are inside the object come to their end. The second is assumed: a call that pins or
 * copies user memory ends when user space lets it (group `calls`). What user space begins is free.
 */
function fairnessOf(design: FaultObjectDesign, sizes: FaultObjectSizes): NonNullable<Wiring["fairness"]> {
  const thread = (component: string, steps: readonly Message[]): FairnessClass =>
    takesSteps(component, "weak", [...new Set(steps.map(({ type }) => type))]);
  return {
    threads: [
      thread("creator", objectCreatorSteps),
      takesSteps("closer"),
      ...destroyers(sizes).map((name) => thread(name, objectDestroyerSteps(design.destroyWait))),
    ],
    hardware: [],
    devices: [],
    lock: [],
    calls: [
      ...callers(sizes).map((name) => thread(name, objectCallerSteps)),
      ...(sizes.recordReads ? [thread("reader", recordReaderSteps)] : []),
    ],
  };
}

export const faultObject: Study<FaultObjectDesign, FaultObjectSizes> = {
  name: "fault-object",
  sentence:
    "A fault object of iommufd: creation, failure half way, calls that use its ID, destruction, close of its file.",
  cut: CUT,
  hosts: faultObjectHosts,
  knobs: faultObjectKnobs,
  sizeKnobs: faultObjectSizeKnobs,
  bounds: faultObjectBounds,
  compose: (design, sizes) => ({
    components: componentsOf(design, sizes),
    routes: ROUTES,
    fairness: fairnessOf(design, sizes),
  }),
};
