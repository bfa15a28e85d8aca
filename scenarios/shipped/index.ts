/** Findings about shipped kernels; what booted kernels did comes first. */
import type { Shipped } from "./shipped.ts";

export type { Shipped } from "./shipped.ts";

export const shipped: readonly Shipped[] = [];
