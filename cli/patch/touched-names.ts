/**
 * What the hunks of a C file touch. No source tree is at hand: a function is known by the line behind "@@", or by its first
 * line in the hunk, and it ends at a "}" in the first column, as the kernel's coding style has it.
 *
 * The old and the new file are read apart, so that a line taken away belongs to the old function around it and a line added
 * to the new one.
 */
import type { Hunk, HunkLine } from "./unified-diff.ts";

export interface Touched {
  readonly name: string;
  /** A definition that is changed, added or removed; a declaration; a macro; a type or a variable outside of functions. */
  readonly as: "changed" | "added" | "removed" | "declared" | "macro" | "data";
}

export interface TouchedNames {
  readonly touched: readonly Touched[];
  /** Identifiers on changed lines, without those of `touched`, in the order of their first use. */
  readonly mentioned: readonly string[];
  /** Lines added or taken away where the diff does not say in which function they are. */
  readonly unplaced: number;
  /** Labels that diff took for the beginning of the function of such a line: a label begins in the first column too. */
  readonly labels: readonly string[];
}

interface Owner {
  readonly name: string;
  readonly kind: "function" | "data" | "declared" | "macro";
  /** Whether its first line is in the hunk. */
  readonly begins: boolean;
}

interface Place {
  readonly owner: Owner;
  /** Whether the first line of it is a changed one. */
  readonly isNew: boolean;
}

const WORDS = new Set(
  "if else for while do switch return case default goto sizeof typeof static inline const struct union enum unsigned signed void int long short char bool extern typedef volatile break continue".split(
    " ",
  ),
);
/** Macros in front of or behind the name of a function that have brackets of their own. */
const ATTRIBUTE = /^(?:__\w+|[A-Z][A-Z0-9_]*)$/;
/** What sparse is told of a function, between its parameters and its body. */
const SPARSE = /^__(?:acquires|releases|must_hold|cond_acquires|cond_releases)\b/;
/** A call of a macro at the top of a file that ends with a semicolon and declares nothing that is looked for here. */
const STATEMENT =
  /^(?:EXPORT_|MODULE_|DEFINE_|DECLARE_|module_|subsys_|core_|late_|static_assert|IS_ENABLED|BUILD_BUG)/;

/** Characters of a line that are looked at: a line of code has fewer, and data may have millions. */
const LOOKED_AT = 1000;

