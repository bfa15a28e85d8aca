/**
 * A unified diff, read into files, hunks and lines. Text before, between and behind the diffs of files (a commit message, a
 * diffstat, the signature of a mail) is skipped. A combined diff (`git show` of a merge) is read too: a line has one mark
 * for each parent.
 *
 * A diff that a mailer wrapped, or that ends too early, is read as far as it goes; `damage` says what is missing.
 */
import { pathOf, pathsOfGitHeader } from "./diff-paths.ts";

/** "+" is only in the new file, "-" only in an old one, " " in both. */
export interface HunkLine {
  readonly mark: " " | "+" | "-";
  readonly text: string;
}

export interface Hunk {
  /** What stands behind the second "@@": the line of the file that diff takes for the beginning of a function. */
  readonly heading: string;
  readonly lines: readonly HunkLine[];
}

export interface FileDiff {
  /** In the new tree; of a deleted file, in the old one. */
  readonly path: string;
  /** Where a renamed or copied file comes from. */
  readonly from?: string;
  readonly change: "changed" | "added" | "deleted" | "renamed" | "copied" | "mode";
  readonly isBinary: boolean;
  readonly hunks: readonly Hunk[];
}

export interface Diff {
  readonly files: readonly FileDiff[];
  /** Sentences without a full stop: "drivers/iommu/iommu.c: hunk 2 is cut short". */
  readonly damage: readonly string[];
}

interface OpenHunk {
  readonly heading: string;
  readonly lines: HunkLine[];
}

type Open = { -readonly [Field in keyof Omit<FileDiff, "hunks">]: FileDiff[Field] } & {
  hunks: OpenHunk[];
  /** Begun by "diff --git" or "diff --cc", and its "---" line has not come yet. */
  isHeader: boolean;
  isMode: boolean;
};

const HUNK = /^(@@+) ((?:-\d+(?:,\d+)? )+)\+\d+(?:,(\d+))? \1(?: (.*))?$/;
const NONE = "/dev/null";

/** Lines that are still to come of each old file, and of the new one. */
interface Left {
  readonly old: number[];
  new: number;
}

const isDone = ({ old, new: added }: Left): boolean => added <= 0 && old.every((count) => count <= 0);

/** "," and a count, or nothing for one line. */
const countOf = (range: string): number => Number(range.split(",")[1] ?? 1);

/** One line of a hunk by its marks, one for each old file; undefined for what is none. */
function hunkLine(line: string, parents: number): { marks: string; text: string } | undefined {
  // An editor or a mailer takes away the blanks at the end of a line.
  if (line.trim() === "" && line.length < parents) return { marks: " ".repeat(parents), text: "" };
  const marks = line.slice(0, parents);
  return /^[-+ ]+$/.test(marks) && marks.length === parents ? { marks, text: line.slice(parents) } : undefined;
}

function take(left: Left, marks: string): HunkLine["mark"] {
  const isRemoved = marks.includes("-");
  if (!isRemoved) left.new--;
  for (let k = 0; k < marks.length; k++) if (marks[k] === (isRemoved ? "-" : " ")) left.old[k]!--;
  return isRemoved ? "-" : marks.includes("+") ? "+" : " ";
}

