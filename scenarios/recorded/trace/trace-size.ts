/** How large a traced system is (trace-system.ts), and which parts of it belong together. */

export interface TraceSize {
  /** Threads that are inside the kernel at the same time, at most. */
  readonly slots: number;
  readonly devices: number;
  readonly queues: number;
  /** By device: its IOMMU group; absent: each device has its own. */
  readonly groups?: readonly number[];
  /** Devices that are in no IOMMU group at the beginning. */
  readonly absent?: readonly number[];
  /** IOMMU groups whose driver has no user PASID table: a fault with a PASID is never one of the nested HWPT of the RID. */
  readonly withoutPasidTable?: readonly number[];
  /** Slots of page request threads that discard partial faults, each with the devices of its IOMMU. */
  readonly requestThreads?: readonly RequestThread[];
}

export interface RequestThread {
  readonly slot: number;
  readonly devices: readonly number[];
}

export const range = (count: number): readonly number[] => Array.from({ length: count }, (_, k) => k);

/** The IOMMU group of a device. */
export const groupOf = ({ groups }: TraceSize, device: number): number => groups?.[device] ?? device;
export const groupsIn = (size: TraceSize): readonly number[] => [
  ...new Set(range(size.devices).map((device) => groupOf(size, device))),
];
/** The page request thread that reports the faults of a device, if one is known. */
export const requestThreadOf = ({ requestThreads = [] }: TraceSize, device: number): number | undefined =>
  requestThreads.find(({ devices }) => devices.includes(device))?.slot;

/** Which thread of the trace takes the steps of a component: a slot, or whoever called the control thread of a group. */
export const threadOf = (component: string): string =>
  /^(?:reporter|handler|reader|writer|closer|destroyer|prq|ring|iopf)-/.test(component)
    ? `slot-${component.slice(component.indexOf("-") + 1)}`
    : component;
