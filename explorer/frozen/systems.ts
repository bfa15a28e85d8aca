/** The systems by name. The build puts the list itself in place of this module, so that the page loads no model. */
import { studies } from "../../model/systems/studies/index.ts";
import { systems as wholePath } from "../../model/systems/systems.ts";

export const systems: readonly { readonly name: string; readonly sentence: string; readonly isWhole: boolean }[] = [
  ...wholePath.map(({ name, sentence }) => ({ name, sentence, isWhole: true })),
  ...studies.map(({ name, sentence }) => ({ name, sentence, isWhole: false })),
];
