/**
 * struct vfio_iommu from its first group to its last: groups that join and leave, the flag that ENABLE sets, the MMU
 * notifier, and the references of container users. It decides whether memory is mapped at once or when faults come. It is
 * freed with its last group; the component is the next container then. It is read and written under iommu->lock (L).
 *
 * Models  the container of RFC v1 to v3 (VFIO facts 1.0, 1.2, 2.2): RFC v1 asks at each DMA_MAP whether every device has
 *         IOPF (D-15: hot-plug of a device without IOPF turns the other half of the mappings static), RFC v2 and v3 have
 *         a flag of the container (row 32: VFIO_IOMMU_ENABLE_IOPF; D-13: ENABLE after mappings exist), and a design with
 *         mixed devices asks for both. A domain that is attached late may get no replay (D-09: the bit is set and the
 *         domain has no entry). The domain of a device is fixed.
 * Omits   what type1/container.ts has: the order in which faults mapped pages, and the page to evict. What
 *         type1/dirty/dirty-container.ts has: the dirty log and its scope. Compatible domains that merge, reserved
 *         regions, mdev groups.
 */
import { assign, emit, setup } from "xstate";
import { linux } from "../../../../../said.ts";
import { iopfContainerSays, type IopfContainerEmits, type IopfContainerEvent } from "./iopf-container-messages.ts";

export interface IopfContainerRules {
  /** The domain of each device. */
  readonly domainOf: readonly number[];
  readonly pages: readonly number[];
  /** Lazy if every device has IOPF, if the container has the flag, or if both is true. */
  readonly lazyWhen: "devices" | "container" | "both";
  /** What a domain gets that is attached when memory may be mapped lazily. */
  readonly lateDomain: "replayed" | "skipped" | "pinned-again";
  /** RFC v1: every vfio_dma has a bitmap. */
  readonly bitmaps: "all" | "lazy";
  /** RFC v2 and v3: once enabled, DMA_UNMAP skips what is not in the bitmap. */
  readonly unmapsEarly: boolean;
}

export interface IopfContainerContext {
  readonly rules: IopfContainerRules;
  /** Devices whose group is attached: a set. */
  readonly groups: readonly number[];
  /** Devices whose faults VFIO handles: a set. */
  readonly ready: readonly number[];
  readonly enabled: boolean;
  /** The MMU notifier is registered. */
  readonly watched: boolean;
  /** References of users, by device. */
  readonly users: readonly number[];
}

const s = setup({
  types: {
    context: {} as IopfContainerContext,
    events: {} as IopfContainerEvent,
    emitted: {} as IopfContainerEmits,
    input: {} as IopfContainerRules,
  },
});

type Context = IopfContainerContext;

/** Domains with a device, the first one first. */
export const activeDomains = ({
  rules,
  groups,
}: Pick<Context, "groups"> & { rules: { domainOf: readonly number[] } }) =>
  [...new Set(groups.map((device) => rules.domainOf[device]!))].sort((a, b) => a - b);

const allReady = ({ groups, ready }: Context): boolean => groups.every((device) => ready.includes(device));

/** Whether DMA_MAP leaves holes for faults to fill. */
function isLazy(context: Context): boolean {
  const { lazyWhen } = context.rules;
  if (lazyWhen === "devices") return allReady(context);
  return context.enabled && (lazyWhen === "container" || allReady(context));
}

const withMember = (set: readonly number[], member: number): readonly number[] =>
  [...set.filter((old) => old !== member), member].sort((a, b) => a - b);
const without = (set: readonly number[], member: number): readonly number[] => set.filter((old) => old !== member);

const isEarly = ({ rules, enabled }: Context): boolean => rules.unmapsEarly && enabled;

const leaves = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "container.leaves") return;
  const { rules, groups, ready, users } = context;
  const { device } = event;
  const domain = rules.domainOf[device]!;
  const left = without(groups, device);
  const active = activeDomains(context);
  const last = left.length === 0;
  enqueue.assign({
    groups: left,
    ready: without(ready, device),
    users: users.map((count, at) => (at === device ? 0 : count)),
    ...(last && { enabled: false, watched: false }),
  });
  if (last) for (const page of rules.pages) enqueue.emit({ type: "dma.unmaps", page, early: isEarly(context), active });
  if (!left.some((other) => rules.domainOf[other] === domain))
    for (const page of rules.pages) enqueue.emit({ type: "dma.loses-domain", page, domain });
  if (!last) return;
  enqueue.emit({ type: "container.freed" });
  for (const other of rules.domainOf.keys()) enqueue.emit({ type: "pointer.dangles", device: other });
});

