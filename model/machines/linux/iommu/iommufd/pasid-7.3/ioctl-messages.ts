/** The messages of a call of iommufd in Linux 7.3 (ioctl-thread.ts), what they say, and which step says which. */
import { linux612, linuxAt, messages } from "../../../../../said.ts";
import type { AllocationFailure, Fault } from "../../../include/iommu.ts";
import { handleSays, type AttachHandle, type Attachment } from "../../io-pgfault/6.12/attach-handles.ts";
import { autoAnswerSays, type AutoAnswerSays } from "../fault/auto-answer.ts";
import type { Named, ObjectTableEvent } from "../objects-7.3/object-messages.ts";
import type { AttachedPasidsEvent } from "./attached-pasids.ts";
import type { ObjectChange, OuterStep } from "./ioctl-steps.ts";
import type { DomainSets } from "./iopf-driver.ts";
import type { PageTablesEvent } from "./page-tables.ts";

const MAIN = "drivers/iommu/iommufd/main.c";
const DEVICE = "drivers/iommu/iommufd/device.c";
const EVENTQ = "drivers/iommu/iommufd/eventq.c";
const HWPT = "drivers/iommu/iommufd/hw_pagetable.c";
const PRIVATE = "drivers/iommu/iommufd/iommufd_private.h";
const IOMMU = "drivers/iommu/iommu.c";
const linux73 = (file: string, ...functions: readonly string[]) => linuxAt("7.3.4", file, ...functions);

export type IoctlEmits =
  | Exclude<ObjectTableEvent, { readonly type: "object.tries-users" }>
  /** The destroy function of the object is entered. */
  | ({ readonly type: "object.destroys"; readonly aborts: boolean } & Named)
  | PageTablesEvent
  | AttachedPasidsEvent
  | DomainSets
  | ({ readonly type: "handle.inserts" | "handle.replaces"; readonly device: number } & Attachment)
  | { readonly type: "handle.erases"; readonly device: number; readonly pasid: number }
  | ({ readonly type: "handle.frees"; readonly device: number } & Attachment)
  | {
      readonly type: "lock.acquires" | "lock.releases";
      readonly owner: string;
      readonly lock: "igroup->lock" | "fault->mutex";
    }
  | { readonly type: "answers.gathers"; readonly queue: number; readonly handle: AttachHandle }
  | AutoAnswerSays
  | { readonly type: "queue.creates" | "queue.destroys" | "file.closes" | "file.drops"; readonly queue: number }
  | { readonly type: "driver.reports-fault"; readonly fault: Fault }
  | AllocationFailure
  | {
      readonly type: "ioctl.returns";
      readonly by: string;
      readonly result: number;
      readonly told: { readonly [name: string]: number };
    };

