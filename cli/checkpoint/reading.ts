/** Reads a checkpoint. It is read only: one that is refused is left as it is. */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Plain, Table, Written } from "../../checker/explore/states/checkpoint.ts";
import { canonical } from "../../checker/kernel/canon.ts";
import { UsageError } from "../errors.ts";
import { reason } from "../write.ts";
import { bytesIn, fileOf, MANIFEST, manifestIn, ORDER, type About, type Manifest } from "./manifest.ts";
import { PLAIN } from "./writing.ts";

const PIECE = 1 << 24;

const damaged = (directory: string, because: string): UsageError =>
  new UsageError(`the checkpoint in "${directory}" is damaged: ${because}.`, "one that is as it was written");

/** @throws UsageError when there is none, or it was damaged, or written by another version */
export function readManifest(directory: string, tool: string): Manifest {
  let text: string;
  try {
    text = readFileSync(join(directory, MANIFEST), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "ENOENT"
      ? new UsageError(`there is no checkpoint in "${directory}".`, "a directory that --checkpoint wrote")
      : new UsageError(`the checkpoint in "${directory}" cannot be read: ${reason(error)}.`);
  }
  const manifest = manifestIn(text);
  if (!manifest) throw damaged(directory, `${MANIFEST} is not as it was written`);
  if (manifest.tool !== tool)
    throw new UsageError(
      `the checkpoint in "${directory}" was written by ${manifest.tool}, and this is ${tool}.`,
      "the version that wrote it: another one may number states in another way",
    );
  if (manifest.order !== ORDER)
    throw new UsageError(
      `the checkpoint in "${directory}" was written on a machine with the bytes in order ${manifest.order}.`,
    );
  return manifest;
}

const runWords = ({ model: { system, hardware, host, bounds, set } }: About): string =>
  [
    `${system} ${hardware} ${host} ${bounds}`,
    ...Object.entries(set).map(([name, value]) => `${name}=${canonical(value)}`),
  ].join(" ");

const howWords = ({ how: { symmetry, stopAt, engine } }: About): string =>
  `--stop-at ${stopAt} --engine ${engine}${symmetry ? "" : " --no-symmetry"}`;

/** @throws UsageError when it is one of another run */
export function expectOf(directory: string, { about }: Manifest, own: About): void {
  const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);
  if (!same(runWords(about), runWords(own)))
    throw new UsageError(
      `the checkpoint in "${directory}" is of another run: ${runWords(about)}.`,
      `one of ${runWords(own)}`,
    );
  if (!same(about.how, own.how))
    throw new UsageError(`the checkpoint in "${directory}" was made with ${howWords(about)}.`, "the same options");
  if (!same(about.model, own.model))
    throw new UsageError(`the checkpoint in "${directory}" is of another model of this system.`);
}

/** @throws UsageError for what is not as it was written */
export function tablesOf(directory: string, { tables }: Manifest): Written {
  const tableOf = (name: string) => {
    const table = tables[name];
    if (!table) throw damaged(directory, `it has no table "${name}"`);
    return table;
  };
  const read = (name: string, into: Table | Uint8Array): void => {
    const table = tableOf(name);
    const path = join(directory, fileOf(name, table));
    let file: number;
    try {
      file = openSync(path, "r");
    } catch (error) {
      throw damaged(directory, `${fileOf(name, table)} cannot be read (${reason(error)})`);
    }
    try {
      const has = fstatSync(file).size;
      if (has < bytesIn(table))
        throw damaged(directory, `${fileOf(name, table)} has ${has} bytes in place of ${bytesIn(table)}`);
      const target = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
      let at = 0;
      for (const { bytes, sha256 } of table.parts) {
        const hash = createHash("sha256");
        for (const end = at + bytes; at < end;) {
          const got = readSync(file, target, at, Math.min(PIECE, end - at), at);
          if (got === 0) throw damaged(directory, `${fileOf(name, table)} ends early`);
          hash.update(target.subarray(at, at + got));
          at += got;
        }
        if (hash.digest("hex") !== sha256) throw damaged(directory, `${fileOf(name, table)} has another checksum`);
      }
    } finally {
      closeSync(file);
    }
  };
  const text = new Uint8Array(bytesIn(tableOf(PLAIN)));
  read(PLAIN, text);
  return {
    plain: JSON.parse(new TextDecoder().decode(text)) as Plain,
    lengthOf: (name) => bytesIn(tableOf(name)) / tableOf(name).width,
    read,
  };
}