const replays = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "container.replays") return;
  const { rules, groups, enabled } = context;
  const domain = rules.domainOf[event.device]!;
  if (groups.some((other) => other !== event.device && rules.domainOf[other] === domain)) return;
  if (rules.lateDomain === "skipped" && enabled) return;
  for (const page of rules.pages)
    enqueue.emit({
      type: "dma.replays",
      page,
      domain,
      how: rules.lateDomain === "pinned-again" ? "pins" : "copies",
    });
});

const changesUsers = (by: number) =>
  s.assign({
    users: ({ context, event }) =>
      context.users.map((count, at) => ("device" in event && at === event.device ? count + by : count)),
  });

export const iopfContainer = s.createMachine({
  id: "iopf-container",
  description: "struct vfio_iommu: its groups, its IOPF flag, and whether mappings are lazy",
  meta: {
    origin: linux("drivers/vfio/vfio_iommu_type1.c", "vfio_iommu_type1_open"),
    lane: "struct vfio_iommu",
    messages: iopfContainerSays,
  },
  context: ({ input }) => ({
    rules: input,
    groups: [],
    ready: [],
    enabled: false,
    watched: false,
    users: input.domainOf.map(() => 0),
  }),
  on: {
    "container.joins": [
      // The thread that dropped the last reference is still tearing the group down.
      {
        guard: ({ context, event }) => context.groups.includes(event.device),
        actions: emit({ type: "ioctl.refused" }),
      },
      {
        actions: [
          assign({ groups: ({ context, event }) => withMember(context.groups, event.device) }),
          changesUsers(1),
        ],
      },
    ],
    "container.leaves": { actions: leaves },
    "container.readies": {
      actions: assign({ ready: ({ context, event }) => withMember(context.ready, event.device) }),
    },
    "container.unreadies": {
      actions: assign({ ready: ({ context, event }) => without(context.ready, event.device) }),
    },
    "container.gets": [
      {
        guard: ({ context, event }) => context.users[event.device]! === 0,
        actions: emit(({ event: { device } }) => ({ type: "container.got", device, found: false })),
      },
      {
        actions: [changesUsers(1), emit(({ event: { device } }) => ({ type: "container.got", device, found: true }))],
      },
    ],
    "container.puts": {
      actions: [
        changesUsers(-1),
        emit(({ context, event: { device, by } }) => ({
          type: "container.put",
          by,
          last: context.users[device] === 0,
        })),
      ],
    },
    "container.enables": { actions: assign({ enabled: true }) },
    "container.subscribes": { actions: assign({ watched: true }) },
    "container.unsubscribes": { actions: assign({ watched: false }) },
    "container.maps": {
      actions: emit(({ context, event: { page } }) => ({
        type: "dma.maps",
        page,
        lazy: isLazy(context),
        bitmap: context.rules.bitmaps === "all" || isLazy(context),
        active: activeDomains(context),
      })),
    },
    "container.unmaps": {
      actions: emit(({ context, event: { page } }) => ({
        type: "dma.unmaps",
        page,
        early: isEarly(context),
        active: activeDomains(context),
      })),
    },
    "container.replays": { actions: replays },
    "container.populates": [
      { guard: ({ context }) => isLazy(context) },
      {
        actions: emit(({ context, event: { page } }) => ({
          type: "dma.populates",
          page,
          active: activeDomains(context),
        })),
      },
    ],
    "container.converts": [
      { guard: ({ context }) => !allReady(context) },
      { actions: emit(({ event: { page } }) => ({ type: "dma.converts", page })) },
    ],
    "container.resolves": {
      actions: emit(({ context, event: { page, by } }) => ({
        type: "dma.resolves",
        page,
        by,
        active: activeDomains(context),
      })),
    },
    "access.translates": [
      {
        guard: ({ context, event }) => context.groups.includes(event.device),
        actions: emit(({ context, event: { page, device } }) => ({
          type: "dma.translates",
          page,
          device,
          domain: context.rules.domainOf[device]!,
        })),
      },
      { actions: emit(({ event: { device } }) => ({ type: "access.missed", device })) },
    ],
  },
});
