/** One page with permissions, its entry in a page table, and its copies in an IOTLB and in a device. */
import { call, delivers, send, takesSteps } from "../../../checker/system.ts";
import { atcInvalidation } from "../../machines/iommu/atc-invalidation.ts";
import { cachingDevice } from "../../machines/device/caching-device.ts";
import { EDITOR_STEPS, permissionEditor } from "../../machines/linux/iommu/drivers/permission-editor.ts";
import { tableWalker } from "../../machines/iommu/table-walker.ts";
import type { Study } from "../study.ts";
import {
  EDIT_ORDERS,
  TABLE_FREES,
  type TranslationCachesDesign,
  type TranslationCachesSizes,
} from "./translation-caches-design.ts";
import { translationCachesKnobs } from "./translation-caches-knobs.ts";

const RIGHT: Omit<TranslationCachesDesign, "name"> = {
  implicitInvOnPR: false,
  upgradeWithoutInv: false,
  negCaching: true,
  atcNegCache: false,
  atcInvTimeout: "possible",
  atcInvTimeoutPolicy: "errorFence",
  httu: "off",
  editOrder: "ordered",
  tableFree: "kept",
  invalidatesNew: true,
  atcDefect: "none",
  atsGrants: "exactly",
};

export const translationCaches: Study<TranslationCachesDesign, TranslationCachesSizes> = {
  name: "translation-caches",
  sentence: "Permissions that change while the caches of an IOMMU and of a device hold the old ones.",
  cut:
    "One thread maps, unmaps and changes permissions in any order, and serves a page request at once. Hidden: races " +
    "between two threads of software, which other systems have, and everything about page request groups. Visible: " +
    "what caches, time-outs and defects of devices do to one page.",
  hosts: {
    intended: {
      sentence: "Software invalidates whenever a cache may hold an old translation.",
      design: RIGHT,
    },
    "linux-6.12.117": {
      sentence: "Linux 6.12.117 on VT-d: first mappings and added permissions are not invalidated.",
      design: { ...RIGHT, implicitInvOnPR: true, upgradeWithoutInv: true, negCaching: false, invalidatesNew: false },
    },
  },
  knobs: translationCachesKnobs,
  sizeKnobs: {},
  bounds: { small: {}, default: {}, deep: {} },
  compose: (design) => ({
    components: {
      walker: {
        machine: tableWalker,
        input: {
          cachesAbsence: design.negCaching,
          dropsOnRequest: design.implicitInvOnPR,
          grants: design.atsGrants,
          cachesWalks: design.tableFree !== "kept",
          marks: design.httu !== "off",
        },
        role: "table-walker",
      },
      device: {
        machine: cachingDevice,
        input: { defect: design.atcDefect, keepsAbsence: design.atcNegCache },
        role: "caching-device",
        events: [
          { type: "device.begins", access: "read" },
          { type: "device.begins", access: "write" },
          { type: "device.goes-on" },
          { type: "device.arrives" },
          ...(design.atcInvTimeout === "possible" ? [{ type: "device.hangs" }, { type: "device.wakes" }] : []),
        ],
      },
      fence: {
        machine: atcInvalidation,
        input: { policy: design.atcInvTimeoutPolicy },
        role: "atc-invalidation",
        events: design.atcInvTimeout === "possible" ? [{ type: "invalidation.times-out" }] : [],
      },
      editor: {
        machine: permissionEditor,
        input: {
          order: EDIT_ORDERS[design.editOrder],
          tableFree: TABLE_FREES[design.tableFree],
          skipsWidening: design.upgradeWithoutInv,
          invalidatesNew: design.invalidatesNew,
        },
        role: "permission-editor",
        events: EDITOR_STEPS,
      },
    },
    channels: {
      completions: { to: "device", capacity: 2, whenFull: "block", unhandled: "block" },
      invalidations: { to: "device", capacity: 2, whenFull: "block", unhandled: "block" },
      requests: { to: "editor", capacity: 1, whenFull: "block", unhandled: "block" },
      responses: { to: "device", capacity: 1, whenFull: "block", unhandled: "block" },
    },
    routes: [
      call("caching-device", ["walker.translates", "page.requested"], "walker"),
      call("caching-device", ["atc.invalidated"], "fence"),
      send("table-walker", ["translation.completed"], "completions"),
      send("table-walker", ["request.recorded"], "requests"),
      call("table-walker", ["iotlb.invalidated"], "editor"),
      send("atc-invalidation", ["atc.invalidates"], "invalidations"),
      call("atc-invalidation", ["fence.passed", "fence.failed"], "editor"),
      call("permission-editor", ["table.sets", "iotlb.invalidates"], "walker"),
      call("permission-editor", ["tables.unlinks", "walks.flushes", "tables.frees"], "walker"),
      call("permission-editor", ["atc.submits"], "fence", "block"),
      call("permission-editor", ["device.loses-bus", "device.returns"], "device", "block"),
      send("permission-editor", ["page.response"], "responses"),
    ],
    fairness: {
      threads: [takesSteps("editor", "weak", ["editor.serves", "editor.steps", "editor.answers"])],
      hardware: [
        ...["completions", "invalidations", "requests", "responses"].map((channel) => delivers(channel)),
        ...(design.atcInvTimeout === "possible" ? [takesSteps("fence")] : []),
      ],
      devices: [takesSteps("device", "weak", ["device.goes-on", "device.arrives"])],
      lock: [],
    },
  }),
};
