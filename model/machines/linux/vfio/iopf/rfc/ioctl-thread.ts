/**
 * The thread of the VMM that owns a container: it attaches and detaches groups, maps and unmaps pages, and enables IOPF,
 * one ioctl at a time and in any order. ioctl-steps.ts has the steps.
 *
 * Models  the ioctls of RFC v1 to v3 (VFIO facts 1.2, 2.2; row 21: enable IOPF for VFIO devices; row 22: pin and map
 *         dynamically; row 32: VFIO_IOMMU_ENABLE_IOPF). A device may rely on what an ioctl promised from its return until
 *         an ioctl takes it back.
 * Omits   what type1/accounting/type1-user.ts has: charges, notification of mdev drivers, the update of a vaddr. A second
 *         thread (iommu->lock excludes it), disabling IOPF (no version of the RFC offers it), and enabling it again.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { ioctlSays, messagesOf, type IoctlThreadEmits } from "./ioctl-messages.ts";
import {
  afterRefusal,
  attaching,
  detaching,
  enablingAll,
  mapping,
  unmapping,
  type IoctlRules,
  type IoctlStep,
} from "./ioctl-steps.ts";
import { atWill, rfc } from "../../../../../said.ts";

export interface IoctlThreadContext {
  readonly rules: IoctlRules;
  /** Devices whose group was attached, and pages that were mapped, by ioctls that have returned: sets. */
  readonly attached: readonly number[];
  readonly mapped: readonly number[];
  readonly enabled: boolean;
  readonly ioctl: "none" | "attach" | "detach" | "map" | "unmap" | "enable";
  /** The device or page of the ioctl. */
  readonly at: number;
  readonly done: readonly IoctlStep[];
  readonly left: readonly IoctlStep[];
  readonly failed: boolean;
}

const ENABLE = rfc("v3 patch 5", "vfio_iommu_type1_enable_iopf");

const s = setup({
  types: {
    context: {} as IoctlThreadContext,
    events: {} as
      | { readonly type: "vmm.attaches" | "vmm.detaches"; readonly device: number }
      | { readonly type: "vmm.maps" | "vmm.unmaps"; readonly page: number }
      | { readonly type: "vmm.enables" | "vmm.steps" }
      /** The unwind by counter comes to this device. */
      | { readonly type: "vmm.unwinds"; readonly device: number }
      | { readonly type: "access.asks"; readonly device: number; readonly page: number }
      | { readonly type: "device.refused" | "ioctl.refused" | "container.freed" | "detach.done" }
      | { readonly type: "container.put"; readonly last: boolean },
    emitted: {} as IoctlThreadEmits,
    input: {} as IoctlRules,
  },
});

const OWNER = "vmm";

const without = (set: readonly number[], member: number): readonly number[] => set.filter((old) => old !== member);
const withMember = (set: readonly number[], member: number): readonly number[] =>
  [...set, member].sort((a, b) => a - b);

const head = ({ left }: IoctlThreadContext): IoctlStep["does"] | undefined => left[0]?.does;
const waits = (context: IoctlThreadContext): boolean => ["puts", "detaches"].includes(head(context) ?? "");

const begins = (
  ioctl: IoctlThreadContext["ioctl"],
  at: number,
  left: readonly IoctlStep[],
): Partial<IoctlThreadContext> => ({ ioctl, at, left });

const performs = s.enqueueActions(({ context, enqueue }) => {
  const [first, ...left] = context.left;
  enqueue.assign({ left, done: [...context.done, first!] });
  for (const message of messagesOf(first!, OWNER)) enqueue.emit(message);
});

/** The refused step is the last one that was done. */
const turnsBack = s.assign(({ context: { rules, done, left } }) => ({
  failed: rules.mixedContainer === "refused",
  left: afterRefusal(rules, done.slice(0, -1), left, done.at(-1)!.at),
}));

function ended({ ioctl, at, failed, attached, mapped }: IoctlThreadContext): Partial<IoctlThreadContext> {
  if (failed) return {};
  if (ioctl === "attach") return { attached: withMember(attached, at) };
  if (ioctl === "map") return { mapped: withMember(mapped, at) };
  return ioctl === "enable" ? { enabled: true } : {};
}
const ends = s.assign(({ context }) => ({
  ...ended(context),
  ioctl: "none" as const,
  at: 0,
  done: [],
  left: [],
  failed: false,
}));

const isNext = ({ context, event }: { context: IoctlThreadContext; event: { device: number } }): boolean =>
  head(context) === "unwinds" &&
  context.attached.includes(event.device) &&
  !context.done.some(({ does, at }) => does === "takes-away" && at === event.device);

