/** ATS, PASID and PRI of a function and of its virtual function: enabled, disabled, reset and restored. */
import { call, takesSteps, type Component } from "../../../checker/system.ts";
import { featureRegisters, type Feature } from "../../machines/device/feature-registers.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { featureOwner, featureOwnerSteps } from "../../machines/linux/iommu/drivers/features/feature-owner.ts";
import { functionReset } from "../../machines/linux/iommu/drivers/features/function-reset.ts";
import { field } from "../host-side.ts";
import type { Study } from "../study.ts";
import {
  functionFeaturesHosts,
  functionFeaturesKnobs,
  functionFeaturesSizeKnobs,
  type FunctionFeaturesDesign,
  type FunctionFeaturesSizes,
} from "./function-features-design.ts";

const CUT =
  "What is attached is only whether its domain has PASIDs. A device translates with a PASID whenever it may. A physical function " +
  "with a virtual function stays, once probed. Page requests are in pri-control and teardown, invalidations in invalidation-list. " +
  "Hidden: a virtual function beside a reset, a probe beside a reset, PRI that is enabled too early, and errors of PASID and PRI.";

const FEATURES: readonly Feature[] = ["pasid", "ats", "pri"];
const PHYSICAL = "pf";

export const functionFeatures: Study<FunctionFeaturesDesign, FunctionFeaturesSizes> = {
  name: "function-features",
  sentence:
    "ATS, PASID and PRI of a function: the order in which they are enabled, disabled, and restored after a reset.",
  cut: CUT,
  hosts: functionFeaturesHosts,
  knobs: functionFeaturesKnobs,
  sizeKnobs: functionFeaturesSizeKnobs,
  bounds: {
    small: { virtualFunction: false, functionResets: 1, atsFails: false },
    default: { virtualFunction: false, functionResets: 1, atsFails: true },
    deep: { virtualFunction: false, functionResets: 2, atsFails: true },
  },
  contradiction: (_, { virtualFunction, functionResets }) =>
    virtualFunction && functionResets > 0
      ? "a reset of a physical function that has a virtual function is not modelled (functionResets=0)"
      : undefined,
  compose: (
    { featureEnable, featureDisable, changesWith, priNeedsAts, featureRestore, resetBlocks },
    { virtualFunction, functionResets, atsFails },
  ) => {
    const functions = virtualFunction ? [PHYSICAL, "vf"] : [PHYSICAL];
    const rules = { featureEnable, featureDisable, changesWith, priNeedsAts };
    const locks = functionResets > 0;
    const driver = (on: string): Component => ({
      machine: featureOwner,
      role: "feature-owner",
      input: { name: `${on}-driver`, on, rules, locks },
      events: [
        { type: "owner.probes" },
        { type: "owner.attaches", pasids: false },
        { type: "owner.attaches", pasids: true },
        { type: "owner.detaches" },
        ...(on === PHYSICAL && virtualFunction ? [] : [{ type: "owner.releases" }]),
        ...(atsFails ? [{ type: "owner.fails" }] : []),
        ...featureOwnerSteps,
      ],
    });
    const components: { readonly [name: string]: Component } = {
      device: {
        machine: featureRegisters,
        role: "feature-registers",
        input: { physical: PHYSICAL },
        events: functions.map((on) => ({ type: "device.uses-pasid", on })),
      },
      ...Object.fromEntries(functions.map((on): [string, Component] => [`${on}-driver`, driver(on)])),
      ...(locks
        ? {
            reset: {
              machine: functionReset,
              role: "function-reset",
              input: { featureRestore, resetBlocks, resets: functionResets },
              events: [{ type: "reset.begins" }, { type: "reset.steps" }],
            },
            "group-mutex": { machine: mutex, role: "mutex", lane: "group->mutex" },
          }
        : {}),
    };
    return {
      components,
      routes: [
        call(
          "feature-owner",
          FEATURES.flatMap((one) => [`${one}.turns-on`, `${one}.turns-off`]),
          "device",
        ),
        call("feature-registers", ["feature.answered"], (message) => field(message, "by")),
        ...(locks
          ? [
              call("feature-owner", ["lock.acquires"], "group-mutex", "block"),
              call("feature-owner", ["lock.releases"], "group-mutex"),
              call("function-reset", ["lock.acquires"], "group-mutex", "block"),
              call("function-reset", ["lock.releases"], "group-mutex"),
              call("function-reset", ["owner.blocks", "owner.restores"], `${PHYSICAL}-driver`),
              call("function-reset", ["device.is-reset", "feature.restores"], "device"),
            ]
          : []),
      ],
      fairness: {
        threads: [
          ...functions.map((on) => takesSteps(`${on}-driver`, "strong", ["owner.steps"])),
          ...(locks ? [takesSteps("reset", "strong", ["reset.steps"])] : []),
        ],
        hardware: [],
        devices: [],
      },
    };
  },
};
