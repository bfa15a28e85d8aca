/**
 * The thread of user space that owns a container: it attaches and detaches groups, maps and unmaps, and enables page faults,
 * one ioctl at a time and in any order. The steps are those of ioctl-steps.ts.
 *
 * Models  VFIO facts 1.2 and 2.2 (rows 21, 22, 32): what an ioctl that has returned promises, and until when, is what DMA
 *         of a device may rely on.
 * Omits   several threads (ioctls of a container exclude each other by its lock), disabling (never offered), re-enabling.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { acquires, performing, releases, type DeviceMessage } from "./device-steps.ts";
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

export interface IoctlThreadContext {
  readonly rules: IoctlRules;
  /** Devices whose group was attached, and pages that were mapped, by ioctls that have returned: sets. */
  readonly attached: readonly number[];
  readonly mapped: readonly number[];
  readonly enabled: boolean;
  readonly ioctl: "none" | "attach" | "detach" | "map" | "unmap" | "enable";
  /** The device or page that it is about. */
  readonly at: number;
  readonly done: readonly IoctlStep[];
  readonly left: readonly IoctlStep[];
  readonly failed: boolean;
}

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

const s = setup({
  types: {
    context: {} as IoctlThreadContext,
    events: {} as
      | { readonly type: "vmm.attaches" | "vmm.detaches"; readonly device: number }
      | { readonly type: "vmm.maps" | "vmm.unmaps"; readonly page: number }
      | { readonly type: "vmm.enables" | "vmm.steps" }
      /** The unwinding by a counter comes upon this device. */
      | { readonly type: "vmm.unwinds"; readonly device: number }
      | { readonly type: "access.asks"; readonly device: number; readonly page: number }
      | { readonly type: "device.refused" | "ioctl.refused" | "container.freed" | "detach.done" }
      | { readonly type: "container.put"; readonly last: boolean },
    emitted: {} as IoctlThreadEmits,
    input: {} as IoctlRules,
  },
});

const OWNER = "vmm";

function messagesOf({ does, at }: IoctlStep): readonly IoctlThreadEmits[] {
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
      return [{ type: "container.puts", device: at, by: OWNER }];
    case "detaches":
      return [{ type: "detach.starts", device: at, by: OWNER }];
    case "locks":
      return [acquires("L", OWNER)];
    case "unlocks":
      return [releases("L", OWNER)];
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
      return performing(does, at, OWNER);
    default:
      return does satisfies never;
  }
}

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
  for (const message of messagesOf(first!)) enqueue.emit(message);
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
      on: {
        "vmm.attaches": {
          guard: ({ context, event }) => !context.attached.includes(event.device),
          target: "working",
          actions: assign(({ context, event: { device } }) =>
            begins("attach", device, attaching(context.rules, device, context.enabled)),
          ),
        },
        "vmm.detaches": {
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
          guard: ({ context, event }) => context.attached.length > 0 && !context.mapped.includes(event.page),
          target: "working",
          actions: assign(({ event: { page } }) => begins("map", page, mapping(page))),
        },
        "vmm.unmaps": {
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
          guard: ({ context: { rules, attached, mapped, enabled } }) =>
            attached.length > 0 && !enabled && (rules.enableAfterMap !== "refused" || mapped.length === 0),
          target: "working",
          actions: assign(({ context }) => begins("enable", 0, enablingAll(context.rules, context.attached))),
        },
      },
    },
    working: {
      always: { guard: ({ context }) => context.left.length === 0, target: "idle", actions: ends },
      on: {
        "vmm.steps": [
          { guard: ({ context }) => waits(context), target: "waiting", actions: performs },
          { guard: ({ context }) => head(context) !== "unwinds", actions: performs },
        ],
        "vmm.unwinds": {
          guard: isNext,
          actions: assign({
            left: ({ context, event }) => [{ does: "takes-away", at: event.device }, ...context.left.slice(1)],
          }),
        },
      },
    },
    /** For the group to be taken out, by this thread or by whoever has another reference. */
    waiting: {
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

/** What user space may decide to begin. */
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
/** Going on with what was begun. */
export const ioctlSteps = (devices: readonly number[]): readonly Message[] => [
  { type: "vmm.steps" },
  ...devices.map((device) => ({ type: "vmm.unwinds", device })),
];
