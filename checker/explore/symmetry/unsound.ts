/** What a system declares to be alike is not: what was searched up to symmetry says nothing. */
import { ModelError } from "../../wiring.ts";

export class UnsoundSymmetry extends ModelError {
  override name = "UnsoundSymmetry";
}