export const ioctlSays = messages<IoctlEmits>({
  ...handleSays,
  ...autoAnswerSays,
  "object.allocates": { says: "allocates an object", origin: linux73(MAIN, "_iommufd_object_alloc") },
  "object.publishes": { says: "makes the object visible", origin: linux73(MAIN, "iommufd_object_finalize") },
  "object.aborts": { says: "gives back the ID of the object", origin: linux73(MAIN, "iommufd_object_abort") },
  "object.looks-up": { says: "looks up ID {id}", origin: linux73(MAIN, "iommufd_get_object") },
  "object.locks": { says: "takes a reference to the object", origin: linux73(PRIVATE, "iommufd_lock_obj") },
  "object.puts": { says: "puts the reference to the object", origin: linux73(PRIVATE, "iommufd_put_object") },
  "object.refs": { says: "becomes a user of the object", origin: linux73(DEVICE, "iommufd_hw_pagetable_attach") },
  "object.unrefs": {
    says: "stops to use the object",
    origin: linux73(PRIVATE, "iommufd_hw_pagetable_put"),
  },
  "object.removes": { says: "removes ID {id}", origin: linux73(MAIN, "iommufd_object_remove") },
  "object.leaves": {
    says: "gives back its user, and removes the object",
    origin: linux73(MAIN, "iommufd_object_remove"),
  },
  "object.drops-wait": { says: "drops the short user of the table", origin: linux73(MAIN, "iommufd_object_dec_wait") },
  "object.awaits": { says: "has waited for the short users", origin: linux73(MAIN, "iommufd_object_dec_wait") },
  "object.frees": { says: "frees the object", origin: linux73(MAIN, "iommufd_object_remove") },
  "object.sweeps": { says: "looks for the next object without users", origin: linux73(MAIN, "iommufd_fops_release") },
  "object.destroys": { says: "destroys the object", origin: linux73(MAIN, "iommufd_object_remove") },
  "hwpt.looks": "reads HWPT {hwpt}",
  "hwpt.lists": {
    says: "reads the list of HWPTs of the IOAS",
    origin: linux73(DEVICE, "iommufd_device_auto_get_domain"),
  },
  "hwpt.makes": { says: "makes HWPT {table.hwpt}", origin: linux73(HWPT, "iommufd_hwpt_paging_alloc") },
  "hwpt.queues": { says: "gives fault queue {queue} to HWPT {hwpt}", origin: linux73(HWPT, "iommufd_hwpt_alloc") },
  "hwpt.becomes-auto": {
    says: "marks HWPT {hwpt} as automatic",
    origin: linux73(DEVICE, "iommufd_device_auto_get_domain"),
  },
  "hwpt.frees": { says: "frees the domain of HWPT {hwpt}", origin: linux73(HWPT, "__iommufd_hwpt_destroy") },
  "group.looks": "reads what is attached to PASID {pasid}",
  "group.stores": {
    says: "stores HWPT {table.hwpt} for PASID {pasid}",
    origin: linux73(DEVICE, "iommufd_hw_pagetable_attach"),
  },
  "group.adds": {
    says: "adds device {device} to the devices of PASID {pasid}",
    origin: linux73(DEVICE, "iommufd_hw_pagetable_attach"),
  },
  "group.removes": {
    says: "removes device {device} from the devices of PASID {pasid}",
    origin: linux73(DEVICE, "iommufd_hw_pagetable_detach"),
  },
  "group.clears": {
    says: "erases PASID {pasid} from the group",
    origin: linux73(DEVICE, "iommufd_hw_pagetable_detach"),
  },
  "device.binds": { says: "claims device {device}", origin: linux73(DEVICE, "iommufd_bind_iommu") },
  "device.unbinds": { says: "lets device {device} go", origin: linux73(DEVICE, "iommufd_device_destroy") },
  "domain.sets": {
    says: "sets the domain of PASID {pasid} of device {device}",
    origin: linux73(IOMMU, "__iommu_attach_device", "__iommu_set_group_pasid"),
  },
  "lock.acquires": { says: "takes {lock}", origin: linux612("kernel/locking/mutex.c", "mutex_lock") },
  "lock.releases": { says: "drops {lock}", origin: linux612("kernel/locking/mutex.c", "mutex_unlock") },
  "answers.gathers": {
    says: "moves the unread groups of its attach handle to a list of its own",
    origin: linux73(EVENTQ, "iommufd_auto_response_faults"),
  },
  "queue.creates": { says: "makes fault queue {queue}", origin: linux73(EVENTQ, "iommufd_eventq_init") },
  "queue.destroys": { says: "frees fault queue {queue}", origin: linux73(EVENTQ, "iommufd_fault_destroy") },
  "file.closes": {
    says: "puts the file of queue {queue}",
    origin: linux73(MAIN, "iommufd_object_abort_and_destroy"),
  },
  "file.drops": {
    says: "drops the user of the file of queue {queue}",
    origin: linux73(EVENTQ, "iommufd_eventq_fops_release"),
  },
  "driver.reports-fault": "reports a fault of device {fault.device}",
  "allocation.fails": { says: "fails in {in}", origin: linux73(DEVICE, "iommufd_hwpt_attach_device") },
  "ioctl.returns": { says: "returns {result}", origin: linux73(MAIN, "iommufd_fops_ioctl") },
});

const CHANGES = {
  "lock-object": "object.locks",
  put: "object.puts",
  ref: "object.refs",
  unref: "object.unrefs",
  publish: "object.publishes",
  abort: "object.aborts",
  free: "object.frees",
} as const satisfies { readonly [does in ObjectChange]: IoctlEmits["type"] };

const objectChange = (does: ObjectChange, what: Named): IoctlEmits =>
  ({ type: CHANGES[does], ...what }) as Extract<IoctlEmits, { readonly type: "object.puts" }>;

