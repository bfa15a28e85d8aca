/** Short ways to ask for a run at small bounds. */
import { ANY_HARDWARE, type Request } from "../../properties/build.ts";

/** A page fault system on this hardware; rfc-v1-on-groups unless another design is named. */
export const at = (system: string, hardware: string, set: Request["set"] = {}, host = "rfc-v1-on-groups"): Request => ({
  system,
  hardware,
  host,
  bounds: "small",
  set,
});

/** A focused model with one of its designs. */
export const study = (system: string, host: string, set: Request["set"] = {}): Request => ({
  system,
  hardware: ANY_HARDWARE,
  host,
  bounds: "small",
  set,
});
