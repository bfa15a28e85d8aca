/**
 * A picture of a page with at most 256 colours, which takes a third of the bytes: shades that smooth letters differ by less than
 * anybody sees. Reads the pictures that Chromium takes: 8 bits for each of red, green and blue, not interlaced.
 */
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const CHANNELS = 3;

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

export function chunksOf(png: Buffer): readonly Chunk[] {
  if (!png.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new Error("This is no PNG.");
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function chunk({ type, data }: Chunk): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** What a filter of the format adds to a byte: of the bytes to the left, above, and above to the left. */
function predicted(filter: number, left: number, above: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  if (filter !== 4) return 0;
  const [a, b, c] = [above - corner, left - corner, left + above - 2 * corner].map(Math.abs) as [
    number,
    number,
    number,
  ];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

function pixelsOf(raw: Buffer, row: number, height: number): Buffer {
  const pixels = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < row; x++) {
      const at = y * row + x;
      const left = x < CHANNELS ? 0 : pixels[at - CHANNELS]!;
      const above = y === 0 ? 0 : pixels[at - row]!;
      const corner = x < CHANNELS || y === 0 ? 0 : pixels[at - row - CHANNELS]!;
      pixels[at] = raw[at + y + 1]! + predicted(raw[y * (row + 1)]!, left, above, corner);
    }
  return pixels;
}

const MOST = 256;

/** The squared distance of two colours. */
const distance = (a: number, b: number): number =>
  [16, 8, 0].reduce((sum, shift) => sum + (((a >> shift) & 0xff) - ((b >> shift) & 0xff)) ** 2, 0);

/** By colour: its place in the palette, of the colours that occur most; of another one, the place of the nearest. */
function paletteOf(colours: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const ranked = [...counts].sort(([a, m], [b, n]) => n - m || a - b).map(([colour]) => colour);
  const kept = ranked.slice(0, MOST);
  const nearest = (colour: number): number =>
    kept.reduce((best, other, k) => (distance(colour, other) < distance(colour, kept[best]!) ? k : best), 0);
  return new Map(ranked.map((colour, k) => [colour, k < MOST ? k : nearest(colour)]));
}

/** The same picture with a palette. */
export function withPalette(png: Buffer): Buffer {
  const chunks = chunksOf(png);
  const header = chunks[0]!.data;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (header[8] !== 8 || header[9] !== 2 || header[12] !== 0)
    throw new Error("Expected 8 bits of red, green and blue.");
  const data = chunks.filter(({ type }) => type === "IDAT").map((one) => one.data);
  const pixels = pixelsOf(inflateSync(Buffer.concat(data)), width * CHANNELS, height);
  const colours = Array.from({ length: width * height }, (_, k) => pixels.readUIntBE(k * CHANNELS, CHANNELS));
  const places = paletteOf(colours);
  const rows = Buffer.alloc((width + 1) * height);
  for (const [k, colour] of colours.entries()) rows[k + Math.floor(k / width) + 1] = places.get(colour)!;
  const palette = Buffer.alloc(Math.min(MOST, places.size) * CHANNELS);
  for (const [k, colour] of [...places.keys()].slice(0, MOST).entries())
    palette.writeUIntBE(colour, k * CHANNELS, CHANNELS);
  const indexed = Buffer.from(header);
  indexed[9] = 3;
  const parts = [
    { type: "IHDR", data: indexed },
    { type: "PLTE", data: palette },
    { type: "IDAT", data: deflateSync(rows, { level: 9, memLevel: 9 }) },
    { type: "IEND", data: Buffer.alloc(0) },
  ];
  return Buffer.concat([SIGNATURE, ...parts.map(chunk)]);
}
