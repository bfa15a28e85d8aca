/**
 * The steps that enabling, disabling, attaching and detaching are made of, as messages; their order is that of lists.
 * Short critical sections under dev->iommu->lock (P) or under the lookup's mutex (G) are one step that waits for the lock.
 *
 * Models  VFIO facts 1.0, 1.2 (rows 21, 43, 45): feature first, then the handler, and in RFC v3 the lookup node.
 */

/** `takes-away`: disables whatever is there, as the unwinding by a counter does (D-28). */
export type DeviceStep =
  | "inserts"
  | "publishes"
  | "fills"
  | "removes"
  | "enables-feature"
  | "disables-feature"
  | "registers"
  | "unregisters"
  | "readies"
  | "unreadies"
  | "takes-away";

type Lock = { readonly type: "lock.acquires" | "lock.releases"; readonly lock: string; readonly owner: string };

export type DeviceMessage =
  | Lock
  | {
      readonly type: "tree.inserts" | "tree.publishes" | "tree.fills" | "tree.removes";
      readonly device: number;
    }
  | { readonly type: "device.enables-feature" | "device.registers"; readonly device: number; readonly by: string }
  | {
      readonly type: "device.unregisters" | "device.disables-feature";
      readonly device: number;
      readonly own: boolean;
    }
  | { readonly type: "container.readies" | "container.unreadies" | "container.leaves"; readonly device: number };

export const acquires = (lock: string, owner: string): Lock => ({ type: "lock.acquires", lock, owner });
export const releases = (lock: string, owner: string): Lock => ({ type: "lock.releases", lock, owner });

const under = (lock: string, owner: string, messages: readonly DeviceMessage[]): readonly DeviceMessage[] => [
  acquires(lock, owner),
  ...messages,
  releases(lock, owner),
];

/** The messages of one step on one device, by the thread `by`. */
export function performing(
  step: DeviceStep | "locks" | "leaves" | "unlocks",
  device: number,
  by: string,
): readonly DeviceMessage[] {
  switch (step) {
    case "locks":
      return [acquires("L", by)];
    case "unlocks":
      return [releases("L", by)];
    case "leaves":
      return [{ type: "container.leaves", device }];
    case "inserts":
    case "publishes":
    case "fills":
    case "removes":
      return under("G", by, [{ type: `tree.${step}`, device }]);
    case "enables-feature":
      return [{ type: "device.enables-feature", device, by }];
    case "disables-feature":
      return [{ type: "device.disables-feature", device, own: true }];
    case "registers":
      return under(`P${device}`, by, [{ type: "device.registers", device, by }]);
    case "unregisters":
      return under(`P${device}`, by, [{ type: "device.unregisters", device, own: true }]);
    case "readies":
    case "unreadies":
      return [{ type: `container.${step}`, device }];
    case "takes-away":
      return [
        ...under(`P${device}`, by, [{ type: "device.unregisters", device, own: false }]),
        { type: "device.disables-feature", device, own: false },
        { type: "container.unreadies", device },
      ];
    default:
      return step satisfies never;
  }
}
