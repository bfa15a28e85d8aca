/** The command `impact`: what it reads, what it refuses, and its two forms of output. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { faultline, fresh } from "../fake-run.ts";
import type { ImpactRecord } from "../../reports/impact.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`../patch/fixtures/${name}`, import.meta.url));
const written = (content: string | Uint8Array): string => {
  const path = fresh();
  writeFileSync(path, content);
  return path;
};
const command = fileURLToPath(new URL("../faultline.mjs", import.meta.url));
const PATCH = "Expected a unified diff: git diff, git format-patch, a mail or a mailbox with patches.";

describe("what is no patch ends with exit code 2 and one error", () => {
  const text = written("no patch\n");
  test.each([
    [
      "nothing",
      [],
      "impact has nothing to look up.\n  Expected a file with a patch, - for standard input, or --function NAME.",
    ],
    ["a text", [text], `"${text}" has no patch in it.\n  ${PATCH}`],
    ["an empty file", [written("")], "is empty.\n  Expected a patch, a mail or a mailbox."],
    [
      "a program",
      [written(Buffer.from([127, 69, 76, 70, 0, 1]))],
      "is not text.\n  Expected a patch, a mail or a mailbox,",
    ],
    ["a damaged archive", [written(Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]))], "cannot be unpacked by gzip:"],
    ["a packed text", [written(gzipSync("no patch\n"))], `has no patch in it.\n  ${PATCH}`],
    [
      "a folder",
      [fileURLToPath(new URL(".", import.meta.url))],
      "it is a directory.\n  Expected a file, or - for standard input.",
    ],
    ["no file", ["/no/such.patch"], 'there is no file "/no/such.patch".'],
    ["one file twice", [text, text], "is given twice"],
    ["one function twice", ["--function", "one", "--function", "one()"], 'the function "one" is given twice'],
  ])("%s", async (_, args, message) => {
    const { code, out, err } = await faultline(["impact", ...args]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
    expect(err.split("\n").length).toBeLessThanOrEqual(4);
  });

  test("a function that no tree has, with the nearest names", async () => {
    const { code, err } = await faultline(["impact", "--function", "vfio_unmap_unpi"]);
    expect(code).toBe(2);
    expect(err).toContain('there is no kernel function "vfio_unmap_unpi" in the trees that were read');
    expect(err).toContain("Nearest: vfio_unmap_unpin,");
  });

  test("standard input", () => {
    const { status, stderr } = spawnSync(process.execPath, [command, "impact", "-"], {
      input: "no patch\n",
      encoding: "utf8",
    });
    expect(status).toBe(2);
    expect(stderr).toContain(`standard input has no patch in it.\n  ${PATCH}`);
  });
});

test("several files are one series, packed or not, and a function may be added", async () => {
  const packed = written(gzipSync(Buffer.from("Subject: [PATCH 0/1] \u001b[2Jred\n\nhello\n")));
  const args = ["impact", fixture("quoted-printable.eml"), packed, "--function", "iopf_group_response()"];
  const { code, out } = await faultline(args);
  expect(code).toBe(0);
  expect(out.split("\n")[0]).toBe(
    "2 of the 3 functions that the patches touch are modelled: iopf_group_response(), vfio_unmap_unpin().",
  );
  // What a mail says does not reach the terminal as it is.
  expect(out).toContain("[PATCH 0/1] \\u001b[2Jred: a cover letter without a diff");
  const json = JSON.parse((await faultline([...args, "--json"])).out) as ImpactRecord & { readonly exit: number };
  expect(json).toMatchObject({ schema: "faultline-impact/1", exit: 0 });
  expect(json.functions.map(({ name, modelled }) => `${name} ${modelled}`)).toEqual([
    "iopf_group_response said",
    "vfio_unmap_unpin said",
    "dmar_latency_update no",
  ]);
});

test("states are counted where --count asks for it, and only there", async () => {
  const states = /^ +(?:more than )?[\d ]+ states: /m;
  expect((await faultline(["impact", "--function", "arm_smmu_handle_evt"])).out).not.toMatch(states);
  expect((await faultline(["impact", "--function", "arm_smmu_handle_evt", "--count"])).out).toMatch(states);
});

test("a reply and a cover letter touch nothing, which is no mistake", async () => {
  const { code, out } = await faultline(["impact", fixture("reply.eml")]);
  expect(code).toBe(0);
  expect(out.replaceAll(/\n +/g, " ")).toContain("quotes a patch and has no diff of its own: it touches nothing");
});

test("a long series is cut, and a damaged patch of it is told all the same", async () => {
  const mail = (k: number, lines: string): string =>
    `From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\n` +
    `Subject: [PATCH ${k}/60] vfio: change ${k}\n\n---\n\ndiff --git a/drivers/vfio/f${k}.c b/drivers/vfio/f${k}.c\n` +
    `--- a/drivers/vfio/f${k}.c\n+++ b/drivers/vfio/f${k}.c\n${lines}-- \n2.39\n\n`;
  const series = Array.from({ length: 60 }, (_, k) =>
    mail(k + 1, k === 54 ? "@@ -1,9 +1,9 @@\n a\n-b\n" : "@@ -1,3 +1,3 @@\n a\n-b\n+c\n d\n"),
  );
  const { out } = await faultline(["impact", written(series.join(""))]);
  expect(out).toContain("[PATCH 40/60]");
  expect(out).not.toContain("[PATCH 41/60]");
  expect(out).toContain("[PATCH 55/60]");
  expect(out).toContain("... 19 more patches: --json has all");
});
