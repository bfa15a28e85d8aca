/** What is loaded when a file is opened: its shape is checked, as by `faultline replay`. */
import { documentIn } from "../../cli/document.ts";
import { UsageError } from "../../cli/errors.ts";
import { storedPath, type StoredPath } from "../../cli/explorer/stored-path.ts";

/** What the page opens; it reads itself what `faultline impact` says. */
const EXPECTED = "a counterexample, a regression, or what faultline impact --json of this version writes";

/** @throws UsageError when it is no counterexample or regression, or its path cannot be taken in the model of today */
export function opened({ name, text }: { readonly name: string; readonly text: string }): StoredPath {
  const document = documentIn(() => text, name, EXPECTED);
  if (/^faultline-(?:trace|regression)\//.test(document.schema)) return storedPath(document, name);
  throw new UsageError(`"${name}" (${document.schema}) cannot be opened.`, EXPECTED);
}
