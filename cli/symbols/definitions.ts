/**
 * The functions that a C file defines, by the kernel's coding style, as the patches of `faultline impact` are read: the
 * whole file is one hunk of added lines. Macros that stand for functions are among them, and ioctls.
 */
import { touchedNames } from "../patch/touched-names.ts";

/** "#define NAME(a)", "#define name other", "#define NAME _IOW(...)", "#define NAME _IO(...)". */
const MACRO = /^\s*#\s*define\s+(?:(\w+)\(|([a-z_][a-z0-9_]*)\s|(\w+)\s+_IO[WR]*\()/;

/** What programs use of the kernel: a value there may be an ioctl, a flag or a capability. */
const ANY_MACRO = /^\s*#\s*define\s+([A-Za-z]\w*)\s+\S/;

/** Sorted, each once. `isUapi`: the file is one of include/uapi, of which every macro with a value counts. */
export function definitionsIn(text: string, isUapi = false): readonly string[] {
  const lines = text.split("\n").map((line) => ({ mark: "+", text: line.replace(/\r$/, "") }) as const);
  const functions = touchedNames([{ heading: "", lines }]).touched.filter(({ as }) => as === "added");
  const macros = lines.flatMap((line) => {
    const [, called, lower, ioctl] = MACRO.exec(line.text) ?? [];
    const value = isUapi ? ANY_MACRO.exec(line.text)?.[1] : undefined;
    return called ?? lower ?? ioctl ?? value ?? [];
  });
  return [...new Set([...functions.map(({ name }) => name), ...macros])].sort();
}
