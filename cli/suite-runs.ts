/** The runs of the suite that are the same as a run, or its kin. */
import type { Json } from "../checker/json.ts";
import { parametersFor } from "../properties/build.ts";
import { suite } from "../properties/suite.ts";
import type { SuiteRun } from "../properties/suite/run.ts";
import type { RunRequest } from "./ports.ts";

export const isSame = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The suite's runs of the same system, hardware and design, at the same bounds. */
export const kin = ({ system, hardware, host, bounds }: RunRequest): readonly SuiteRun[] =>
  suite(bounds).filter((one) => one.system === system && one.hardware === hardware && one.host === host);

/** The run of the suite that has the same values of all knobs. */
const sameInSuite = (request: RunRequest): SuiteRun | undefined =>
  kin(request).find((one) => isSame(parametersFor(one), parametersFor(request)));

/**
 * Violations that are expected, each with its reason: those of the suite's run with the same values of all knobs, in
 * whatever way it was selected. None for a run that the suite does not make.
 */
export const knownOf = (request: RunRequest): { readonly [property: string]: string } =>
  sameInSuite(request)?.known ?? {};

/** Whether the suite makes a run with the same values of all knobs. */
export const isOfSuite = (request: RunRequest): boolean => sameInSuite(request) !== undefined;
