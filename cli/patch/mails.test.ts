/** One change in every form in which patches are sent: each form touches the same functions, and no damage is fatal. */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { touchedBy } from "../impact/touched.ts";
import { patchesIn, type Patch } from "./mails.ts";

const FIXTURES = new URL("fixtures/", import.meta.url);
const read = (name: string): Buffer => readFileSync(new URL(name, FIXTURES));
const touches = (patches: readonly Patch[]): readonly string[] =>
  touchedBy(patches).flatMap(({ file, functions }) => functions.map(({ name, as }) => `${as} ${name} ${file}`));
const inFixture = async (name: string): Promise<readonly Patch[]> => patchesIn(read(name));

const CHANGE = [
  "changed vfio_unmap_unpin drivers/vfio/vfio_iommu_type1.c",
  "changed dmar_latency_update drivers/iommu/intel/perf.c",
];
const OTHER = [
  "added example_added drivers/iommu/io-pgfault.c",
  "changed iopf_group_response drivers/iommu/io-pgfault.c",
];

describe("the same change is read", () => {
  test.each([
    "git-diff.diff",
    "format-patch.patch",
    "mail.eml",
    "crlf.eml",
    "quoted-printable.eml",
    "base64.eml",
    "attachment.eml",
    "multipart.eml",
    "flowed.eml",
  ])("from %s", async (name) => {
    const patches = await inFixture(name);
    expect(touches(patches)).toEqual(CHANGE);
    expect(patches.flatMap(({ damage }) => damage)).toEqual([]);
    expect(touchedBy(patches)[0]!.mentioned).toEqual(["unlocked", "example_step", "dma"]);
    if (name !== "git-diff.diff")
      expect(patches[0]!.title).toMatch(/^\[PATCH( v2)?\] vfio\/type1: return what was unlocked$/);
  });

  test("from text in UTF-16, as some shells redirect it, and with a byte order mark", async () => {
    const text = read("git-diff.diff").toString("utf8");
    expect(touches(await patchesIn(Buffer.from(`\ufeff${text}`, "utf16le")))).toEqual(CHANGE);
    expect(touches(await patchesIn(Buffer.from(`\ufeff${text}`, "utf8")))).toEqual(CHANGE);
  });

  test("in colour, as git writes it where it is told to", async () => {
    const coloured = read("git-diff.diff")
      .toString("utf8")
      .replaceAll(/^(diff .*|index .*|--- .*|\+\+\+ .*)$/gm, "\u001b[1m$1\u001b[m")
      .replaceAll(/^(@@ .*? @@)(.*)$/gm, "\u001b[36m$1\u001b[m$2")
      .replaceAll(/^(-\t.*)$/gm, "\u001b[31m$1\u001b[m")
      .replaceAll(/^\+(\t.*)$/gm, "\u001b[32m+\u001b[m\u001b[32m$1\u001b[m");
    expect(coloured).toContain("\u001b[32m+");
    expect(touches(await patchesIn(Buffer.from(coloured)))).toEqual(CHANGE);
  });

  test("with CRLF in each other form", async () => {
    for (const name of ["git-diff.diff", "series.mbox", "quoted-printable.eml", "git-log.txt"]) {
      const crlf = Buffer.from(read(name).toString("latin1").replaceAll("\n", "\r\n"), "latin1");
      expect(touches(await patchesIn(crlf))).toEqual(touches(await inFixture(name)));
    }
  });
});

test("a mailbox is a patch for each mail; its cover letter and a reply touch nothing", async () => {
  const patches = await inFixture("series.mbox");
  expect(patches.map(({ kind, title }) => `${kind}: ${title}`)).toEqual([
    "cover letter: [PATCH 0/2] vfio, iommu: two examples",
    "diff: [PATCH 1/2] vfio/type1: return what was unlocked",
    "quoted: Re: [PATCH 1/2] vfio/type1: return what was unlocked",
    "diff: [PATCH 2/2] iommu: answer the last one",
  ]);
  expect(touches(patches)).toEqual([...CHANGE, ...OTHER]);
});

test("each commit of git log -p is a patch", async () => {
  const patches = await inFixture("git-log.txt");
  expect(patches.map(({ title }) => title)).toEqual([
    "iommu: answer the last one",
    "vfio/type1: return what was unlocked",
  ]);
  expect(touches(patches)).toEqual([...OTHER, ...CHANGE]);
});

