/**
 * The HWPTs of a traced system. No line names the HWPT that a device is switched to. It shows only by the attach handle that
 * groups name: an automatic answer finds those of one handle.
 */
import type { AttachHandle, Domain } from "../../../model/machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import type { QueueHandler } from "../../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";

/**
 * Two without a fault queue, so that each can be replaced by the other one. Three for each queue: one that is attached, one
 * that groups still name after it was replaced, and one that no group names.
 */
export const hwptsOf = (queue: number | null): readonly number[] =>
  queue === null ? [0, 1] : [2 + 3 * queue, 3 + 3 * queue, 4 + 3 * queue];

export const domainsOf = (queues: number): readonly Domain[] => [
  ...hwptsOf(null).map((): Domain => ({ handler: null, nested: false })),
  ...Array.from({ length: queues }, (_, queue) =>
    hwptsOf(queue).map((hwpt): Domain => ({ handler: { hwpt, queue, parent: false }, nested: true })),
  ).flat(),
];

/** Where the faults of the domain go; null: nowhere. */
export const handlerOf = ({ domain }: { readonly domain: Domain }): QueueHandler | null =>
  domain.handler as QueueHandler | null;

/** HWPTs of the attach handles that are of the IOMMU group. */
export const namedBy = (handles: readonly AttachHandle[], group: number): ReadonlySet<number> =>
  new Set(handles.flatMap((one) => (one.iommuGroup === group ? (handlerOf(one)?.hwpt ?? []) : [])));

/** HWPTs of the queue that differ for who is switched to one: those that groups name, and one that no group names. */
export function differing(
  queue: number,
  attached: number | null | undefined,
  named: ReadonlySet<number>,
): readonly number[] {
  const others = hwptsOf(queue).filter((hwpt) => hwpt !== attached);
  const fresh = others.find((hwpt) => !named.has(hwpt));
  return [...(fresh === undefined ? [] : [fresh]), ...others.filter((hwpt) => named.has(hwpt))];
}
