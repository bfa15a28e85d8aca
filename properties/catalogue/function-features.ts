/** FEA: ATS, PASID and PRI of a function, in which order they are enabled, disabled and restored. */
import { always, each, optional, sometimes, type Seen } from "../../checker/property.ts";
import type { FeatureRegistersContext } from "../../model/machines/device/feature-registers.ts";
import type { FeatureOwnerContext } from "../../model/machines/linux/iommu/drivers/features/feature-owner.ts";
import type { FunctionResetContext } from "../../model/machines/linux/iommu/drivers/features/function-reset.ts";
import type {
  FunctionFeaturesDesign,
  FunctionFeaturesSizes,
} from "../../model/systems/studies/function-features-design.ts";
import { inStudy } from "./parameters.ts";
import { hardwareRule, iommufdRule } from "./sources.ts";

const here = (condition?: (host: FunctionFeaturesDesign, bounds: FunctionFeaturesSizes) => boolean) =>
  inStudy<FunctionFeaturesDesign, FunctionFeaturesSizes>("function-features", condition);

const hasPri = ({ changesWith }: FunctionFeaturesDesign): boolean => changesWith !== "pasid-with-probe";

const device = each<FeatureRegistersContext>("feature-registers");
const owner = each<FeatureOwnerContext>("feature-owner");
const resets = optional<FunctionResetContext>("function-reset");

const isIdle = ({ state }: Seen<unknown>): boolean => state === "idle";
const rests = ({
  owner: o,
  resets: r,
}: {
  owner: Seen<FeatureOwnerContext>;
  resets: readonly Seen<unknown>[];
}): boolean => isIdle(o) && r.every(isIdle);
const isOn = ({ bits }: FeatureRegistersContext, feature: string, on: string): boolean =>
  feature === "ats" ? bits.ats.includes(on) : feature === "pasid" ? bits.pasid : bits.pri;

export const fea = [
  always({
    id: "FEA-1",
    name: "pasid-fixed-under-ats",
    statement: "PASID Enable of a function never changes while ATS of the function is enabled.",
    source: hardwareRule("1.4"),
    witness: "FEA-2",
    applies: here(),
    reads: { device },
    holds: ({ device: { context } }) => !context.undefined,
  }),
  sometimes({
    id: "FEA-2",
    name: "pasid-and-ats-enabled",
    statement: "A function has PASID and ATS enabled.",
    source: hardwareRule("1.4"),
    applies: here(),
    reads: { device },
    holds: ({ device: { context } }) => context.bits.pasid && context.bits.ats.includes(context.physical),
  }),
  always({
    id: "FEA-3",
    name: "no-translation-of-disabled-pasid",
    statement: "No function with ATS enabled keeps translations of a PASID in its ATC while PASID is disabled.",
    source: hardwareRule("1.4"),
    witness: "FEA-4",
    applies: here(),
    reads: { device },
    holds: ({ device: { context } }) =>
      context.bits.pasid || context.cached.every((on) => !context.bits.ats.includes(on)),
  }),
  sometimes({
    id: "FEA-4",
    name: "atc-translates-pasid",
    statement: "A function keeps a translation of a PASID in its ATC.",
    source: hardwareRule("1.4"),
    applies: here(),
    reads: { device },
    holds: ({ device: { context } }) => context.cached.length > 0,
  }),
  always({
    id: "FEA-5",
    name: "noted-feature-is-enabled",
    statement:
      "While no call and no reset is in progress, what a driver has noted as enabled is enabled in its function.",
    source: hardwareRule("1.4"),
    witness: "FEA-2",
    applies: here(),
    reads: { device, owner, resets },
    holds: ({ device: { context: d }, owner: o, resets: r }) =>
      !rests({ owner: o, resets: r }) || o.context.enabled.every((feature) => isOn(d, feature, o.context.on)),
    values: ({ device: { context: d }, owner: { context: o } }) => ({
      "noted by the driver": o.enabled,
      "not enabled": o.enabled.filter((feature) => !isOn(d, feature, o.on)),
    }),
  }),
  always({
    id: "FEA-6",
    name: "pri-only-with-ats",
    statement: "While no call and no reset is in progress, PRI is enabled only in a function whose ATS is enabled.",
    source: hardwareRule("1.4"),
    witness: "FEA-7",
    applies: here(hasPri),
    reads: { device, owner, resets },
    holds: ({ device: { context: d }, owner: o, resets: r }) =>
      o.context.on !== d.physical || !rests({ owner: o, resets: r }) || !d.bits.pri || d.bits.ats.includes(d.physical),
  }),
  sometimes({
    id: "FEA-7",
    name: "pri-enabled",
    statement: "A function has PRI enabled.",
    source: hardwareRule("1.4"),
    applies: here(hasPri),
    reads: { device },
    holds: ({ device: { context } }) => context.bits.pri,
  }),
  sometimes({
    id: "FEA-8",
    name: "reset-beside-call",
    statement: "A function is reset while its driver changes its features.",
    source: iommufdRule("J82"),
    applies: here((_, bounds) => bounds.functionResets > 0),
    reads: { owner, resets },
    holds: ({ owner: o, resets: r }) => !isIdle(o) && r.some((one) => !isIdle(one)),
  }),
];
