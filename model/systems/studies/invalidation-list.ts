/** Whom an unmap tells, while devices, aliases and PASIDs are attached and detached beside it. */
import type { Message } from "../../../checker/json.ts";
import { call, takesSteps, type Component, type Route } from "../../../checker/system.ts";
import { requester } from "../../machines/device/requester.ts";
import { unmappedPage } from "../../machines/iommu/unmapped-page.ts";
import { deviceAttacher } from "../../machines/linux/iommu/flush/device-attacher.ts";
import { invalidationList } from "../../machines/linux/iommu/flush/invalidation-list.ts";
import { unmapThread } from "../../machines/linux/iommu/flush/unmap-thread.ts";
import { field } from "../host-side.ts";
import type { Study } from "../study.ts";
import {
  invalidationListBounds,
  invalidationListHosts,
  type InvalidationListDesign,
  type InvalidationListSizes,
} from "./invalidation-list-design.ts";
import { invalidationListKnobs, invalidationListSizeKnobs } from "./invalidation-list-knobs.ts";

const CUT =
  "One page, one page table, one thread that unmaps and maps it again. Device 0 is attached from the start, with ATS; " +
  "device 1 comes and goes, and so does a PASID of another device. Faults are left out, and each command is done when " +
  "it returns: flushers has the queue. Hidden: two unmaps at a time, errors of an attach, ranges of several pages, and " +
  "what a device does while its ATS is disabled.";

/** Tags of the IOTLB: of requests without PASID, and of the PASID. */
const RID = 0;
const PASID = 1;

/** Which attacher is whose: the other requesters have none. */
const ATTACHERS: { readonly [requester: string]: string } = { device1: "attach-device1", pasid2: "attach-pasid2" };

function componentsOf(
  { name: _, listFence, pasidAttach, pasidDetach, ...rules }: InvalidationListDesign,
  { deviceHasAlias, attachesPasid, atsVaries, atcAnswers, deviceResets }: InvalidationListSizes,
): { readonly [name: string]: Component } {
  const known = (name: string, tag: number, attached: boolean, ats: boolean): Component => ({
    machine: requester,
    input: { name, tag, attached, ats },
    role: "requester",
    events: [
      { type: "requester.reads-entry" },
      { type: "requester.translates" },
      ...(name === "device1" && !atcAnswers ? [{ type: "requester.hangs" }] : []),
    ],
  });
  return {
    unmapper: {
      machine: unmapThread,
      input: { name: "unmapper", rules, locks: listFence === "lock", tags: attachesPasid ? [RID, PASID] : [RID] },
      role: "unmap-thread",
      events: [
        { type: "unmap.begins" },
        { type: "unmap.steps" },
        { type: "unmap.maps" },
        ...(listFence === "lock" ? [] : [{ type: "unmap.reads-early" }]),
      ],
    },
    list: {
      machine: invalidationList,
      input: { fence: listFence, listed: [{ name: "device0", tag: RID, ats: true }] },
      role: "invalidation-list",
    },
    page: { machine: unmappedPage, role: "unmapped-page", events: [{ type: "store.drains" }] },
    device0: known("device0", RID, true, true),
    device1: known("device1", RID, false, false),
    ...(deviceHasAlias ? { alias1: known("alias1", RID, false, false) } : {}),
    ...(attachesPasid ? { pasid2: known("pasid2", PASID, false, true) } : {}),
    "attach-device1": {
      machine: deviceAttacher,
      input: {
        name: "attach-device1",
        rules,
        requesters: deviceHasAlias ? ["device1", "alias1"] : ["device1"],
        tag: RID,
        keepsAts: false,
        attached: false,
      },
      role: "device-attacher",
      events: [
        { type: "attacher.attaches", ats: true },
        { type: "attacher.leaves", ats: false },
        ...(atsVaries
          ? [
              { type: "attacher.attaches", ats: false },
              { type: "attacher.leaves", ats: true },
            ]
          : []),
        { type: "attacher.steps" },
        ...(deviceResets ? [{ type: "attacher.resets" }, { type: "reset.succeeds" }, { type: "reset.fails" }] : []),
        ...(rules.timeoutDoes === "reports" ? [{ type: "attacher.blocks" }] : []),
      ],
    },
    ...(attachesPasid
      ? {
          "attach-pasid2": {
            machine: deviceAttacher,
            input: {
              name: "attach-pasid2",
              rules: { ...rules, attachOrder: pasidAttach, detachOrder: pasidDetach },
              requesters: ["pasid2"],
              tag: PASID,
              keepsAts: true,
              attached: false,
            },
            role: "device-attacher",
            events: [
              { type: "attacher.attaches", ats: true },
              { type: "attacher.leaves", ats: false },
              { type: "attacher.steps" },
            ],
          },
        }
      : {}),
  };
}

const on = (message: Message): string => field(message, "on");
const by = (message: Message): string => field(message, "by");
const attacherOf = (message: Message): readonly string[] => {
  const attacher = ATTACHERS[on(message)];
  return attacher === undefined ? [] : [attacher];
};

const ROUTES: readonly Route[] = [
  call("unmap-thread", ["page.is-cleared", "page.is-freed", "page.is-mapped"], "page"),
  call("unmap-thread", ["store.waits", "iotlb.is-flushed"], "page", "block"),
  call("unmap-thread", ["list.is-read"], "list", "block"),
  call("unmap-thread", ["list.was-read"], "list"),
  call("unmap-thread", ["atc.is-flushed", "ats.is-blocked"], on),
  /** In reset it is blocked already. */
  call("unmap-thread", ["device.is-broken"], attacherOf, "drop"),
  call("invalidation-list", ["list.tells"], by),
  call("device-attacher", ["list.adds", "list.removes"], "list", "block"),
  call("device-attacher", ["iotlb.is-flushed"], "page", "block"),
  call(
    "device-attacher",
    [
      "entry.is-written",
      "copy.is-flushed",
      "ats.turns-on",
      "ats.turns-off",
      "atc.is-flushed",
      "ats.is-blocked",
      "device.is-reset",
    ],
    on,
  ),
  call("requester", ["page.is-walked"], "page", "block"),
  call("requester", ["atc.answers"], by),
  call("unmapped-page", ["page.found"], by),
];

export const invalidationListStudy: Study<InvalidationListDesign, InvalidationListSizes> = {
  name: "invalidation-list",
  sentence: "An unmap tells the IOTLB and the ATCs of who is listed, while devices, aliases and PASIDs come and go.",
  cut: CUT,
  hosts: invalidationListHosts,
  knobs: invalidationListKnobs,
  sizeKnobs: invalidationListSizeKnobs,
  bounds: invalidationListBounds,
  compose: (design, sizes) => ({
    components: componentsOf(design, sizes),
    routes: ROUTES,
    fairness: {
      /** A lock is handed to whoever has waited longest. */
      threads: [
        takesSteps("unmapper", "strong", ["unmap.steps"]),
        takesSteps("attach-device1", "strong", ["attacher.steps"]),
        ...(sizes.attachesPasid ? [takesSteps("attach-pasid2", "strong", ["attacher.steps"])] : []),
      ],
      hardware: [takesSteps("page")],
      devices: [],
      lock: [],
    },
  }),
};
