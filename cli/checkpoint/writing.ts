/**
 * Writes checkpoints of one search into a directory. Tables that only grow are written on at their ends. Nothing that the
 * last whole checkpoint consists of is changed before the next one is whole.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { checkpointOf, type Checkpoint } from "../../checker/explore/states/checkpoint.ts";
import type { BreadthFirst } from "../../checker/explore/search/breadth-first.ts";
import { removeOthers, type Disk } from "./disk.ts";
import {
  bytesIn,
  CHECKPOINT_SCHEMA,
  fileOf,
  filesOf,
  MANIFEST,
  manifestText,
  ORDER,
  type About,
  type Manifest,
  type TableFile,
} from "./manifest.ts";

/** The name of what is no table, as JSON. */
export const PLAIN = "plain";
/** Bytes that are written at once. */
const PIECE = 1 << 24;

const bytesOf = ({ buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

export class Writing {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #tool: string;
  readonly #about: About;
  #last: Manifest | undefined;
  /** The layout of the states in the files: in another one all of them are others. */
  #layout: object | undefined;

  /** `last`: what is there already of this search, with the layout that it has now. */
  constructor(disk: Disk, directory: string, tool: string, about: About) {
    this.#disk = disk;
    this.#directory = directory;
    this.#tool = tool;
    this.#about = about;
  }

  /** Goes on behind the checkpoint from which the search was resumed. */
  goOnFrom(last: Manifest, search: BreadthFirst): void {
    this.#last = last;
    this.#layout = search.layout;
  }

  /** @throws the error of the disk; then the checkpoint before this one is there still */
  write(search: BreadthFirst): void {
    const checkpoint = checkpointOf(search);
    try {
      this.#write(checkpoint, search.layout === this.#layout ? this.#last : undefined);
      this.#layout = search.layout;
    } finally {
      removeOthers(this.#disk, this.#directory, this.#last ? filesOf(this.#last) : new Set());
    }
  }

  #write({ plain, growing, others }: Checkpoint, before: Manifest | undefined): void {
    const number = (this.#last?.number ?? 0) + 1;
    const tables: Record<string, TableFile> = {};
    for (const [name, table] of growing)
      tables[name] = this.#append(name, table, before?.tables[name] ?? { begun: number, width: 0, parts: [] });
    for (const [name, table] of others)
      tables[name] = this.#append(name, table, { begun: number, width: 0, parts: [] });
    const text = new TextEncoder().encode(JSON.stringify(plain));
    tables[PLAIN] = this.#append(PLAIN, text, { begun: number, width: 0, parts: [] });
    const manifest: Manifest = {
      schema: CHECKPOINT_SCHEMA,
      tool: this.#tool,
      order: ORDER,
      number,
      about: this.#about,
      tables,
    };
    const path = join(this.#directory, MANIFEST);
    this.#disk.write(`${path}.new`, 0, [new TextEncoder().encode(manifestText(manifest))]);
    this.#disk.rename(`${path}.new`, path);
    this.#last = manifest;
  }

  /** Writes what the file does not have yet. */
  #append(name: string, table: Int32Array | Uint16Array | Uint8Array, file: TableFile): TableFile {
    const position = bytesIn(file);
    const rest = bytesOf(table).subarray(position);
    if (rest.length === 0 && position > 0) return file;
    const hash = createHash("sha256");
    function* pieces(): Iterable<Uint8Array> {
      for (let from = 0; from < rest.length; from += PIECE) {
        const piece = rest.subarray(from, from + PIECE);
        hash.update(piece);
        yield piece;
      }
    }
    this.#disk.write(join(this.#directory, fileOf(name, file)), position, pieces());
    return {
      begun: file.begun,
      width: table.BYTES_PER_ELEMENT,
      parts: [...file.parts, { bytes: rest.length, sha256: hash.digest("hex") }],
    };
  }
}
