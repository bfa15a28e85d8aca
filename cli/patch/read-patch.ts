/** The bytes of a patch: a file, or standard input; unpacked where they are packed by gzip, as mail archives offer them. */
import { gunzipSync } from "node:zlib";
import { UsageError } from "../errors.ts";
import { readBytes } from "../files.ts";

/** Standard input, by its usual name. */
export const STANDARD_INPUT = "-";

/** More than the difference of two kernel releases has, in bytes. */
const MOST = 200_000_000;

const tooLarge = (name: string): UsageError => new UsageError(`${name} is too large for a patch.`, "at most 200 MB");

async function standardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST) throw tooLarge("standard input");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unpacked(bytes: Uint8Array, name: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(name);
    throw new UsageError(
      `${name} cannot be unpacked by gzip: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

/** As other commands read a file; a pipe comes in by standard input. */
async function fileBytes(path: string): Promise<Uint8Array> {
  try {
    return await readBytes(path, MOST);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(error.message, "a file, or - for standard input");
    throw error;
  }
}

/** What a message calls it. */
export const calledInput = (path: string): string => (path === STANDARD_INPUT ? "standard input" : `"${path}"`);

/** @throws UsageError for what cannot be read, is empty, or is no text */
export async function readPatch(path: string): Promise<Uint8Array> {
  const name = calledInput(path);
  const read = path === STANDARD_INPUT ? await standardInput() : await fileBytes(path);
  const bytes = unpacked(read, name);
  if (bytes.length === 0) throw new UsageError(`${name} is empty.`, "a patch, a mail or a mailbox");
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  if (!isUtf16 && Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 8000)).includes(0))
    throw new UsageError(`${name} is not text.`, "a patch, a mail or a mailbox, packed by gzip or not packed");
  return bytes;
}
