/** Deliberate defects of `function-features`: features that are enabled, disabled or restored in the wrong order. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

/** `around` makes room for what is to be seen, and breaks nothing by itself. */
const broken = (when: Settings, breaks: readonly string[], reason: string, around: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: {
    system: "function-features",
    hardware: ANY_HARDWARE,
    host: "intended",
    bounds: "small",
    set: { ...around, ...when },
  },
});

const VIRTUAL = { virtualFunction: true, functionResets: 0 } as const;

export const functionFeaturesBreakages: Breakages = {
  departures: [
    broken({ featureEnable: "ats-pasid-pri" }, ["FEA-1"], "the driver enables ATS before PASID (c694bc8b612d)"),
    broken(
      { featureDisable: "pasid-ats-pri" },
      ["FEA-1", "FEA-3"],
      "the driver disables PASID while ATS is enabled, and the ATC keeps translations of PASIDs",
    ),
    broken(
      { changesWith: "pasid-by-need" },
      ["FEA-1"],
      "ATS is enabled at probe, and PASID by another call, which does not disable ATS first",
    ),
    broken({ featureRestore: "ats-pri-pasid" }, ["FEA-1"], "a reset restores ATS before PASID"),
    broken(
      { resetBlocks: "nothing" },
      ["FEA-1"],
      "an attach enables ATS between the reset of the device and the restore of PASID",
      { changesWith: "pasid-attach" },
    ),
    broken({ resetBlocks: "flr" }, ["FEA-1"], "the reset attaches the device, with ATS, before it restores PASID", {
      changesWith: "pasid-with-probe",
    }),
    broken(
      { changesWith: "pasid-attach" },
      ["FEA-3", "FEA-5"],
      "a detach of the physical function disables the PASID that a virtual function uses",
      VIRTUAL,
    ),
    broken(
      { changesWith: "attach" },
      ["FEA-3", "FEA-5"],
      "each detach of the physical function disables what its virtual function shares",
      VIRTUAL,
    ),
    broken({ priNeedsAts: false }, ["FEA-6"], "PRI is enabled although ATS could not be enabled", { atsFails: true }),
    broken(
      { featureEnable: "pasid-pri-ats", priNeedsAts: false },
      ["FEA-6"],
      "PRI is enabled before ATS, which then fails",
      { atsFails: true },
    ),
  ],
  unbroken: {},
};
