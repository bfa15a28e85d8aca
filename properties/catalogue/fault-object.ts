/** OBJ: how an object of iommufd is made, unmade, named and read. */
import { all, always, canAlways, each, leadsTo, sometimes } from "../../checker/property.ts";
import type { IommufdObjectContext } from "../../model/machines/linux/iommu/iommufd/object/iommufd-object.ts";
import type { ObjectCallerContext } from "../../model/machines/linux/iommu/iommufd/object/object-caller.ts";
import type { ObjectCreatorContext } from "../../model/machines/linux/iommu/iommufd/object/object-creator.ts";
import type { QueueFileContext } from "../../model/machines/linux/iommu/iommufd/object/queue-file.ts";
import type { RecordReaderContext } from "../../model/machines/vmm/record-reader.ts";
import type { CountedObjectContext } from "../../model/machines/linux/lib/counted-object.ts";
import type { FaultObjectDesign, FaultObjectSizes } from "../../model/systems/studies/fault-object-design.ts";
import { inStudy } from "./parameters.ts";
import { coreRule } from "./sources.ts";

type Condition = (host: FaultObjectDesign, bounds: FaultObjectSizes) => boolean;
const here = (condition?: Condition) => inStudy<FaultObjectDesign, FaultObjectSizes>("fault-object", condition);
const fails: Condition = (_, { creationFails }) => creationFails;
const calls: Condition = (_, { objectCallers }) => objectCallers > 0;
const reads: Condition = (_, { recordReads }) => recordReads;

const object = each<IommufdObjectContext>("iommufd-object");
const context = each<CountedObjectContext>("iommufd-context");
const file = each<QueueFileContext>("queue-file");
const creator = each<ObjectCreatorContext>("object-creator");
const destroyer = each("object-destroyer");
const callers = all<ObjectCallerContext>("object-caller");
const reader = each<RecordReaderContext>("record-reader");

/** What is inside the kernel goes on; user space may be silent. */
const KERNEL = ["threads", "calls"] as const;

