/** The messages of the steps of an ioctl (ioctl-steps.ts), and what they say. */
import { linux, messages, proposal, rfc } from "../../../../../said.ts";
import { acquires, deviceStepSays, performing, releases, type DeviceMessage } from "./device-steps.ts";
import type { IoctlStep } from "./ioctl-steps.ts";

export type IoctlThreadEmits =
  | DeviceMessage
  | {
      readonly type: "container.joins" | "container.replays";
      readonly device: number;
    }
  | {
      readonly type: "container.maps" | "container.unmaps" | "container.populates" | "container.converts";
      readonly page: number;
    }
  | { readonly type: "container.subscribes" | "container.unsubscribes" | "container.enables" }
  | { readonly type: "container.puts" | "detach.starts"; readonly device: number; readonly by: string }
  | { readonly type: "access.disowned"; readonly page: number | null; readonly device: number | null }
  | { readonly type: "access.judged"; readonly device: number; readonly legal: boolean };

/** The messages of one step, by the thread `by`. */
export function messagesOf({ does, at }: IoctlStep, by: string): readonly IoctlThreadEmits[] {
  switch (does) {
    case "joins":
    case "replays":
      return [{ type: `container.${does}`, device: at }];
    case "maps":
    case "unmaps":
    case "populates":
    case "converts":
      return [{ type: `container.${does}`, page: at }];
    case "subscribes":
    case "unsubscribes":
    case "enables":
      return [{ type: `container.${does}` }];
    case "puts":
      return [{ type: "container.puts", device: at, by }];
    case "detaches":
      return [{ type: "detach.starts", device: at, by }];
    case "locks":
      return [acquires("L", by)];
    case "unlocks":
      return [releases("L", by)];
    case "unwinds":
      return [];
    case "leaves":
    case "inserts":
    case "publishes":
    case "fills":
    case "removes":
    case "enables-feature":
    case "disables-feature":
    case "registers":
    case "unregisters":
    case "readies":
    case "unreadies":
    case "takes-away":
      return performing(does, at, by);
    default:
      return does satisfies never;
  }
}

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const MM = "mm/mmu_notifier.c";
const ENABLE = rfc("v3 patch 5", "vfio_iommu_type1_enable_iopf");

/** What the messages say. */
export const ioctlSays = messages<IoctlThreadEmits>({
  ...deviceStepSays,
  "container.joins": {
    says: "adds the group of device {device} to the container",
    origin: linux(TYPE1, "vfio_iommu_type1_attach_group"),
  },
  "container.replays": {
    says: "replays the mappings into the domain of device {device}",
    origin: linux(TYPE1, "vfio_iommu_replay"),
  },
  "container.maps": { says: "maps page {page}", origin: linux(TYPE1, "vfio_dma_do_map") },
  "container.unmaps": { says: "unmaps page {page}", origin: linux(TYPE1, "vfio_dma_do_unmap") },
  "container.populates": {
    says: "pins and maps page {page} for a device without IOPF",
    origin: proposal("a container with mixed devices"),
  },
  "container.converts": {
    says: "turns pinned page {page} into a page that may fault",
    origin: proposal("conversion of mappings at ENABLE"),
  },
  "container.subscribes": { says: "registers the MMU notifier", origin: linux(MM, "mmu_notifier_register") },
  "container.unsubscribes": { says: "unregisters the MMU notifier", origin: linux(MM, "mmu_notifier_unregister") },
  "container.enables": { says: "sets iommu->iopf_enabled", origin: ENABLE },
  "container.puts": "drops the container user of device {device}",
  "detach.starts": {
    says: "begins to detach the group of device {device}",
    origin: linux(TYPE1, "vfio_iommu_type1_detach_group"),
  },
  "access.disowned": "takes back the promise of access",
  "access.judged": "finds the access of device {device} {legal?legal:illegal}",
});
