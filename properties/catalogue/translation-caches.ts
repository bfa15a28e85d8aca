/** TLB: permissions and frames, and what caches remember of them. */
import { always, canAlways, each, leadsTo, sometimes } from "../../checker/property.ts";
import type { CachingDeviceContext } from "../../model/machines/device/caching-device.ts";
import { allows } from "../../model/machines/iommu/permission.ts";
import type { PermissionEditorContext } from "../../model/machines/linux/iommu/drivers/permission-editor.ts";
import type { TableWalkerContext } from "../../model/machines/iommu/table-walker.ts";
import type { TranslationCachesDesign } from "../../model/systems/studies/translation-caches-design.ts";
import { inStudy } from "./parameters.ts";
import { coreRule, hardwareRule } from "./sources.ts";

const device = each<CachingDeviceContext>("caching-device");
const editor = each<PermissionEditorContext>("permission-editor");
const walker = each<TableWalkerContext>("table-walker");
const fence = each<never>("atc-invalidation");

const timesOut = inStudy<TranslationCachesDesign, unknown>(
  "translation-caches",
  ({ atcInvTimeout }) => atcInvTimeout === "possible",
);

const dropsOnRequest = inStudy<TranslationCachesDesign, unknown>(
  "translation-caches",
  ({ implicitInvOnPR }) => implicitInvOnPR,
);

const frees = (condition: (design: TranslationCachesDesign) => boolean = () => true) =>
  inStudy<TranslationCachesDesign, unknown>(
    "translation-caches",
    (design) => design.tableFree !== "kept" && condition(design),
  );

const told = ({ entry, flight }: CachingDeviceContext, { granted }: PermissionEditorContext) => ({
  "access under way": flight && `${flight.access} by ${flight.permission} of frame ${flight.frame}`,
  "the device's cache": entry && `${entry.permission} of frame ${entry.frame}`,
  granted: `${granted.permission} of frame ${granted.frame}`,
});