export function unifiedDiff(text: string): Diff {
  const lines = text.split("\n").map((line) => line.replace(/\r+$/, ""));
  if (lines.at(-1) === "") lines.pop();
  const files: Open[] = [];
  const damage: string[] = [];
  let file: Open | undefined;
  let left: Left | undefined;
  let lost = 0;

  const isFileHeader = (k: number): boolean =>
    /^--- ./.test(lines[k]!) && /^\+\+\+ ./.test(lines[k + 1] ?? "") && HUNK.test(lines[k + 2] ?? "");
  /** A line that ends a hunk, whatever is still to come of it. */
  const endsHunk = (k: number): boolean =>
    /^diff --(?:git|cc|combined) /.test(lines[k]!) ||
    HUNK.test(lines[k]!) ||
    isFileHeader(k) ||
    (lines[k] === "-- " && /^\d+\.\d+/.test(lines[k + 1] ?? ""));
  const begin = (path: string, isHeader: boolean): void => {
    file = { path, change: "changed", isBinary: false, hunks: [], isHeader, isMode: false };
    files.push(file);
  };
  const endHunk = (): void => {
    const at = `${file!.path}: hunk ${file!.hunks.length}`;
    if (left && !isDone(left)) damage.push(`${at} is cut short`);
    else if (lost > 0)
      damage.push(`${at} has ${lost === 1 ? "a line that is" : `${lost} lines that are`} no part of a diff`);
    left = undefined;
    lost = 0;
  };

  for (let k = 0; k < lines.length; k++) {
    const line = lines[k]!;
    if (left && !isDone(left) && !endsHunk(k)) {
      if (line.startsWith("\\ ")) continue;
      const parts = hunkLine(line, left.old.length);
      if (parts) file!.hunks.at(-1)!.lines.push({ mark: take(left, parts.marks), text: parts.text });
      else lost++;
      continue;
    }
    if (left) endHunk();
    const [, ats, olds, added, heading] = HUNK.exec(line) ?? [];
    if (ats !== undefined) {
      if (!file) {
        damage.push("a hunk comes before the name of its file");
        continue;
      }
      file.isHeader = false;
      file.hunks.push({ heading: heading ?? "", lines: [] });
      left = { old: olds!.trim().split(" ").map(countOf), new: Number(added ?? 1) };
      continue;
    }
    const [, kind, paths] = /^diff --(git|cc|combined) (.+)$/.exec(line) ?? [];
    if (kind !== undefined) {
      const both =
        kind === "git" ? pathsOfGitHeader(paths!) : { from: pathOf(paths!, false), to: pathOf(paths!, false) };
      begin(both.to, true);
      if (both.from !== both.to) file!.from = both.from;
    } else if (isFileHeader(k) || (file?.isHeader && /^--- ./.test(line) && /^\+\+\+ ./.test(lines[k + 1] ?? ""))) {
      const [from, to] = [pathOf(line.slice(4)), pathOf(lines[++k]!.slice(4))];
      const path = to === NONE ? from : to;
      if (file?.isHeader) file.path = path;
      else begin(path, false);
      file!.isHeader = false;
      if (from === NONE) file!.change = "added";
      if (to === NONE) file!.change = "deleted";
    } else if (file?.isHeader) extended(file, line);
  }
  if (left) endHunk();
  return { files: files.map(closed), damage };
}

/** One of git's lines between "diff --git" and the hunks. */
function extended(file: Open, line: string): void {
  const [, kind, rest] =
    /^(new file mode|deleted file mode|(?:old|new) mode|mode|rename from|copy from|rename to|copy to|Binary files|GIT binary patch) ?(.*)$/.exec(
      line,
    ) ?? [];
  if (kind === "new file mode") file.change = "added";
  else if (kind === "deleted file mode") file.change = "deleted";
  else if (kind === "old mode" || kind === "new mode" || kind === "mode") file.isMode = true;
  else if (kind === "rename from" || kind === "copy from") {
    file.from = pathOf(rest!, false);
    file.change = kind === "rename from" ? "renamed" : "copied";
  } else if (kind === "rename to" || kind === "copy to") file.path = pathOf(rest!, false);
  else if (kind !== undefined) file.isBinary = true;
}

function closed({ isHeader: _, isMode, from, ...file }: Open): FileDiff {
  const moved = file.change === "renamed" || file.change === "copied";
  const change =
    isMode && file.change === "changed" && file.hunks.length === 0 && !file.isBinary ? "mode" : file.change;
  return { ...file, change, ...(moved && from !== undefined && { from }) };
}
