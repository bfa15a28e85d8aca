/**
 * The patches of a file or of standard input: one diff, the output of `git log -p`, one mail, or a mailbox of mails. MIME
 * parts, quoted-printable, base64, format=flowed and character sets are undone by postal-mime (decision 0018).
 */
import PostalMime, { type Email } from "postal-mime";
import { unifiedDiff, type Diff } from "./unified-diff.ts";

export interface Patch extends Diff {
  /** The subject of the mail or of the commit; empty where there is none. */
  readonly title: string;
  /** Why it has no diff; "diff" where it has one. */
  readonly kind: "diff" | "cover letter" | "quoted" | "no diff";
}

/** git's own and those of mail servers: an address or a commit, and a date. `>From` in a body is none. */
const MBOX_LINE = /^From \S+ .*\d{1,2}:\d{2}.* \d{4}/;
const HEADER_LINE = /^[!-9;-~]+:/;
/** Headers that make a block of "Name: value" lines a mail. */
const MAIL_HEADER =
  /^(?:From|Subject|Message-ID|Return-Path|Received|MIME-Version|Content-Type|Delivered-To|X-Mozilla-Status):/i;
const COMMIT_LINE = /^commit [0-9a-f]{7,64}\b/;

const QUOTED_DIFF = /^ ?(?:> ?)+(?:diff --git |@@ -\d|\+\+\+ [^ ]|--- a\/)/m;
/** "[PATCH v3 00/17]" */
const COVER = /\[[^\]]*\b0+\/\d+[^\]]*\]/;

/** The parts that begin at the lines of this form; what comes before the first of them is left out. */
function splitAt(text: string, line: RegExp): readonly string[] {
  const parts: string[][] = [];
  for (const one of text.split("\n")) {
    if (line.test(one)) parts.push([]);
    parts.at(-1)?.push(one);
  }
  return parts.map((lines) => lines.join("\n"));
}

/** Whether the text begins with lines "Name: value" up to an empty line, among them one that only mails have. */
function isMail(text: string): boolean {
  let isOne = false;
  for (const line of text.slice(0, 200_000).split("\n")) {
    if (line.trim() === "") return isOne;
    if (!HEADER_LINE.test(line) && !/^[ \t]/.test(line)) return false;
    isOne ||= MAIL_HEADER.test(line);
  }
  return isOne;
}

const bytesOf = (latin1: string): Uint8Array => Buffer.from(latin1, "latin1");
const utf8Of = (latin1: string): string => Buffer.from(latin1, "latin1").toString("utf8");

/** The text parts of a mail, and the attachments that are text. */
function bodyOf({ text, attachments }: Email): string {
  const attached = attachments.map(({ content }) => {
    const bytes = typeof content === "string" ? Buffer.from(content) : Buffer.from(content as ArrayBuffer);
    return bytes.includes(0) ? "" : bytes.toString("utf8");
  });
  return [text ?? "", ...attached].join("\n");
}

const kindOf = (title: string, text: string): Patch["kind"] => {
  if (QUOTED_DIFF.test(text)) return "quoted";
  return COVER.test(title) && !/^re:/i.test(title) ? "cover letter" : "no diff";
};

function patchOf(title: string, text: string): Patch {
  const diff = unifiedDiff(text);
  return {
    ...diff,
    title: title.replaceAll(/\s+/g, " ").trim(),
    kind: diff.files.length > 0 ? "diff" : kindOf(title, text),
  };
}

async function mailOf(latin1: string): Promise<Patch> {
  try {
    const mail = await PostalMime.parse(bytesOf(latin1));
    return patchOf(mail.subject ?? "", bodyOf(mail));
  } catch {
    // Parts nested without end, or headers of megabytes: as it is written it may still have a diff.
    return patchOf(/^Subject: *(.*)$/im.exec(latin1)?.[1] ?? "", utf8Of(latin1));
  }
}

/** Behind the lines "Author:" and "Date:" of `git log` and `git show`, four blanks before each line. */
const commitTitle = (text: string): string => /^ {4}(\S.*)$/m.exec(text.split(/^diff --/m, 1)[0]!)?.[1] ?? "";

/** UTF-16 is what the redirection of some shells writes. */
function latin1Of(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe)
    return Buffer.from(new TextDecoder("utf-16le").decode(bytes), "utf8").toString("latin1");
  const text = Buffer.from(bytes).toString("latin1");
  return text.startsWith("\u00ef\u00bb\u00bf") ? text.slice(3) : text;
}

/** `git show --color=always`, and the output of git in a script. */
const COLOUR = new RegExp(`${String.fromCharCode(0x1b)}\\[[\\d;]*[mK]`, "g");

/** Each patch of the file, in its order; a file with nothing of this kind is one patch without files. */
export async function patchesIn(bytes: Uint8Array): Promise<readonly Patch[]> {
  const text = latin1Of(bytes).replaceAll("\r\n", "\n").replaceAll(COLOUR, "").replace(/^\n+/, "");
  if (MBOX_LINE.test(text.split("\n", 1)[0]!)) {
    const mails = splitAt(text, MBOX_LINE).map((mail) =>
      mail.slice(mail.indexOf("\n") + 1).replaceAll(/^>(>*From )/gm, "$1"),
    );
    return Promise.all(mails.map(mailOf));
  }
  if (isMail(text)) return [await mailOf(text)];
  const commits = splitAt(text, COMMIT_LINE);
  if (COMMIT_LINE.test(text) && commits.length > 0)
    return commits.map((one) => patchOf(commitTitle(utf8Of(one)), utf8Of(one)));
  return [patchOf("", utf8Of(text))];
}