export const ioctlThread = s.createMachine({
  id: "ioctl-thread",
  description: "the VMM's thread in the ioctls of one container",
  meta: {
    origin: atWill("the VMM"),
    lane: "an ioctl thread of the VMM",
    messages: ioctlSays,
  },
  context: ({ input }) => ({
    rules: input,
    attached: [],
    mapped: [],
    enabled: false,
    ioctl: "none",
    at: 0,
    done: [],
    left: [],
    failed: false,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "no ioctl is under way",
      on: {
        "vmm.attaches": {
          description: "attaches the group of device {device}",
          guard: ({ context, event }) => !context.attached.includes(event.device),
          target: "working",
          actions: assign(({ context, event: { device } }) =>
            begins("attach", device, attaching(context.rules, device, context.enabled)),
          ),
        },
        "vmm.detaches": {
          description: "detaches the group of device {device}",
          guard: ({ context, event }) => context.attached.includes(event.device),
          target: "working",
          actions: [
            assign(({ context, event: { device } }) => ({
              ...begins("detach", device, detaching(context.rules, device)),
              attached: without(context.attached, device),
            })),
            emit(({ event: { device } }) => ({ type: "access.disowned", page: null, device })),
          ],
        },
        "vmm.maps": {
          description: "calls VFIO_IOMMU_MAP_DMA for page {page}",
          guard: ({ context, event }) => context.attached.length > 0 && !context.mapped.includes(event.page),
          target: "working",
          actions: assign(({ event: { page } }) => begins("map", page, mapping(page))),
        },
        "vmm.unmaps": {
          description: "calls VFIO_IOMMU_UNMAP_DMA for page {page}",
          guard: ({ context, event }) => context.attached.length > 0 && context.mapped.includes(event.page),
          target: "working",
          actions: [
            assign(({ context, event: { page } }) => ({
              ...begins("unmap", page, unmapping(page)),
              mapped: without(context.mapped, page),
            })),
            emit(({ event: { page } }) => ({ type: "access.disowned", page, device: null })),
          ],
        },
        "vmm.enables": {
          description: "calls VFIO_IOMMU_ENABLE_IOPF",
          guard: ({ context: { rules, attached, mapped, enabled } }) =>
            attached.length > 0 && !enabled && (rules.enableAfterMap !== "refused" || mapped.length === 0),
          target: "working",
          actions: assign(({ context }) => begins("enable", 0, enablingAll(context.rules, context.attached))),
        },
      },
    },
    working: {
      description: "the {ioctl} ioctl is under way",
      always: { guard: ({ context }) => context.left.length === 0, target: "idle", actions: ends },
      on: {
        "vmm.steps": [
          {
            description: "takes the next step of the {ioctl} ioctl",
            meta: { listed: true },
            guard: ({ context }) => waits(context),
            target: "waiting",
            actions: performs,
          },
          { guard: ({ context }) => head(context) !== "unwinds", actions: performs },
        ],
        "vmm.unwinds": {
          description: "comes to device {device} in the unwind, which counts devices",
          meta: { origin: ENABLE },
          guard: isNext,
          actions: assign({
            left: ({ context, event }) => [{ does: "takes-away", at: event.device }, ...context.left.slice(1)],
          }),
        },
      },
    },
    waiting: {
      description: "waits until the group of device {at} is detached",
      on: {
        "container.put": [
          {
            guard: ({ event }) => event.last,
            actions: emit(({ context }) => ({ type: "detach.starts", device: context.at, by: OWNER })),
          },
          { target: "working" },
        ],
        "detach.done": { target: "working" },
      },
    },
  },
  on: {
    "access.asks": {
      actions: emit(({ context: { attached, mapped }, event: { device, page } }) => ({
        type: "access.judged",
        device,
        legal: attached.includes(device) && mapped.includes(page),
      })),
    },
    "device.refused": { actions: turnsBack },
    "ioctl.refused": { actions: assign({ failed: true, left: [{ does: "unlocks", at: 0 }] }) },
    "container.freed": { actions: assign({ mapped: [], enabled: false }) },
  },
});

/** The ioctls that the VMM may begin. */
export const ioctlBeginnings = (
  devices: readonly number[],
  pages: readonly number[],
  can: { readonly enable: boolean; readonly unmap: boolean },
): readonly Message[] => [
  ...devices.flatMap((device) => [
    { type: "vmm.attaches", device },
    { type: "vmm.detaches", device },
  ]),
  ...pages.flatMap((page) => [{ type: "vmm.maps", page }, ...(can.unmap ? [{ type: "vmm.unmaps", page }] : [])]),
  ...(can.enable ? [{ type: "vmm.enables" }] : []),
];
/** The steps of an ioctl that has begun. */
export const ioctlSteps = (devices: readonly number[]): readonly Message[] => [
  { type: "vmm.steps" },
  ...devices.map((device) => ({ type: "vmm.unwinds", device })),
];
