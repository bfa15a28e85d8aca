/** One page with permissions, its entry in a page table, and its copies in an IOTLB and in a device. */
import { call, delivers, send, takesSteps } from "../../../checker/system.ts";
import { hardwareKnobs } from "../../hardware/knobs.ts";
import type { Hardware } from "../../hardware/hardware.ts";
import type { KnobTable } from "../../knobs.ts";
import { atcInvalidation } from "../../machines/iommu/atc-invalidation.ts";
import { cachingDevice, type DeviceDefect } from "../../machines/device/caching-device.ts";
import { EDITOR_STEPS, permissionEditor, type EditStep } from "../../machines/linux/iommu/drivers/permission-editor.ts";
import { tableWalker } from "../../machines/iommu/table-walker.ts";
import type { Study } from "../study.ts";

/** How a change is made that must be invalidated; the first is right (I7). */
export const EDIT_ORDERS = {
  ordered: ["set-table", "invalidate-iotlb", "invalidate-atc"],
  "no-iotlb": ["set-table", "invalidate-atc"],
  "no-atc": ["set-table", "invalidate-iotlb"],
  /** H14. */
  "atc-first": ["set-table", "invalidate-atc", "invalidate-iotlb"],
  "table-last": ["invalidate-iotlb", "invalidate-atc", "set-table"],
  /** The wait for the device is left out. */
  "no-wait": ["set-table", "invalidate-iotlb", "send-atc"],
} as const satisfies { readonly [name: string]: readonly EditStep[] };

/** What is done with a table page that nothing uses any more; the walk caches must have forgotten it first (B44). */
export const TABLE_FREES = {
  kept: [],
  "after-flush": ["unlink-table", "flush-walks", "free-table"],
  "before-flush": ["unlink-table", "free-table", "flush-walks"],
  "no-flush": ["unlink-table", "free-table"],
} as const satisfies { readonly [name: string]: readonly EditStep[] };

type OfHardware = Pick<
  Hardware,
  | "implicitInvOnPR"
  | "upgradeWithoutInv"
  | "negCaching"
  | "atcNegCache"
  | "atcInvTimeout"
  | "atcInvTimeoutPolicy"
  | "httu"
>;

export interface TranslationCachesDesign extends OfHardware {
  readonly name: string;
  readonly editOrder: keyof typeof EDIT_ORDERS;
  readonly tableFree: keyof typeof TABLE_FREES;
  readonly invalidatesNew: boolean;
  readonly atcDefect: DeviceDefect;
  readonly atsGrants: "exactly" | "too-much";
}

/** One page and one device at all bounds. */
export interface TranslationCachesSizes {
  readonly name: string;
}

const { implicitInvOnPR, upgradeWithoutInv, negCaching, atcNegCache, atcInvTimeout, atcInvTimeoutPolicy, httu } =
  hardwareKnobs;

const knobs: KnobTable<TranslationCachesDesign> = {
  implicitInvOnPR,
  upgradeWithoutInv,
  negCaching,
  atcNegCache,
  atcInvTimeout,
  atcInvTimeoutPolicy,
  httu,
  editOrder: {
    id: "I7",
    values: { kind: "choice", of: Object.keys(EDIT_ORDERS) as (keyof typeof EDIT_ORDERS)[] },
    sentence: "Order of the steps of a change that is invalidated; every other order than ordered is a departure.",
  },
  tableFree: {
    id: "B44",
    values: { kind: "choice", of: Object.keys(TABLE_FREES) as (keyof typeof TABLE_FREES)[] },
    sentence:
      "Whether a table page that holds nothing is kept, or freed, and when the walk caches are flushed; without the flush, or with it after the free, is a departure.",
  },
  invalidatesNew: {
    id: "I2",
    values: { kind: "flag" },
    sentence: "Whether a first mapping is invalidated, as caches that keep 'not present' need.",
  },
  atcDefect: {
    id: "H12",
    values: { kind: "choice", of: ["none", "completes-early", "fill-survives", "keeps-entry"] },
    sentence: "What the device does wrong when its cache is invalidated.",
  },
  atsGrants: {
    id: "H31",
    values: { kind: "choice", of: ["exactly", "too-much"] },
    sentence: "Whether the IOMMU grants a device writing where only reading is allowed.",
  },
};

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
      sentence: "Software invalidates whenever a cache may hold an old entry.",
      design: RIGHT,
    },
    "linux-6.12.117": {
      sentence:
        "Linux 6.12.117 on VT-d: no invalidation after a widened permission or a first mapping; a page request drops old entries.",
      design: { ...RIGHT, implicitInvOnPR: true, upgradeWithoutInv: true, negCaching: false, invalidatesNew: false },
    },
  },
  knobs,
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
        input: { policy: design.atcInvTimeoutPolicy, mayTimeOut: design.atcInvTimeout === "possible" },
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
