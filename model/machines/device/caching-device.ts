/**
 * A device with ATS that reads and writes one page: its ATC entry, the access that uses it, and its treatment of invalidations.
 *
 * Models  PCIe ATS (hardware facts 1.2 and 1.3). An access needs an entry that permits it. Without one the device requests a
 *         translation. If that does not permit the access, the device requests the page, and after Success the translation
 *         again (fact 1, Success does not promise presence). A write is posted: it arrives later than it was issued. An
 *         invalidation drops the entry, dooms a translation in flight (S6, a fill loses the race), and completes when the
 *         access that used the entry has arrived (S5, the completion pushes the writes). A device may hang and wake up
 *         again (K27 and H11, an ATC invalidation that times out); software may isolate it.
 * Omits   more than one access at a time (atc-entry.ts counts several); groups of requests and responses other than Success
 *         (prg-slot.ts has them); requests of pages that were not translated before, which are legal.
 *         Of an entry: its size, the bits Global, Exe, Priv and U, PASIDs, and its eviction, after which the device is where it
 *         began. Of a translation request: NW (no write wanted).
 *         Of an invalidation: ITags, as software sends one at a time; traffic classes, of which each with writes in flight has
 *         its own completion; reads that are tagged and discarded in place of awaited; completions of a device whose ATS is
 *         off, to which software sends none.
 *         Of a reset: posted writes that were issued before it and arrive after it, and responses that meet a request from
 *         after it (H10): the device returns when nothing is in flight to it.
 */
import { assign, enqueueActions, setup } from "xstate";
import { atWill, clause, messages } from "../../said.ts";
import { allows, type Access, type Entry } from "../iommu/permission.ts";

/** One deliberate defect of the device. */
export type DeviceDefect =
  | "none"
  /** H12: the completion overtakes writes that were posted before. */
  | "completes-early"
  | "fill-survives"
  /** H15, H16, H35: it completes the invalidation and keeps the entry. */
  | "keeps-entry"
  /** An access that it has issued never completes. */
  | "never-arrives";

export interface CachingDeviceRules {
  readonly defect: DeviceDefect;
  /** K26. Whether the ATC caches "no access", which PCIe forbids (S4). */
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
  /** The access that it wants, until it is issued. */
  readonly wants: Access | null;
  /** The access in flight, and the entry that it uses. */
  readonly flight: ({ readonly access: Access } & Entry) | null;
  /** The completion of the translation in flight must be discarded. */
  readonly doomed: boolean;
  /** An invalidation waits for the access in flight. */
  readonly invalidating: boolean;
  /** Messages from before the reset that are still in flight to a device that was isolated. */
  readonly owed: number;
  /** The device hangs, and may still use the bus. */
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

const ATS = clause("pcie", "10.2 (ATS Translation Services)");
const PRI = clause("pcie", "10.4 (Page Request Services)");

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
/** Cached against the rules: the device uses "no access" for every later access. */
const knowsAbsence = ({ context: { entry, hung } }: At): boolean => !hung && entry?.permission === "none";

const issues = s.assign({ flight: ({ context }) => ({ access: context.wants!, ...context.entry! }), wants: null });
const asksForPage = s.emit(({ context }) => ({ type: "page.requested", access: context.wants! }));
const asksForTranslation = s.emit({ type: "walker.translates" });
const invalidates = s.enqueueActions(({ context: { rules, entry, flight }, enqueue }) => {
  const waits = flight !== null && rules.defect !== "completes-early";
  enqueue.assign({ entry: rules.defect === "keeps-entry" ? entry : null, invalidating: waits });
  if (!waits) enqueue.emit({ type: "atc.invalidated" });
});
/** The reset drops everything. The invalidation that timed out is in flight, or waited for an access that is gone now. */
const isCutOff = s.assign(({ context }) => ({ ...NOTHING, owed: context.invalidating ? 0 : 1 }));
const owesOne = s.assign({ owed: ({ context }) => context.owed + 1 });
const wasOwed = s.assign({ owed: ({ context }) => context.owed - 1 });
const ISSUES = {
  description: "issues the {wants} with its ATC entry",
  meta: { origin: atWill("a device") },
  guard: mayAccess,
  target: "in-flight",
  actions: issues,
} as const;
const ASKS = {
  description: "requests the page: the translation does not permit the {wants}",
  meta: { origin: PRI },
  target: "asking",
  actions: asksForPage,
} as const;
const dooms = s.assign({ doomed: ({ context }) => context.rules.defect !== "fill-survives" });

export const cachingDevice = s.createMachine({
  id: "caching-device",
  description: "a device with ATS and one page",
  meta: {
    origin: clause("pcie", "10.3 (ATS Invalidation)"),
    lane: "the device, with its ATC entry",
    messages: messages<CachingDeviceEmits>({
      "walker.translates": {
        says: "requests the translation",
        origin: ATS,
      },
      "atc.invalidated": "completes the invalidation",
      "page.requested": {
        says: "requests the page for a {access}",
        origin: PRI,
      },
    }),
  },
  context: ({ input }) => ({ rules: input, ...NOTHING }),
  initial: "idle",
  on: {
    "device.hangs": {
      description: "hangs",
      meta: { origin: atWill("a device") },
      guard: awake,
      actions: assign({ hung: true }),
    },
    "device.wakes": {
      description: "wakes up and accesses pages as before",
      meta: { origin: atWill("a device") },
      guard: ({ context }) => context.hung,
      actions: assign({ hung: false }),
    },
    "device.loses-bus": { target: ".off", actions: isCutOff },
    "atc.invalidates": { guard: awake, actions: invalidates },
  },
  states: {
    idle: {
      description: "no access is wanted",
      on: {
        "device.begins": {
          description: "wants to {access} the page",
          meta: { origin: atWill("a device") },
          guard: awake,
          target: "deciding",
          actions: assign({ wants: ({ event }) => event.access }),
        },
      },
    },
    deciding: {
      description: "an access is wanted, and not translated yet",
      on: {
        "device.goes-on": [
          ISSUES,
          { ...ASKS, guard: knowsAbsence },
          {
            description: "requests the translation for a {wants}",
            meta: { origin: ATS },
            guard: awake,
            target: "translating",
            actions: asksForTranslation,
          },
        ],
      },
    },
    translating: {
      description: "a translation request is in flight",
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
    settling: {
      description: "has the completion, which an invalidation may still drop before its use",
      on: {
        "atc.invalidates": { guard: awake, target: "deciding", actions: invalidates },
        "device.goes-on": [ISSUES, { ...ASKS, guard: awake }],
      },
    },
    asking: {
      description: "the page is requested, and the response is outstanding",
      on: {
        "device.loses-bus": { target: "off", actions: [isCutOff, owesOne] },
        "page.response": {
          guard: awake,
          target: "deciding",
          // The device does not use the translation that faulted again.
          actions: assign({ entry: ({ context: { entry } }) => (entry?.permission === "none" ? entry : null) }),
        },
      },
    },
    // It returns when no message from before the reset is in flight to it.
    off: {
      description: "isolated and reset",
      on: {
        "device.hangs": { guard: () => false },
        "translation.completed": { actions: wasOwed },
        "page.response": { actions: wasOwed },
        "atc.invalidates": { actions: wasOwed },
        "device.returns": {
          description: "comes back after the reset",
          guard: ({ context }) => context.owed === 0,
          target: "idle",
        },
      },
    },
    "in-flight": {
      description: "the access is in flight",
      on: {
        "device.arrives": {
          description: "completes the access in flight",
          meta: { origin: atWill("a device") },
          guard: ({ context }) => !context.hung && context.rules.defect !== "never-arrives",
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
