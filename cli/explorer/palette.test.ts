/** The pictures of docs: small, and what Chromium has drawn. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { describe, expect, test } from "vitest";
import { chunksOf, withPalette } from "./palette.ts";

const folder = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const BROWSER = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));

test.each(readdirSync(folder))("%s has a palette, and less than 150 kB", (name) => {
  const png = readFileSync(folder + name);
  expect(chunksOf(png).map(({ type }) => type)).toEqual(["IHDR", "PLTE", "IDAT", "IEND"]);
  expect(png.length).toBeLessThan(150_000);
});

test("what is no picture of Chromium is refused", () => {
  expect(() => withPalette(Buffer.from("GIF89a"))).toThrow("This is no PNG.");
  expect(() => withPalette(readFileSync(`${folder}explorer-search.png`))).toThrow("Expected 8 bits");
});

describe.skipIf(BROWSER === undefined)("in a browser", () => {
  test("a picture with few colours is the same with a palette, pixel by pixel", async () => {
    const browser = await chromium.launch({ executablePath: BROWSER!, args: ["--no-sandbox"] });
    const page = await browser.newPage({ viewport: { width: 60, height: 40 } });
    const stripes = "linear-gradient(90deg, #00f 20%, #f80 20% 55%, #0a0 55%)";
    await page.setContent(`<body style="margin: 0; height: 40px; background: ${stripes}">`);
    const png = await page.screenshot();
    /** The pixels as the browser itself reads them. */
    const read = (picture: Buffer): Promise<readonly number[]> =>
      page.evaluate(
        `(async () => {
          const image = new Image();
          image.src = "data:image/png;base64,${picture.toString("base64")}";
          await image.decode();
          const canvas = new OffscreenCanvas(60, 40).getContext("2d");
          canvas.drawImage(image, 0, 0);
          return [...canvas.getImageData(0, 0, 60, 40).data];
        })()`,
      );
    const small = withPalette(png);
    expect(await read(small)).toEqual(await read(png));
    // 0, 0x88, 0xaa and 0xff.
    expect(new Set(await read(small)).size).toBe(4);
    await browser.close();
  });
});
