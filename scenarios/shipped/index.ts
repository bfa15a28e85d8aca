/** Findings about shipped kernels; what booted kernels did comes first. */
import { amdFindings } from "./amd.ts";
import { armFindings } from "./arm.ts";
import { attachFindings } from "./attach.ts";
import { coreFindings } from "./core.ts";
import { hungFindings } from "./hung.ts";
import { iommufdFindings } from "./iommufd.ts";
import type { Shipped } from "./shipped.ts";
import { type1Findings } from "./type1.ts";
import { vtdFindings } from "./vtd.ts";

const all = [
  ...type1Findings,
  ...vtdFindings,
  ...attachFindings,
  ...iommufdFindings,
  ...armFindings,
  ...amdFindings,
  ...coreFindings,
  ...hungFindings,
];

export const shipped: readonly Shipped[] = [
  ...all.filter(({ evidence }) => evidence === "booted kernel"),
  ...all.filter(({ evidence }) => evidence !== "booted kernel"),
];
