/**
 * A device with ATS that reads and writes one page: its cached translation, the access that uses it, and how it treats an
 * invalidation.
 *
 * Models  PCIe ATS, hardware facts 1.2 and 1.3: an access needs an entry that allows it. Without one the device asks for
 *         a translation; if that does not allow the access it asks for the page, and after Success for the translation
 *         again (fact 1). A write is posted: it arrives later than it was issued. An invalidation drops the entry, dooms
 *         a translation under way (S6), and completes when what used the entry has arrived (S5). A device may hang, and
 *         wake up again (K27, H11); software may cut it off.
 * Omits   more than one access at a time, groups of requests, and answers other than Success.
 */
import { assign, enqueueActions, setup } from "xstate";
import { allows, type Access, type Entry } from "../iommu/permission.ts";

/** One departure from a correct device. */
export type DeviceDefect =
  | "none"
  /** H12: the completion overtakes what was posted before. */
  | "completes-early"
  | "fill-survives"
  /** H15, H16, H35: it completes, and the entry stays. */
  | "keeps-entry";

export interface CachingDeviceRules {
  readonly defect: DeviceDefect;
  /** K26. Whether "no access" is kept, which PCIe forbids (S4). */
  readonly keepsAbsence: boolean;
}

export type CachingDeviceEvent =
  | { readonly type: "device.begins"; readonly access: Access }
  | {
      readonly type:
        "device.goes-on" | "device.arrives" | "device.hangs" | "device.wakes" | "device.loses-bus" | "device.returns";
    }
  | ({ readonly type: "translation.completed" } & Entry)
  | { readonly type: "page.response" }
  | { readonly type: "atc.invalidates" };

export type CachingDeviceEmits =
  | { readonly type: "walker.translates" | "atc.invalidated" }
  | { readonly type: "page.requested"; readonly access: Access };

export interface CachingDeviceContext {
  readonly rules: CachingDeviceRules;
  readonly entry: Entry | null;
  /** What it wants to do, until it is under way. */
  readonly wants: Access | null;
  /** The access under way, and the entry that it uses. */
  readonly flight: ({ readonly access: Access } & Entry) | null;
  /** The translation under way is to be discarded. */
  readonly doomed: boolean;
  /** An invalidation waits for the access under way. */
  readonly invalidating: boolean;
  /** Messages of a former life that are still on their way to a device that was cut off. */
  readonly owed: number;
  /** Nothing happens in it, but it still has the bus. */
  readonly hung: boolean;
}

const s = setup({
  types: {
    context: {} as CachingDeviceContext,
    events: {} as CachingDeviceEvent,
    emitted: {} as CachingDeviceEmits,
    input: {} as CachingDeviceRules,
  },
});

const NOTHING = {
  entry: null,
  wants: null,
  flight: null,
  doomed: false,
  invalidating: false,
  owed: 0,
  hung: false,
} as const;

type At = { readonly context: CachingDeviceContext };
const awake = ({ context }: At): boolean => !context.hung;
const mayAccess = ({ context: { entry, wants, hung } }: At): boolean =>
  !hung && entry !== null && allows(entry.permission, wants!);
/** Kept against the rules: the device takes it for the answer to any later access. */
const knowsAbsence = ({ context: { entry, hung } }: At): boolean => !hung && entry?.permission === "none";

const issues = s.assign({ flight: ({ context }) => ({ access: context.wants!, ...context.entry! }), wants: null });
const asksForPage = s.emit(({ context }) => ({ type: "page.requested", access: context.wants! }));
const asksForTranslation = s.emit({ type: "walker.translates" });
const invalidates = s.enqueueActions(({ context: { rules, entry, flight }, enqueue }) => {
  const waits = flight !== null && rules.defect !== "completes-early";
  enqueue.assign({ entry: rules.defect === "keeps-entry" ? entry : null, invalidating: waits });
  if (!waits) enqueue.emit({ type: "atc.invalidated" });
});
/** What it had is gone. The invalidation that timed out is on its way to it, or waits for an access that is over now. */
const isCutOff = s.assign(({ context }) => ({ ...NOTHING, owed: context.invalidating ? 0 : 1 }));
const owesOne = s.assign({ owed: ({ context }) => context.owed + 1 });
const wasOwed = s.assign({ owed: ({ context }) => context.owed - 1 });
const dooms = s.assign({ doomed: ({ context }) => context.rules.defect !== "fill-survives" });

export const cachingDevice = s.createMachine({
  id: "caching-device",
  context: ({ input }) => ({ rules: input, ...NOTHING }),
  initial: "idle",
  on: {
    "device.hangs": { guard: awake, actions: assign({ hung: true }) },
    "device.wakes": { guard: ({ context }) => context.hung, actions: assign({ hung: false }) },
    "device.loses-bus": { target: ".off", actions: isCutOff },
    "atc.invalidates": { guard: awake, actions: invalidates },
  },
  states: {
    idle: {
      on: {
        "device.begins": {
          guard: awake,
          target: "deciding",
          actions: assign({ wants: ({ event }) => event.access }),
        },
      },
    },
    deciding: {
      on: {
        "device.goes-on": [
          { guard: mayAccess, target: "in-flight", actions: issues },
          { guard: knowsAbsence, target: "asking", actions: asksForPage },
          { guard: awake, target: "translating", actions: asksForTranslation },
        ],
      },
    },
    translating: {
      on: {
        "device.loses-bus": { target: "off", actions: [isCutOff, owesOne] },
        "atc.invalidates": { guard: awake, actions: [dooms, invalidates] },
        "translation.completed": [
          {
            guard: ({ context }) => !context.hung && context.doomed,
            target: "deciding",
            actions: assign({ doomed: false }),
          },
          {
            guard: awake,
            target: "settling",
            actions: assign({
              entry: ({ context: { rules }, event: { permission, frame } }) =>
                permission !== "none" || rules.keepsAbsence ? { permission, frame } : null,
            }),
          },
        ],
      },
    },
    /** It has an answer, which may be gone again before it is used. */
    settling: {
      on: {
        "atc.invalidates": { guard: awake, target: "deciding", actions: invalidates },
        "device.goes-on": [
          { guard: mayAccess, target: "in-flight", actions: issues },
          { guard: awake, target: "asking", actions: asksForPage },
        ],
      },
    },
    asking: {
      on: {
        "device.loses-bus": { target: "off", actions: [isCutOff, owesOne] },
        "page.response": {
          guard: awake,
          target: "deciding",
          // The translation that faulted is not used again.
          actions: assign({ entry: ({ context: { entry } }) => (entry?.permission === "none" ? entry : null) }),
        },
      },
    },
    /** Cut off and reset; it comes back when nothing of its former life is on the way to it any more. */
    off: {
      on: {
        "device.hangs": { guard: () => false },
        "translation.completed": { actions: wasOwed },
        "page.response": { actions: wasOwed },
        "atc.invalidates": { actions: wasOwed },
        "device.returns": { guard: ({ context }) => context.owed === 0, target: "idle" },
      },
    },
    "in-flight": {
      on: {
        "device.arrives": {
          guard: awake,
          target: "idle",
          actions: enqueueActions(({ context, enqueue }) => {
            if (context.invalidating) enqueue.emit({ type: "atc.invalidated" });
            enqueue.assign({ flight: null, invalidating: false });
          }),
        },
      },
    },
  },
});
