/** What is loaded when a file is opened: its shape is checked, as by `faultline replay`. */
import { documentIn } from "../../cli/document.ts";
import { storedPath, type StoredPath } from "../../cli/explorer/stored-path.ts";

/** @throws UsageError when it is no counterexample or regression, or its path cannot be taken in the model of today */
export const opened = ({ name, text }: { readonly name: string; readonly text: string }): StoredPath =>
  storedPath(
    documentIn(() => text, name),
    name,
  );
