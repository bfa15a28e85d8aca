/** What a step takes. */
import type { CostName } from "./costs.ts";

/** A cost by its name, `at once`, or why the step is left out. */
export type Taken = CostName | "at once" | { readonly never: string };