export const obj = [
  always({
    id: "OBJ-1",
    name: "no-freed-object-used",
    statement: "No fault object and no iommufd context is used after it was freed.",
    source: coreRule("I11; B21, B22"),
    witness: "OBJ-2",
    applies: here(),
    reads: { object, context },
    parts: {
      "the fault object is not used after it was freed": ({ object: o }) => !o.context.useAfterFree,
      "the iommufd context is not used after it was freed": ({ context: c }) => !c.context.useAfterFree,
    },
  }),
  sometimes({
    id: "OBJ-2",
    name: "file-waits-for-release",
    statement: "The file of a fault object waits for its release.",
    source: coreRule("3.2"),
    applies: here(),
    reads: { file },
    holds: ({ file: f }) => f.state === "unreferenced",
  }),
  always({
    id: "OBJ-3",
    name: "object-counts-cover-holders",
    statement: "No count is below the number of its holders, and nothing is freed while it is held.",
    source: coreRule("3.1; B20"),
    witness: "OBJ-4",
    applies: here(),
    reads: { object, context },
    parts: {
      "users of the object are at least its holders": ({ object: o }) => o.context.users >= o.context.holders.length,
      "the count of the context is at least its holders": ({ context: c }) =>
        c.context.count >= c.context.holders.length,
    },
    values: ({ object: { context: o }, context: { context: c } }) => ({
      "users of the object": o.users,
      "held by": [...o.holders],
      "references to the context": c.count,
      "context held by": [...c.holders],
    }),
  }),
  sometimes({
    id: "OBJ-4",
    name: "file-keeps-object",
    statement: "The file of a fault object keeps the object and the iommufd context.",
    source: coreRule("3.1"),
    applies: here(),
    reads: { object, context },
    holds: ({ object: o, context: c }) => o.context.users > 1 && c.context.count > 1,
  }),
  always({
    id: "OBJ-5",
    name: "no-stack-leak",
    statement: "User space reads nothing that the kernel's stack held before.",
    source: coreRule("3.2; B18"),
    witness: "OBJ-6",
    applies: here(reads),
    reads: { reader },
    holds: ({ reader: r }) => r.context.leaked.length === 0,
  }),
  sometimes({
    id: "OBJ-6",
    name: "uninitialised-field-copied",
    statement: "A record is about to be copied to user space with a field that no statement has written.",
    source: coreRule("3.2"),
    applies: here(reads),
    reads: { reader },
    holds: ({ reader: r }) => r.state === "copying" && r.context.record?.reserved !== "written",
  }),
  leadsTo({
    id: "OBJ-7",
    name: "destroy-ends",
    statement: "Destroying an object ends once the calls inside it have ended, even if user space never answers.",
    source: coreRule("L5; B25"),
    witness: "OBJ-8",
    applies: here(calls),
    reads: { destroyer },
    when: ({ destroyer: d }) => d.state !== "idle",
    eventually: ({ destroyer: d }) => d.state === "idle",
    assumes: KERNEL,
  }),
  sometimes({
    id: "OBJ-8",
    name: "call-inside-removed-object",
    statement: "A call is still inside an object whose ID is gone.",
    source: coreRule("3.1"),
    applies: here(calls),
    reads: { object, callers },
    holds: ({ object: o, callers: all_ }) =>
      o.state === "allocated" && o.context.entry === "none" && all_.some(({ state }) => state === "waking"),
  }),
  leadsTo({
    id: "OBJ-9",
    name: "removed-object-freed",
    statement: "An object whose ID is gone is freed once the calls inside it have ended.",
    source: coreRule("3.2; B25"),
    witness: "OBJ-8",
    applies: here(calls),
    reads: { object },
    when: ({ object: o }) => o.state === "allocated" && o.context.entry === "none",
    eventually: ({ object: o }) => o.state === "free",
    assumes: KERNEL,
  }),
  leadsTo({
    id: "OBJ-10",
    name: "create-ends",
    statement: "Creating an object ends, complete or undone.",
    source: coreRule("3.1"),
    witness: "OBJ-11",
    applies: here(fails),
    reads: { creator },
    when: ({ creator: c }) => c.state !== "idle",
    eventually: ({ creator: c }) => c.state === "idle",
    assumes: KERNEL,
  }),
  sometimes({
    id: "OBJ-11",
    name: "create-fails-with-file",
    statement: "Creating an object fails when it already has a file.",
    source: coreRule("B20, B21"),
    applies: here(fails),
    reads: { creator, file },
    holds: ({ creator: c, file: f }) => c.state === "undoing" && f.state === "open",
  }),
  leadsTo({
    id: "OBJ-12",
    name: "incomplete-object-freed",
    statement: "An object that could not be completed is freed.",
    source: coreRule("B20, B21"),
    witness: "OBJ-11",
    applies: here(fails),
    reads: { creator, object },
    when: ({ creator: c }) => c.state === "undoing",
    eventually: ({ object: o }) => o.state === "free",
    assumes: KERNEL,
  }),
  always({
    id: "OBJ-13",
    name: "visible-object-stays",
    statement: "An object that a call can find by its ID is never undone by its creator.",
    source: coreRule("3.1"),
    witness: "OBJ-11",
    applies: here(fails),
    reads: { creator, object },
    given: { "the allocation is being undone": ({ creator: c }) => c.state === "undoing" },
    parts: { "no other thread finds the object": ({ object: o }) => o.context.entry !== "visible" },
  }),
  canAlways({
    id: "OBJ-14",
    name: "object-can-be-freed",
    statement:
      "Object and file can always be freed once all users let go; then only its descriptor holds the iommufd context.",
    source: coreRule("I11; B20, B25"),
    witness: "OBJ-4",
    applies: here(),
    reads: { object, file, context },
    parts: {
      "the object is freed": ({ object: o }) => o.state === "free",
      "its file is gone": ({ file: f }) => f.state === "none",
      "the context is alive": ({ context: c }) => c.state === "alive",
      "one reference to the context is left": ({ context: c }) => c.context.count === 1,
    },
  }),
  always({
    id: "OBJ-15",
    name: "descriptor-is-reserved",
    statement: "The descriptor whose number is copied to user space, and in which the file is installed, is reserved.",
    source: coreRule("3.1"),
    witness: "OBJ-16",
    applies: here(),
    reads: { creator },
    given: {
      "the response or the descriptor's table is next": ({ creator: { context: c } }) =>
        c.left[0] === "respond" || c.left[0] === "install",
    },
    parts: { "a descriptor is reserved": ({ creator: { context: c } }) => c.descriptor },
  }),
  sometimes({
    id: "OBJ-16",
    name: "response-is-copied",
    statement: "The ID of a fault object and the number of a descriptor are about to be copied to user space.",
    source: coreRule("3.1"),
    applies: here(),
    reads: { creator },
    holds: ({ creator: { context: c } }) => c.left[0] === "respond",
  }),
] as const;
