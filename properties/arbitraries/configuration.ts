/**
 * Random configurations: a system of the suite with hardware, design and bounds changed by knobs, as `--set` would. What
 * is drawn is a request, so that a counterexample names everything that is needed to replay it.
 *
 * Only designs that claim to be right are drawn. Deliberate defects (a lock left out) are for the canary tests;
 * hardware and designs with a known weakness are drawn, and departures/ says which sentences they are known to break.
 */
import fc from "fast-check";
import type { Json } from "../../checker/json.ts";
import { systems } from "../../model/systems/systems.ts";
import type { Request } from "../build.ts";

/** How a device tells of a fault. */
export type Transport = "pri" | "stall";

/** Which systems make sense for a claim. */
export interface Scope {
  readonly transports: readonly Transport[];
  /** Most of everything: `small` is what exhaustive search can carry, `large` is far beyond it. */
  readonly size: "small" | "large";
  /** Default: all that have such devices. */
  readonly systems?: readonly string[];
}

type Knobs = { readonly [knob: string]: fc.Arbitrary<Json> };

const from = (least: number, most: number): fc.Arbitrary<Json> => fc.integer({ min: least, max: most });
const oneOf = <const Choices extends readonly Json[]>(...choices: Choices): fc.Arbitrary<Json> =>
  fc.constantFrom(...choices);

/** Any of the knobs set, the others left as preset and system have them; shrinks to none set. */
const some = (knobs: Knobs): fc.Arbitrary<Request["set"]> =>
  fc
    .record(knobs, { requiredKeys: [], noNullPrototype: true })
    .map((set) => Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)) as Request["set"]);

/** How the queue of page requests, its driver and the credits of the devices may be. */
const queueKnobs = (size: Scope["size"]): Knobs => ({
  pqEntries: size === "small" ? from(2, 5) : from(2, 16),
  pqUsable: oneOf("N-1", "N"),
  creditsPerDev: size === "small" ? from(1, 3) : from(1, 8),
  creditPolicy: oneOf("oversubscribed", "sumWithinUsable"),
  creditReservation: oneOf("group", "request"),
  groupMax: from(1, 3),
  ovfLastResponse: oneOf("success", "invalid", "failure", "none"),
  ovfInhibits: fc.boolean(),
  implicitInvOnPR: fc.boolean(),
  irqModel: oneOf("edgeOn01", "level", "lossy"),
  irqErrorLatch: fc.boolean(),
  irqReread: fc.boolean(),
  headAdvance: oneOf("perEntry", "batch"),
  clearPolicy: oneOf("drainedOnly", "immediate", "never"),
  discardScope: oneOf("queue", "none"),
  partialKey: oneOf("prgi", "pasidAndPrgi"),
  pasids: from(1, 2),
  givesUp: oneOf("never", "keepsIndex"),
});

const stallKnobs: Knobs = { stallSlots: from(1, 4), evtqEntries: from(1, 4) };

const hostKnobs = (size: Scope["size"]): Knobs => ({
  core: oneOf("6.1", "6.12"),
  delivery: oneOf("whole-group", "per-request"),
  reclaim: oneOf("none", "direct", "periodic"),
  limit: from(0, size === "small" ? 2 : 6),
  workers: from(1, size === "small" ? 2 : 4),
  domains: from(1, 2),
  respondWhen: oneOf("after-unlock", "under-lock"),
  allocations: oneOf("succeed", "may-fail"),
});

const boundsKnobs = (size: Scope["size"]): Knobs => ({
  devices: from(1, size === "small" ? 2 : 4),
  slots: from(1, size === "small" ? 2 : 4),
  pages: from(1, size === "small" ? 3 : 8),
  itemPages: from(1, 2),
  instances: from(2, 4),
  commands: from(1, size === "small" ? 2 : 8),
  unmaps: fc.boolean(),
  reclaims: fc.boolean(),
});

/** The largest system there is room for: more of everything than any exhaustive search here, whatever else is drawn. */
const LARGEST: Request["set"] = { devices: 4, slots: 4, pages: 8, itemPages: 2, pqEntries: 16, creditsPerDev: 8 };

const hardwareOf = (system: string): readonly string[] => systems.find(({ name }) => name === system)!.hardware;
/** Every preset of a transport: those of the system that follows one fault with it. */
const PRESETS: { readonly [transport in Transport]: readonly string[] } = {
  pri: hardwareOf("pri-flat"),
  stall: hardwareOf("stall-flat"),
};
const RFC_V1 = ["rfc-v1", "rfc-v1-on-groups"] as const;
const NOTIFIED = ["mmu-notifier", "rfc-v2", "hmm"] as const;
/** Systems with the designs that they make sense for. */
const SYSTEMS: { readonly [transport in Transport]: readonly (readonly [system: string, ...hosts: string[]])[] } = {
  pri: [
    ["pri-flat", ...RFC_V1],
    ["pri-overflow", ...RFC_V1],
    ["unmap-race", ...RFC_V1],
    ["pin-limit", ...RFC_V1],
    NOTIFIED,
  ],
  stall: [["stall-flat", ...RFC_V1], ["unmap-race", ...RFC_V1], ["pin-limit", ...RFC_V1], NOTIFIED],
};

function requests(transport: Transport, { size, systems }: Scope): fc.Arbitrary<Request> {
  const knobs = {
    ...(transport === "pri" ? queueKnobs(size) : stallKnobs),
    ...hostKnobs(size),
    ...boundsKnobs(size),
  };
  const set =
    size === "small"
      ? some(knobs)
      : fc.oneof(
          some(knobs),
          some(knobs).map((drawn) => ({ ...drawn, ...LARGEST })),
        );
  const software = SYSTEMS[transport]
    .filter(([system]) => systems?.includes(system) ?? true)
    .flatMap(([system, ...hosts]) => hosts.map((host) => ({ system, host })));
  return fc
    .tuple(fc.constantFrom(...software), fc.constantFrom(...PRESETS[transport]), set.map(withRoomForCommands))
    .map(([{ system, host }, hardware, drawn]) => ({ system, hardware, host, bounds: "small", set: drawn }));
}

/** One step of a release puts a command for each domain, or each device, into the queue: it must have room for them. */
function withRoomForCommands(set: Request["set"]): Request["set"] {
  const together = Math.max(Number(set["domains"] ?? 1), Number(set["devices"] ?? 1));
  return Number(set["commands"] ?? 1) < together ? { ...set, commands: together } : set;
}

/** Requests in the scope of a claim. */
export const anyRequest = (scope: Scope): fc.Arbitrary<Request> =>
  fc.oneof(...scope.transports.map((transport) => requests(transport, scope)));