test("a combined diff has a mark for each parent", async () => {
  const patches = await inFixture("combined.diff");
  expect(touches(patches)).toEqual(["changed vfio_unmap_unpin drivers/vfio/vfio_iommu_type1.c"]);
  expect(touchedBy(patches)[0]!.mentioned).toEqual(
    expect.arrayContaining(["example_left", "example_right", "example_both", "example_mine"]),
  );
});

test("files are renamed, added, deleted, binary, or only their mode changes", async () => {
  const files = touchedBy(await inFixture("other-changes.diff"));
  expect(files.map(({ file, change, isBinary }) => `${change} ${file}${isBinary ? " (binary)" : ""}`)).toEqual([
    "renamed drivers/iommu/iopf.c",
    "added drivers/iommu/example.c",
    "deleted drivers/iommu/gone.c",
    "mode scripts/example.sh",
    "changed Documentation/example.png (binary)",
    "changed Documentation/a b.rst",
    "changed include/linux/iommu.h",
  ]);
  expect(files[0]!.from).toBe("drivers/iommu/io-pgfault.c");
  expect(files.at(-1)).toMatchObject({
    data: ["example_ops"],
    functions: [{ name: "example_declared", as: "declared" }],
  });
  expect(touches(await inFixture("other-changes.diff"))).toContain("removed gone_value drivers/iommu/gone.c");
});

test("without names behind @@ the lines are counted, and paths outside of a tree are found in it", async () => {
  const [file] = touchedBy(await inFixture("without-functions.diff"));
  expect(file).toMatchObject({ file: "drivers/vfio/vfio_iommu_type1.c", functions: [], unplaced: 3 });
});

test("what is no patch has no diff", async () => {
  for (const text of [
    "",
    "hello\n",
    "Subject: no patch\n\nhello\n",
    "a,b\n1,2\n",
    "> quoted\n",
    "diff of opinion\n--- \n",
  ])
    expect((await patchesIn(Buffer.from(text))).every(({ kind }) => kind === "no diff")).toBe(true);
  const packed = gzipSync(read("git-diff.diff"));
  expect((await patchesIn(packed)).map(({ kind }) => kind)).toEqual(["no diff"]);
});

describe("damage is never fatal", () => {
  test.each(readdirSync(FIXTURES).sort())(
    "%s ends after any line, misses any line, or has one that is wrapped",
    async (name) => {
      const lines = read(name).toString("latin1").split("\n");
      const whole = new Set(touches(await patchesIn(Buffer.from(lines.join("\n"), "latin1"))));
      const bytes = (some: readonly string[]): Buffer => Buffer.from(some.join("\n"), "latin1");
      for (let k = 0; k <= lines.length; k++) {
        const ended = touches(await patchesIn(bytes(lines.slice(0, k))));
        // What is left names no function that the whole does not have.
        expect(
          ended.map((one) => one.split(" ")[1]).filter((one) => ![...whole].some((all) => all.split(" ")[1] === one)),
        ).toEqual([]);
        touches(await patchesIn(bytes(lines.toSpliced(k, 1))));
        const line = lines[k] ?? "";
        touches(await patchesIn(bytes(lines.toSpliced(k, 1, line.slice(0, 20), line.slice(20)))));
      }
    },
  );

  test("and is told", async () => {
    const lines = read("git-diff.diff").toString("utf8").split("\n");
    const ended = await patchesIn(Buffer.from(lines.slice(0, 10).join("\n")));
    expect(ended[0]!.damage).toEqual(["drivers/vfio/vfio_iommu_type1.c: hunk 1 is cut short"]);
    // The next file is read although the hunk before it is not whole.
    const shorter = await patchesIn(Buffer.from(lines.toSpliced(12, 2).join("\n")));
    expect(touches(shorter)).toEqual(CHANGE);
    expect(shorter[0]!.damage).toEqual(["drivers/vfio/vfio_iommu_type1.c: hunk 1 is cut short"]);
    const wrapped = await patchesIn(Buffer.from(lines.toSpliced(9, 0, "a line that a mailer has broken").join("\n")));
    expect(touches(wrapped)).toEqual(CHANGE);
    expect(wrapped[0]!.damage).toEqual([
      "drivers/vfio/vfio_iommu_type1.c: hunk 1 has a line that is no part of a diff",
    ]);
  });
});