/** What the thread has: its name, and the IDs that its call returns. */
interface Speaker {
  readonly name: string;
  readonly error: number;
  readonly told: { readonly [name: string]: number };
}

/** What a step says; the answering of faults has more to it, and is said elsewhere. */
export function saysOf(
  { name: by, error, told }: Speaker,
  step: Exclude<OuterStep, { readonly do: "answer" }>,
  memory: "some" | "none",
): readonly IoctlEmits[] {
  switch (step.do) {
    case "look-up":
      return [{ type: "object.looks-up", by, id: step.id, kind: step.kind }];
    case "lock-object":
    case "put":
    case "ref":
    case "unref":
    case "publish":
    case "abort":
    case "free":
      return [objectChange(step.do, step.object)];
    case "allocate-object":
      return [{ type: "object.allocates", by, ...step.object }];
    case "remove":
      return [{ type: "object.removes", by, id: step.id }];
    case "leave":
      return [{ type: "object.leaves", by, tombstone: false, waited: step.waited, ...step.object }];
    case "drop-wait":
      return [{ type: "object.drops-wait", by, ...step.object }];
    case "await":
      return [{ type: "object.awaits", by, ...step.object }];
    case "destroy":
      return [{ type: "object.destroys", aborts: step.aborts, ...step.object }];
    case "sweep":
      return [{ type: "object.sweeps", by, after: step.after }];
    case "make-table":
      return [{ type: "hwpt.makes", table: { ...step.table, id: told[step.as]! } }];
    case "set-queue":
      return [{ type: "hwpt.queues", hwpt: step.hwpt, queue: step.queue }];
    case "set-auto":
      return [{ type: "hwpt.becomes-auto", hwpt: step.hwpt }];
    case "free-table":
      return [{ type: "hwpt.frees", hwpt: step.hwpt }];
    case "read-table":
      return [{ type: "hwpt.looks", by, hwpt: step.hwpt }];
    case "list-autos":
      return [{ type: "hwpt.lists", by, ioas: step.ioas.at }];
    case "lock-group":
      return [{ type: "lock.acquires", owner: by, lock: "igroup->lock" }];
    case "unlock-group":
      return [{ type: "lock.releases", owner: by, lock: "igroup->lock" }];
    case "read-group":
      return [{ type: "group.looks", by, ...step.slot }];
    case "store":
      return [{ type: "group.stores", device: step.device, pasid: step.pasid, table: step.table }];
    case "add":
      return [{ type: "group.adds", device: step.device, pasid: step.pasid }];
    case "remove-device":
      return [{ type: "group.removes", device: step.device, pasid: step.pasid }];
    case "clear":
      return [{ type: "group.clears", device: step.device, pasid: step.pasid }];
    case "bind":
      return [{ type: "device.binds", device: step.device, maxPasids: step.maxPasids }];
    case "unbind":
      return [{ type: "device.unbinds", device: step.device }];
    case "set-domain": {
      const { device, pasid, domain, old } = step;
      return [{ type: "domain.sets", by, device, pasid, domain, old, ...(memory === "none" ? { memory } : {}) }];
    }
    case "insert":
    case "replace-handle":
    case "free-handle": {
      const { device, pasid, domain, idev } = step;
      return [{ type: HANDLES[step.do], device, pasid, domain, ...(idev === undefined ? {} : { idev }) }];
    }
    case "erase":
      return [{ type: "handle.erases", device: step.device, pasid: step.pasid }];
    case "lock-queue":
      return [
        { type: "lock.acquires", owner: by, lock: "fault->mutex" },
        { type: "answers.gathers", queue: step.queue, handle: step.handle },
      ];
    case "unlock-queue":
      return [{ type: "lock.releases", owner: by, lock: "fault->mutex" }];
    case "create-queue":
      return [{ type: "queue.creates", queue: step.queue }];
    case "destroy-queue":
      return [{ type: "queue.destroys", queue: step.queue }];
    case "close-file":
      return [
        { type: "file.closes", queue: step.queue },
        { type: "file.drops", queue: step.queue },
      ];
    case "report":
      return [{ type: "driver.reports-fault", fault: step.fault }];
    case "return":
      return [{ type: "ioctl.returns", by, result: step.result === "error" ? error : step.result, told }];
  }
}

const HANDLES = {
  insert: "handle.inserts",
  "replace-handle": "handle.replaces",
  "free-handle": "handle.frees",
} as const;
