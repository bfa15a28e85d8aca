/** RSP: responses to page request groups. */
import { all, always, canAlways, each, messages, optional, sometimes } from "../../../checker/property.ts";
import type { Message } from "../../../checker/json.ts";
import {
  isOutstanding,
  requestedBy,
  responseIsFor,
  type PrgSlotContext,
} from "../../../model/machines/device/prg-slot.ts";
import type { PriInterfaceContext } from "../../../model/machines/device/pri-interface.ts";
import type { TranslationContext } from "../../../model/machines/iommu/translation.ts";
import type { FaultParamContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import type { DeviceFaultDataContext } from "../../../model/machines/linux/iommu/io-pgfault/6.1/device-fault-data-messages.ts";
import type { ReporterContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/reporter-messages.ts";
import type { PageRequestQueueContext } from "../../../model/machines/iommu/page-request-queue-messages.ts";
import type { FaultResolverContext } from "../../../model/machines/linux/vfio/iopf/fault-resolver.ts";
import type { Fault } from "../../../model/machines/linux/include/iommu.ts";
import { coreRule, hardwareRule, vfioRule } from "../sources.ts";
import { answersInReport, indicesAreShared, overflows, refuses, where } from "../parameters.ts";

const slot = each<PrgSlotContext>("prg-slot");
/** Whoever answers groups: it knows their pages, or (Linux 6.1) their members. */
interface ResponderContext {
  readonly code: string;
  readonly pages?: readonly number[];
  readonly group?: { readonly members: readonly Fault[] } | null;
  /** Of a handler that is called for each fault. */
  readonly fault?: Fault | null;
}
const responder = each<ResponderContext>("responder");
const resolver = each<FaultResolverContext>("fault-resolver");
const pagesOf = ({ pages, group }: ResponderContext): readonly number[] =>
  pages ?? group?.members.map(({ page }) => page) ?? [];
const inFlight = { responses: messages("responses"), commands: messages("commands") } as const;

/** Responses on their way to the slot, through the command queue or on the wire. */
const towards = (context: PrgSlotContext, flying: { responses: readonly Message[]; commands: readonly Message[] }) =>
  [...flying.responses, ...flying.commands].filter(
    (message) =>
      (message.type === "pri.response" || message.type === "command.responds") &&
      message["device"] === context.device &&
      responseIsFor(context, message),
  );
const aboutToSucceed = (state: string, code: string): boolean => state === "responding" && code === "success";

export const rsp = [
  always({
    id: "RSP-1",
    name: "no-response-to-unused-index",
    statement: "No response reaches a group index that is not in use.",
    source: hardwareRule("G6"),
    witness: "RSP-5",
    reads: { slot },
    holds: ({ slot: s }) => s.context.unexpected !== "free",
    values: ({ slot: s }) => ({ [s.name]: { state: s.state, unexpected: s.context.unexpected } }),
  }),
  always({
    id: "RSP-2",
    name: "no-response-to-open-group",
    statement: "No response reaches a group that is still open.",
    source: hardwareRule("S9, S10, G3"),
    witness: "RSP-5",
    reads: { slot },
    holds: ({ slot: s }) => s.context.unexpected !== "open",
    values: ({ slot: s }) => ({ [s.name]: { state: s.state, unexpected: s.context.unexpected } }),
  }),
  always({
    id: "RSP-3",
    name: "no-response-to-later-use",
    statement: "No response for an earlier use of a group index reaches a later one.",
    source: hardwareRule("S29"),
    witness: "RSP-5",
    applies: where(({ bounds }) => bounds.instances > 1),
    reads: { slot },
    holds: ({ slot: s }) => s.context.unexpected !== "earlier-instance",
    values: ({ slot: s }) => ({ [s.name]: { state: s.state, unexpected: s.context.unexpected } }),
  }),
  always({
    id: "RSP-4",
    name: "one-response-per-group",
    statement: "A closed group has at most one response on its way, and any other index has none.",
    source: hardwareRule("S8"),
    witness: "RSP-5",
    reads: { slot, ...inFlight },
    holds: ({ slot: s, ...flying }) => towards(s.context, flying).length <= (isOutstanding(s) ? 1 : 0),
    values: ({ slot: s, ...flying }) => ({
      [s.name]: s.state,
      "on their way": towards(s.context, flying).map(({ type, by, code }) => [type, by ?? "software", code ?? null]),
    }),
  }),
  sometimes({
    id: "RSP-5",
    name: "software-responds-success",
    statement: "Software responds Success to a group.",
    source: coreRule("1.5"),
    reads: { responses: messages("responses"), slots: all("prg-slot") },
    holds: ({ responses }) => responses.some(({ by, code }) => by === "software" && code === "success"),
  }),
  sometimes({
    id: "RSP-6",
    name: "hardware-responds-dropped",
    statement: "The IOMMU responds to a group whose last request it dropped.",
    source: hardwareRule("fact 3"),
    applies: where((built) => overflows(built) && built.hardware.ovfLastResponse !== "none"),
    reads: { responses: messages("responses"), slots: all("prg-slot") },
    holds: ({ responses }) => responses.some(({ by }) => by === "hardware"),
  }),
  sometimes({
    id: "RSP-7",
    name: "software-responds-invalid",
    statement: "Software responds Invalid Request to a group.",
    source: vfioRule("F4, F7"),
    applies: where((built) => built.bounds.unmaps || refuses(built)),
    reads: { responder },
    holds: ({ responder: r }) => r.state === "responding" && r.context.code === "invalid",
  }),
  canAlways({
    id: "RSP-8",
    name: "item-can-end",
    statement: "A device can always finish its work item.",
    source: coreRule("L1, L6"),
    witness: "RSP-5",
    reads: { slot },
    holds: ({ slot: s }) => s.state === "idle",
  }),
  always({
    id: "RSP-9",
    name: "success-page-mapped",
    statement: "When Success is about to be sent, every page that the handler was asked for is mapped.",
    source: vfioRule("I-28"),
    witness: "RSP-11",
    reads: { responder, translations: all<TranslationContext>("translation") },
    given: { "Success is about to be sent": ({ responder: r }) => aboutToSucceed(r.state, r.context.code) },
    parts: {
      "every page asked for is mapped": ({ responder: r, translations }) =>
        pagesOf(r.context).every((page) =>
          translations.every(({ context }) => context.page !== page || context.present),
        ),
    },
    values: ({ responder: r, translations }) => ({
      pages: [...pagesOf(r.context)],
      mapped: translations.filter(({ context }) => context.present).map(({ context }) => context.page),
    }),
  }),
  always({
    id: "RSP-10",
    name: "success-after-mapping",
    statement: "Success is sent only after the handler found or made a mapping of every page that it was asked for.",
    source: coreRule("I19"),
    witness: "RSP-11",
    reads: { resolver },
    given: {
      "the handler ends with Success": ({ resolver: r }) => r.state === "finishing" && r.context.code === "success",
    },
    parts: {
      "it found or made a mapping of every page": ({ resolver: r }) => r.context.resolved === r.context.pages.length,
    },
    values: ({ resolver: r }) => ({ pages: r.context.pages.length, resolved: r.context.resolved }),
  }),
  sometimes({
    id: "RSP-11",
    name: "success-about-to-be-sent",
    statement: "The handler is about to send Success.",
    source: vfioRule("F12"),
    reads: { responder },
    holds: ({ responder: r }) => aboutToSucceed(r.state, r.context.code),
  }),
  always({
    id: "RSP-12",
    name: "no-lost-fault",
    statement: "No fault is lost: a closed group is in the queue, in software, or has a response on its way.",
    source: vfioRule("I-34"),
    witness: "RSP-5",
    reads: {
      slot,
      prq: each<PageRequestQueueContext>("prq"),
      reporter: each<ReporterContext>("reporter"),
      params: optional<FaultParamContext>("fault-param"),
      data: optional<DeviceFaultDataContext>("device-fault-data"),
      ...inFlight,
    },
    holds: ({ slot: s, prq, reporter, params, data, ...flying }) => {
      const isLast = (fault: Pick<Fault, "device" | "pasid" | "grp" | "last"> | null): boolean =>
        fault !== null && fault.last && fault.device === s.context.device && requestedBy(s.context, fault);
      return (
        !isOutstanding(s) ||
        prq.context.records.some((record) => isLast({ ...record, grp: record.prgi })) ||
        isLast(reporter.context.fault) ||
        params.some(({ context }) => context.groups.some(({ members }) => members.some(isLast))) ||
        data.some(({ context }) => context.pending.some(({ fault }) => isLast(fault))) ||
        towards(s.context, flying).length > 0
      );
    },
    values: ({ slot: s, prq, ...flying }) => ({
      [s.name]: s.state,
      queue: prq.context.records.map(({ prgi, page }) => `group ${prgi} page ${page}`),
      "responses on their way": towards(s.context, flying).length,
    }),
  }),
  always({
    id: "RSP-13",
    name: "refusal-reaches-device",
    statement: "A refusal by the handler reaches the device: there is a pending fault to respond to (Linux 6.1).",
    source: vfioRule("1.1, notes; row 58"),
    witness: "RSP-7",
    applies: where(answersInReport),
    reads: { handler: each<ResponderContext>("responder"), data: all<DeviceFaultDataContext>("device-fault-data") },
    given: {
      "the handler refuses": ({ handler: { state, context } }) => state === "responding" && context.code === "invalid",
    },
    parts: {
      "the fault is pending at its device": ({ handler: { context }, data }) =>
        data.some(({ context: { device, pending } }) =>
          pending.some(
            ({ fault }) =>
              device === context.fault?.device &&
              fault.grp === context.fault.grp &&
              fault.pasid === context.fault.pasid,
          ),
        ),
    },
    values: ({ handler: { context }, data }) => ({
      refused: context.fault ?? null,
      pending: data.flatMap(({ context: { pending } }) => pending.map(({ fault }) => fault)),
    }),
  }),
  always({
    id: "RSP-14",
    name: "response-names-a-group",
    statement: "Each response names a group index, and the PASID if the device needs it, of its device.",
    source: hardwareRule("S9, G6, H19"),
    witness: "RSP-15",
    applies: where(indicesAreShared),
    reads: { pri: each<PriInterfaceContext>("pri-interface") },
    holds: ({ pri: { context } }) => !context.unexpected,
    values: ({ pri: { name, context } }) => ({ [name]: context.unexpected ? "unexpected response" : "none" }),
  }),
  sometimes({
    id: "RSP-15",
    name: "one-index-two-pasids",
    statement: "Two groups of one device, with one index and two PASIDs, wait for their responses.",
    source: hardwareRule("H1b; K8"),
    applies: where(indicesAreShared),
    reads: { slots: all<PrgSlotContext>("prg-slot") },
    holds: ({ slots }) => {
      const waiting = slots.filter(({ state }) => state === "waiting").map(({ context }) => context);
      return waiting.some((one) =>
        waiting.some(
          (other) => one.device === other.device && one.prgi === other.prgi && (one.pasid ?? 0) < (other.pasid ?? 0),
        ),
      );
    },
  }),
  sometimes({
    id: "RSP-16",
    name: "response-to-given-up-group",
    statement: "A response is on its way to a group whose access the device has given up.",
    source: hardwareRule("G2"),
    applies: where(({ hardware }) => hardware.givesUp === "keepsIndex"),
    reads: { slot, ...inFlight },
    holds: ({ slot: s, ...flying }) => s.state === "given-up" && towards(s.context, flying).length > 0,
  }),
] as const;
