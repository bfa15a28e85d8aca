/** Messages of a thread that reads a vEVENTQ, and what they say. */
import { linuxAt, messages } from "../../../../../said.ts";
import { mutexSays } from "../../../lib/mutex.ts";
import type { Vevent } from "./veventq.ts";

const EVENTQ = "drivers/iommu/iommufd/eventq.c";

/** The vEVENTQ, and who asks. */
export type To = { readonly by: string; readonly kind: "veventq"; readonly at: number };

export type VeventqReaderEmits =
  | ({ readonly type: "file.looks" | "deliver.looks" } & To)
  | ({ readonly type: "vevent.fetches"; readonly memory: number } & To)
  | ({ readonly type: "vevent.restores" | "vevent.is-read"; readonly vevent: Vevent } & To)
  /** What read() returns: bytes or an error, and the records in the buffer. */
  | {
      readonly type: "vread.returns";
      readonly by: string;
      readonly result: number;
      readonly records: readonly Vevent[];
    }
  | {
      readonly type: "vpoll.returns";
      readonly by: string;
      readonly result: number;
      readonly readable: boolean;
    }
  | { readonly type: "vwrite.returns"; readonly by: string; readonly result: number }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string };

export const veventqReaderSays = messages<VeventqReaderEmits>({
  "file.looks": "looks for the file",
  "deliver.looks": {
    says: "looks whether the deliver list is empty",
    origin: linuxAt("7.3.4", EVENTQ, "iommufd_eventq_fops_poll"),
  },
  "vevent.fetches": {
    says: "takes the head of the deliver list",
    origin: linuxAt("7.3.4", EVENTQ, "iommufd_veventq_deliver_fetch"),
  },
  "vevent.restores": {
    says: "puts the event back at the head of the list",
    origin: linuxAt("7.3.4", EVENTQ, "iommufd_veventq_deliver_restore"),
  },
  "vevent.is-read": "counts the event as read",
  "vread.returns": "returns {result} from read()",
  "vpoll.returns": { says: "returns from poll()", origin: linuxAt("7.3.4", EVENTQ, "iommufd_eventq_fops_poll") },
  "vwrite.returns": "returns {result} from write()",
  ...mutexSays("a mutex of the queue"),
});