export const tlb = [
  always({
    id: "TLB-1",
    name: "no-access-to-old-frame",
    statement: "No access is under way to a frame that the page no longer has.",
    source: hardwareRule("S1, S2"),
    witness: "TLB-9",
    reads: { device, editor },
    given: { "an access is in flight": ({ device: { context: d } }) => d.flight !== null },
    parts: {
      "a permission is granted": ({ editor: { context: e } }) => e.granted.permission !== "none",
      "it goes to the frame that is granted": ({ device: { context: d }, editor: { context: e } }) =>
        d.flight!.frame === e.granted.frame,
    },
    values: ({ device: d, editor: e }) => told(d.context, e.context),
  }),
  always({
    id: "TLB-2",
    name: "no-access-beyond-permission",
    statement: "No access is under way that the page no longer permits.",
    source: hardwareRule("S3, I4"),
    witness: "TLB-9",
    reads: { device, editor },
    given: { "an access is in flight": ({ device: { context: d } }) => d.flight !== null },
    parts: {
      "what is granted allows it": ({ device: { context: d }, editor: { context: e } }) =>
        allows(e.granted.permission, d.flight!.access),
    },
    values: ({ device: d, editor: e }) => told(d.context, e.context),
  }),
  always({
    id: "TLB-3",
    name: "no-negative-atc-entry",
    statement: "The ATC never holds an entry that permits nothing.",
    source: hardwareRule("S4"),
    witness: "TLB-10",
    reads: { device },
    holds: ({ device: d }) => d.context.entry?.permission !== "none",
  }),
  always({
    id: "TLB-4",
    name: "change-reaches-atc",
    statement: "When a change is done, the ATC holds nothing that the change took back.",
    source: hardwareRule("S5, S6, S7"),
    witness: "TLB-9",
    reads: { device, editor },
    given: {
      "the ATC has an entry with a permission": ({ device: { context: d } }) =>
        d.entry !== null && d.entry.permission !== "none",
    },
    parts: {
      "it names the frame that is granted": ({ device: { context: d }, editor: { context: e } }) =>
        d.entry!.frame === e.granted.frame,
      "what is granted allows its permission": ({ device: { context: d }, editor: { context: e } }) =>
        d.entry!.permission === "none" || allows(e.granted.permission, d.entry!.permission),
    },
    values: ({ device: d, editor: e }) => told(d.context, e.context),
  }),
  always({
    id: "TLB-5",
    name: "one-spurious-fault",
    statement: "At most one fault in a row finds its page already permitted.",
    source: hardwareRule("L9, I3"),
    witness: "TLB-11",
    reads: { editor },
    holds: ({ editor: e }) => e.context.inVain < 2,
    values: ({ editor: e }) => ({ "faults in vain": e.context.inVain }),
  }),
  leadsTo({
    id: "TLB-6",
    name: "permitted-access-succeeds",
    statement: "An access that stays permitted succeeds, or software changes the page again.",
    source: hardwareRule("L5"),
    witness: "TLB-10",
    reads: { device, editor },
    when: ({ device: { context: d }, editor: e }) =>
      d.wants !== null && !d.hung && e.state === "idle" && allows(e.context.entry.permission, d.wants),
    eventually: ({ device: { context: d }, editor: e }) =>
      d.wants === null || d.hung || (e.state !== "idle" && e.context.serves === null),
    assumes: ["threads", "hardware", "devices"],
  }),
  leadsTo({
    id: "TLB-7",
    name: "change-ends",
    statement: "A change ends, even if the device does not complete its invalidation.",
    source: hardwareRule("L4, I6"),
    witness: "TLB-9",
    reads: { editor },
    when: ({ editor: e }) => e.state !== "idle",
    eventually: ({ editor: e }) => e.state === "idle",
    assumes: ["threads", "hardware", "devices"],
  }),
  canAlways({
    id: "TLB-8",
    name: "device-can-idle",
    statement: "A device can always become idle again.",
    source: hardwareRule("L5, L8"),
    witness: "TLB-10",
    reads: { device },
    parts: {
      "the device is idle": ({ device: d }) => d.state === "idle",
      "it does not hang": ({ device: d }) => !d.context.hung,
    },
  }),
  sometimes({
    id: "TLB-9",
    name: "access-during-change",
    statement: "An access is under way while the permission that it uses is being taken back.",
    source: hardwareRule("I1"),
    reads: { device, editor },
    holds: ({ device: { context: d }, editor: { context: e } }) =>
      d.flight !== null && !allows(e.entry.permission, d.flight.access),
  }),
  sometimes({
    id: "TLB-10",
    name: "device-waits-for-page",
    statement: "A device waits for a page.",
    source: hardwareRule("2.1"),
    reads: { device },
    holds: ({ device: d }) => d.state === "asking",
  }),
  sometimes({
    id: "TLB-11",
    name: "stale-iotlb-permission",
    statement: "The IOTLB holds another permission than the page table.",
    source: hardwareRule("I1, I3"),
    reads: { walker },
    holds: ({ walker: { context: w } }) => w.iotlb !== null && w.iotlb.permission !== w.table.permission,
  }),
  sometimes({
    id: "TLB-12",
    name: "device-hangs",
    statement: "A device hangs while its ATC is to be invalidated.",
    source: hardwareRule("I6, H11"),
    applies: timesOut,
    reads: { device, fence },
    holds: ({ device: d, fence: f }) => d.context.hung && f.state === "waiting",
  }),
  always({
    id: "TLB-13",
    name: "no-freed-table-read",
    statement: "The IOMMU reads no page table page that was freed.",
    source: coreRule("I29, B44"),
    witness: "TLB-14",
    applies: frees(),
    reads: { walker },
    holds: ({ walker: { context: w } }) => !w.strayed,
    values: ({ walker: { context: w } }) => ({ "the walk cache names a table page that is": w.walkCache }),
  }),
  sometimes({
    id: "TLB-14",
    name: "walk-cache-stale",
    statement: "The walk cache names a page table page that is no longer linked.",
    source: coreRule("B44"),
    applies: frees(),
    reads: { walker },
    holds: ({ walker: { context: w } }) => !w.linked && w.walkCache === "table",
  }),
  always({
    id: "TLB-15",
    name: "no-mark-in-freed-memory",
    statement: "Hardware writes no accessed or dirty bit into freed memory.",
    source: coreRule("I29, B44; hardware facts P4, K30"),
    witness: "TLB-14",
    applies: frees(({ httu }) => httu !== "off"),
    reads: { walker },
    holds: ({ walker: { context: w } }) => !w.spoilt,
  }),
  leadsTo({
    id: "TLB-16",
    name: "access-arrives",
    statement: "An access in flight arrives, or its device hangs or is reset.",
    source: hardwareRule("S5, L4"),
    witness: "TLB-17",
    reads: { device },
    when: ({ device: { context: d } }) => d.flight !== null && !d.hung,
    eventually: ({ device: { context: d } }) => d.flight === null || d.hung,
    assumes: ["hardware", "devices"],
  }),
  sometimes({
    id: "TLB-17",
    name: "invalidation-waits-for-access",
    statement: "An invalidation waits for an access in flight.",
    source: hardwareRule("S5"),
    reads: { device },
    holds: ({ device: { context: d } }) => d.invalidating && d.flight !== null,
  }),
  always({
    id: "TLB-18",
    name: "request-drops-iotlb-entry",
    statement:
      "While a page request waits for its response, the IOTLB holds nothing of the page (implicit invalidation).",
    source: hardwareRule("K14, I3"),
    witness: "TLB-19",
    applies: dropsOnRequest,
    reads: { device, walker },
    given: { "a page request waits for its response": ({ device: d }) => d.state === "asking" },
    parts: { "the IOTLB has no entry": ({ walker: { context: w } }) => w.iotlb === null },
    values: ({ walker: { context: w } }) => ({
      "the IOTLB": w.iotlb && `${w.iotlb.permission} of frame ${w.iotlb.frame}`,
    }),
  }),
  sometimes({
    id: "TLB-19",
    name: "request-despite-iotlb-entry",
    statement: "A device is about to request a page of which the IOTLB holds an entry that does not permit the access.",
    source: hardwareRule("K14, I3"),
    applies: dropsOnRequest,
    reads: { device, walker },
    holds: ({ device: { state, context: d }, walker: { context: w } }) =>
      state === "settling" && w.iotlb !== null && !allows(w.iotlb.permission, d.wants!),
  }),
] as const;