const withoutText = (line: string): string =>
  line
    .slice(0, LOOKED_AT)
    .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)+'/g, '""')
    .replaceAll(/\/\*.*?\*\//g, " ")
    .replace(/\/\/.*$/, "");

/** Whether the first line is inside a comment that began before the hunk. */
function beginsInComment(lines: readonly Side[]): boolean {
  for (const { text } of lines) {
    const [opens, closes] = [text.indexOf("/*"), text.indexOf("*/")];
    if (opens >= 0 || closes >= 0) return closes >= 0 && (opens < 0 || closes < opens);
  }
  return lines.some(({ text }) => /^\s* \*(?:\s|$)/.test(text));
}

/** The code of each line, without texts and comments, those of several lines included. */
function codeOf(lines: readonly Side[]): readonly string[] {
  let inside = beginsInComment(lines);
  return lines.map(({ text }) => {
    const end = inside ? text.indexOf("*/") : -2;
    if (end === -1) return "";
    const code = withoutText(text.slice(end + 2));
    const open = code.indexOf("/*");
    inside = open >= 0;
    return inside ? code.slice(0, open) : code;
  });
}

/** SYSCALL_DEFINE3(name, ...) defines name; so do the other macros of this kind. */
const DEFINED_BY_MACRO = /^(?:COMPAT_)?SYSCALL_DEFINE\d\((\w+)/;

/** What a line that begins in the first column begins. `begins`: the line is in the hunk, and does not stand behind "@@". */
function ownerOf(line: string, begins: boolean): Owner | undefined {
  // The type may stand alone, and the star of a pointer with the name: "*foo(int a)".
  const code = withoutText(line)
    .trimEnd()
    .replace(/^\*+\s*/, "");
  if (!/^[A-Za-z_]/.test(code) || STATEMENT.test(code)) return undefined;
  const syscall = DEFINED_BY_MACRO.exec(code)?.[1];
  if (syscall !== undefined) return { name: syscall, kind: "function", begins };
  const [beforeBody = ""] = code.split(/[={]/);
  // Inside of a macro: "int vfio_pci_core_ioread##size(void)" makes several functions, and none of them is called size().
  if (beforeBody.includes("##")) return undefined;
  // The first name with a bracket behind it that is none of an attribute: "static int __printf(1, 2) f(int a)".
  const called = [...beforeBody.matchAll(/([A-Za-z_]\w*)\s*\(/g)]
    .map(([, name]) => name!)
    .filter((name) => !WORDS.has(name));
  const name =
    called.find((one) => !ATTRIBUTE.test(one)) ??
    called.find((one) => !/^(?:__attribute__|__printf|__must_hold)$/.test(one));
  // TRACE_EVENT(...) and VFIO_IOREAD(8) at the top of a file make what has another name.
  if (name !== undefined && /^[A-Z][A-Z0-9_]*$/.test(name) && !code.includes("=")) return undefined;
  const isType = /^(?:static |typedef |const |extern )*(?:struct|union|enum)\b/.test(code);
  if (name !== undefined && !(code.includes("=") && code.indexOf("=") < code.indexOf(`${name}`)))
    return { name, kind: code.endsWith(";") ? "declared" : "function", begins };
  if (isType || /[={]/.test(code) || code.endsWith(";")) {
    const data = /^[^=({[;]*?([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)*(?:\b__\w+\s*)*(?:[={;]|$)/.exec(code)?.[1];
    if (data !== undefined && !WORDS.has(data)) return { name: data, kind: "data", begins };
  }
  return undefined;
}

/** "out_unlock" of "out_unlock:", and "default" of "default:". */
const labelOf = (line: string): string | undefined => /^\s*([A-Za-z_]\w*)\s*:(?!:)/.exec(line)?.[1];
const isLabel = (line: string): boolean => /^\S/.test(line) && labelOf(line) !== undefined;

interface Side {
  readonly text: string;
  readonly isChanged: boolean;
}

/** By line: what it is in; undefined outside of everything, null where nothing says what it is in. */
function placesOf(lines: readonly Side[], heading: string): (Place | null | undefined)[] {
  const places: (Place | null | undefined)[] = [];
  const owned = heading.trim() === "" || labelOf(heading) !== undefined ? null : ownerOf(heading, false);
  const headed: Place | null | undefined =
    owned === null ? null : owned && owned.kind !== "declared" ? { owner: owned, isNew: false } : undefined;
  let place = headed;
  // A body of one line, or a function that ended before the hunk, is found out at the next line in the first column.
  let isOfHeading = true;
  let inComment = false;
  let inMacro = false;
  let openSince = -1;

  const leave = (): void => {
    place = undefined;
    openSince = -1;
  };
  const leaveHeading = (k: number): void => {
    if (isOfHeading) for (let at = 0; at < k; at++) if (places[at] === headed) places[at] = undefined;
    isOfHeading = false;
  };

  lines.forEach(({ text, isChanged }, k) => {
    if (inMacro) {
      places.push(places[k - 1]);
      inMacro = text.endsWith("\\");
      return;
    }
    const wasComment = inComment;
    const opens = text.lastIndexOf("/*");
    const closes = text.lastIndexOf("*/");
    inComment = inComment ? closes < 0 || opens > closes : opens >= 0 && opens > closes;
    if (wasComment) return void places.push(place);
    if (/^#\s*define\s/.test(text)) {
      const name = /^#\s*define\s+(\w+)/.exec(text)?.[1];
      places.push(name === undefined ? place : { owner: { name, kind: "macro", begins: true }, isNew: isChanged });
      inMacro = text.endsWith("\\");
      return;
    }
    if (text === "" || /^[\s#]/.test(text) || isLabel(text)) return void places.push(place);
    if (text.startsWith("}")) {
      isOfHeading = false;
      places.push(place);
      return leave();
    }
    // "__releases(&lock)" in a line of its own is still of the function before it.
    if (text.startsWith("{") || SPARSE.test(text)) return void places.push(place);
    // In the first column, and no end: what the heading names has ended before this hunk.
    leaveHeading(k);
    const owner = ownerOf(text, true);
    // The type may have a line of its own, before that of the name.
    const since = !owner && /^[A-Za-z_]/.test(text) && !/[;({=]/.test(text) ? k : -1;
    if (owner) {
      const isNew = isChanged;
      place = { owner, isNew };
      if (openSince === k - 1 && openSince >= 0 && lines[openSince]!.isChanged) places[openSince] = place;
      places.push(place);
      const ends =
        owner.kind === "declared" ||
        (owner.kind === "data" && /;\s*$/.test(withoutText(text))) ||
        /\}\s*;?\s*$/.test(text);
      if (ends) leave();
    } else {
      leave();
      places.push(undefined);
    }
    openSince = since;
  });
  return settled(lines, places);
}

/** What looks like a definition and ends with ");" before any body is a declaration. */
function settled(lines: readonly Side[], places: (Place | null | undefined)[]): (Place | null | undefined)[] {
  for (let k = 0; k < lines.length; k++) {
    const place = places[k];
    if (!place || place.owner.kind !== "function" || !place.owner.begins || places[k - 1] === place) continue;
    let depth = 0;
    for (let at = k; at < lines.length && places[at] === place; at++) {
      const code = withoutText(lines[at]!.text).trimEnd();
      if (code.includes("{")) break;
      depth += code.split("(").length - code.split(")").length;
      if (depth > 0 || !code.endsWith(";")) continue;
      const declared: Place = { ...place, owner: { ...place.owner, kind: "declared" } };
      places.fill(declared, k, at + 1);
      for (let after = at + 1; places[after] === place; after++) places[after] = undefined;
      break;
    }
  }
  return places;
}

const IDENTIFIER = /[A-Za-z_]\w+/g;

/** As which it is touched; of two, the one that says more. */
const ORDER: readonly Touched["as"][] = ["added", "removed", "changed", "macro", "declared", "data"];

export function touchedNames(hunks: readonly Hunk[]): TouchedNames {
  const seen = new Map<string, Set<Touched["as"]>>();
  const mentioned = new Set<string>();
  const stays = new Set<string>();
  const labels = new Set<string>();
  let unplaced = 0;
  const side = (lines: readonly HunkLine[], other: "+" | "-"): readonly Side[] =>
    lines.filter(({ mark }) => mark !== other).map(({ mark, text }) => ({ text, isChanged: mark !== " " }));
  for (const { lines, heading } of hunks)
    for (const [other, firstIs] of [
      ["+", "removed"],
      ["-", "added"],
    ] as const) {
      const half = side(lines, other);
      const places = placesOf(half, heading);
      const code = codeOf(half);
      half.forEach(({ isChanged }, k) => {
        const place = places[k];
        if (place?.owner.kind === "function" && !place.isNew) stays.add(place.owner.name);
        if (!isChanged) return;
        for (const [name] of code[k]!.matchAll(IDENTIFIER)) if (!WORDS.has(name)) mentioned.add(name);
        if (code[k]!.trim() === "") return;
        if (place === null) {
          unplaced++;
          const label = labelOf(heading);
          if (label !== undefined) labels.add(label);
        }
        if (!place) return;
        const { owner, isNew } = place;
        // "static DEFINE_MUTEX(lock);" declares a variable, and no function of this name.
        if (owner.kind === "declared" && /^[A-Z_][A-Z0-9_]*$/.test(owner.name)) return;
        const as = owner.kind === "function" ? (isNew ? firstIs : "changed") : owner.kind;
        seen.set(owner.name, (seen.get(owner.name) ?? new Set()).add(as));
      });
    }
  const touched = [...seen].map(([name, all]): Touched => {
    // Both taken away and added, or met as it was: the function stays, and its first line changes.
    const isBoth =
      (all.has("added") && all.has("removed")) || ((all.has("added") || all.has("removed")) && stays.has(name));
    return { name, as: isBoth ? "changed" : ORDER.find((one) => all.has(one))! };
  });
  for (const { name } of touched) mentioned.delete(name);
  return { touched, mentioned: [...mentioned], unplaced, labels: [...labels] };
}
