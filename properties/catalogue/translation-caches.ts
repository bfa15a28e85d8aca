/** TLB: permissions and frames, and what caches remember of them. */
import { always, canAlways, each, leadsTo, sometimes } from "../../checker/property.ts";
import type { CachingDeviceContext } from "../../model/machines/device/caching-device.ts";
import { allows } from "../../model/machines/iommu/permission.ts";
import type { PermissionEditorContext } from "../../model/machines/linux/iommu/drivers/permission-editor.ts";
import type { TableWalkerContext } from "../../model/machines/iommu/table-walker.ts";
import type { TranslationCachesDesign } from "../../model/systems/studies/translation-caches.ts";
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
    statement: "No access is under way to a frame that the page does not have any more.",
    source: hardwareRule("S1, S2"),
    witness: "TLB-9",
    reads: { device, editor },
    holds: ({ device: { context: d }, editor: { context: e } }) =>
      d.flight === null || (e.granted.permission !== "none" && d.flight.frame === e.granted.frame),
    values: ({ device: d, editor: e }) => told(d.context, e.context),
  }),
  always({
    id: "TLB-2",
    statement: "No access is under way that the page does not permit any more.",
    source: hardwareRule("S3, I4"),
    witness: "TLB-9",
    reads: { device, editor },
    holds: ({ device: { context: d }, editor: { context: e } }) =>
      d.flight === null || allows(e.granted.permission, d.flight.access),
    values: ({ device: d, editor: e }) => told(d.context, e.context),
  }),
  always({
    id: "TLB-3",
    statement: "A device's cache never holds that nothing is permitted.",
    source: hardwareRule("S4"),
    witness: "TLB-10",
    reads: { device },
    holds: ({ device: d }) => d.context.entry?.permission !== "none",
  }),
  always({
    id: "TLB-4",
    statement:
      "When a change is done, the device's cache holds nothing that it took back, and no fence has passed for it.",
    source: hardwareRule("S5, S6, S7"),
    witness: "TLB-9",
    reads: { device, editor },
    holds: ({ device: { context: d }, editor: { context: e } }) =>
      d.entry === null ||
      d.entry.permission === "none" ||
      (d.entry.frame === e.granted.frame && allows(e.granted.permission, d.entry.permission)),
    values: ({ device: d, editor: e }) => told(d.context, e.context),
  }),
  always({
    id: "TLB-5",
    statement: "At most one fault in a row finds its page permitted already.",
    source: hardwareRule("L9, I3"),
    witness: "TLB-11",
    reads: { editor },
    holds: ({ editor: e }) => e.context.inVain < 2,
    values: ({ editor: e }) => ({ "faults in vain": e.context.inVain }),
  }),
  leadsTo({
    id: "TLB-6",
    statement: "An access that stays permitted comes about, or software changes the page again.",
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
    statement: "A change is done in the end, also when the device does not complete its invalidation.",
    source: hardwareRule("L4, I6"),
    witness: "TLB-9",
    reads: { editor },
    when: ({ editor: e }) => e.state !== "idle",
    eventually: ({ editor: e }) => e.state === "idle",
    assumes: ["threads", "hardware", "devices"],
  }),
  canAlways({
    id: "TLB-8",
    statement: "A device can always become idle again.",
    source: hardwareRule("L5, L8"),
    witness: "TLB-10",
    reads: { device },
    holds: ({ device: d }) => d.state === "idle" && !d.context.hung,
  }),
  sometimes({
    id: "TLB-9",
    statement: "An access is under way while what it uses is being taken back.",
    source: hardwareRule("I1"),
    reads: { device, editor },
    holds: ({ device: { context: d }, editor: { context: e } }) =>
      d.flight !== null && !allows(e.entry.permission, d.flight.access),
  }),
  sometimes({
    id: "TLB-10",
    statement: "A device waits for a page.",
    source: hardwareRule("2.1"),
    reads: { device },
    holds: ({ device: d }) => d.state === "asking",
  }),
  sometimes({
    id: "TLB-11",
    statement: "The IOTLB holds another permission than the page table.",
    source: hardwareRule("I1, I3"),
    reads: { walker },
    holds: ({ walker: { context: w } }) => w.iotlb !== null && w.iotlb.permission !== w.table.permission,
  }),
  sometimes({
    id: "TLB-12",
    statement: "A device hangs while its cache is to be invalidated.",
    source: hardwareRule("I6, H11"),
    applies: timesOut,
    reads: { device, fence },
    holds: ({ device: d, fence: f }) => d.context.hung && f.state === "waiting",
  }),
  always({
    id: "TLB-13",
    statement: "The IOMMU reads no table page that was freed.",
    source: coreRule("I29, B44"),
    witness: "TLB-14",
    applies: frees(),
    reads: { walker },
    holds: ({ walker: { context: w } }) => !w.strayed,
    values: ({ walker: { context: w } }) => ({ "the walk cache names a table page that is": w.walkCache }),
  }),
  sometimes({
    id: "TLB-14",
    statement: "The walk cache names a table page that is not linked any more.",
    source: coreRule("B44"),
    applies: frees(),
    reads: { walker },
    holds: ({ walker: { context: w } }) => !w.linked && w.walkCache === "table",
  }),
  always({
    id: "TLB-15",
    statement: "Hardware writes no mark into memory that was freed.",
    source: coreRule("I29, B44; hardware facts P4, K30"),
    witness: "TLB-14",
    applies: frees(({ httu }) => httu !== "off"),
    reads: { walker },
    holds: ({ walker: { context: w } }) => !w.spoilt,
  }),
] as const;
