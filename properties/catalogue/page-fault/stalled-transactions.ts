/** STL: stalled transactions. */
import { all, always, canAlways, each, messages, optional, parameters, sometimes } from "../../../checker/property.ts";
import type { Message } from "../../../checker/json.ts";
import type { StallSlotContext } from "../../../model/machines/device/stall-slot.ts";
import type { Fault } from "../../../model/machines/linux/include/iommu.ts";
import type { DeviceFaultDataContext } from "../../../model/machines/linux/iommu/io-pgfault/6.1/device-fault-data-messages.ts";
import type { FaultParamContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import { coreRule, hardwareRule } from "../sources.ts";
import { refuses, where, type Parameters } from "../parameters.ts";

const slot = each<StallSlotContext>("stall-slot");
const inFlight = { events: messages("events"), commands: messages("commands") } as const;
const resumesOf = ({ device, slot: stag }: StallSlotContext, commands: readonly Message[]): readonly Message[] =>
  commands.filter((one) => one.type === "command.resumes" && one["device"] === device && one["stag"] === stag);

export const stl = [
  always({
    id: "STL-1",
    name: "no-resume-for-unused-tag",
    statement: "No RESUME arrives for a tag without a stalled transaction.",
    source: hardwareRule("S21"),
    witness: "STL-4",
    reads: { slot },
    holds: ({ slot: s }) => s.context.unexpected !== "free",
    values: ({ slot: s }) => ({ [s.name]: { state: s.state, unexpected: s.context.unexpected } }),
  }),
  always({
    id: "STL-2",
    name: "no-resume-for-later-use",
    statement: "No RESUME for an earlier use of a tag reaches a later one.",
    source: hardwareRule("S21"),
    witness: "STL-4",
    applies: where(({ bounds }) => bounds.instances > 1),
    reads: { slot },
    holds: ({ slot: s }) => s.context.unexpected !== "earlier-instance",
    values: ({ slot: s }) => ({ [s.name]: { state: s.state, unexpected: s.context.unexpected } }),
  }),
  always({
    id: "STL-3",
    name: "one-resume-per-stall",
    statement: "A stalled transaction has at most one RESUME on its way, and any other tag has none.",
    source: coreRule("I27"),
    witness: "STL-4",
    reads: { slot, ...inFlight },
    holds: ({ slot: s, commands }) => resumesOf(s.context, commands).length <= (s.state === "waiting" ? 1 : 0),
    values: ({ slot: s, commands }) => ({ [s.name]: s.state, resumes: resumesOf(s.context, commands).length }),
  }),
  sometimes({
    id: "STL-4",
    name: "transaction-retried",
    statement: "A stalled transaction is resumed for another try.",
    source: hardwareRule("4.2"),
    reads: { slots: all("stall-slot"), commands: messages("commands") },
    holds: ({ commands }) => commands.some(({ type, action }) => type === "command.resumes" && action === "retry"),
  }),
  always({
    id: "STL-5",
    name: "no-lost-stall",
    statement:
      "No stall record is lost: a recorded stall is in the event queue, in software, or has a RESUME on its way.",
    source: hardwareRule("S20"),
    witness: "STL-6",
    reads: {
      slot,
      reporter: each<{ fault: Fault | null }>("reporter"),
      params: optional<FaultParamContext>("fault-param"),
      data: optional<DeviceFaultDataContext>("device-fault-data"),
      ...inFlight,
    },
    holds: ({ slot: s, reporter, params, data, events, commands }) => {
      const { device, slot: stag } = s.context;
      const is = (fault: Fault | null): boolean => fault !== null && fault.device === device && fault.grp === stag;
      return (
        s.state !== "waiting" ||
        events.some((one) => one["device"] === device && one["stag"] === stag) ||
        is(reporter.context.fault) ||
        params.some(({ context }) => context.groups.some(({ members }) => members.some(is))) ||
        data.some(({ context }) => context.pending.some(({ fault }) => is(fault))) ||
        resumesOf(s.context, commands).length > 0
      );
    },
    values: ({ slot: s, events }) => ({ [s.name]: s.state, "event queue": events.length }),
  }),
  sometimes({
    id: "STL-6",
    name: "stall-waits-for-room",
    statement: "A stalled transaction waits for room in a full event queue.",
    source: hardwareRule("4.3"),
    applies: where(
      ({ bounds, hardware }) => bounds.devices * Math.min(bounds.slots, hardware.stallSlots) > hardware.evtqEntries,
    ),
    reads: { slot, events: messages("events"), built: parameters<Parameters>() },
    holds: ({ slot: s, events, built }) => s.state === "requesting" && events.length === built.hardware.evtqEntries,
  }),
  canAlways({
    id: "STL-7",
    name: "no-stall-leak",
    statement: "A stalled transaction can always end: no stall slot leaks.",
    source: hardwareRule("L2"),
    witness: "STL-4",
    reads: { slot },
    holds: ({ slot: s }) => s.state === "idle",
  }),
  sometimes({
    id: "STL-8",
    name: "transaction-terminated",
    statement: "A stalled transaction is terminated.",
    source: hardwareRule("4.2"),
    applies: where((built) => built.bounds.unmaps || refuses(built)),
    reads: { slot },
    holds: ({ slot: s }) => s.state === "doomed",
  }),
] as const;
