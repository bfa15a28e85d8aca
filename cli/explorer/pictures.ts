/** `npm run pictures`: the pictures of the explorer in docs/pictures, taken in Chromium. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright-core";
import { explorerFiles } from "./build.ts";
import { withPalette } from "./palette.ts";
import { serve } from "./serve.ts";

const folder = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));

/** The known deadlock of Linux 6.1.192, found by a search, at its sixth step. */
async function search(page: Page): Promise<void> {
  await page.click("#search");
  await page.locator("#chart .end").waitFor();
  await page.locator("#progress", { hasText: "Complete" }).waitFor();
  for (let at = 8; at >= 6; at--) {
    await page.keyboard.press("k");
    await page.locator("#point", { hasText: `After step ${at} of 9` }).waitFor();
  }
  await page.locator("#machine-says", { hasText: "b-unmap1" }).waitFor();
}

/** Steps taken by hand, and the state chart of who took the last one. */
async function steps(page: Page): Promise<void> {
  for (let at = 1; at <= 4; at++) {
    await page.locator("#possible button").first().click();
    await page.locator("#point", { hasText: `After step ${at} of ${at}` }).waitFor();
  }
  await page.locator("#machine-chart .current").waitFor();
  await page.locator(".path").evaluate((path) => path.scrollIntoView());
}

const PICTURES = [
  { name: "explorer-search", hash: "system=type1-unmap&design=linux-6.1.192&bounds=small", show: search, height: 800 },
  { name: "explorer-steps", hash: "system=pri-overflow&bounds=small", show: steps, height: 1000 },
];

mkdirSync(folder, { recursive: true });
const { server, address } = await serve(await explorerFiles(), 0);
const browser = await chromium.launch({
  executablePath: process.argv[2] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-lcd-text", "--font-render-hinting=none"],
});
try {
  for (const { name, hash, show, height } of PICTURES) {
    const page = await browser.newPage({ viewport: { width: 1280, height } });
    await page.goto(`${address}#${hash}`);
    await page.locator("#possible button").first().waitFor();
    await show(page);
    writeFileSync(join(folder, `${name}.png`), withPalette(await page.screenshot()));
    await page.close();
  }
} finally {
  await browser.close();
  server.closeAllConnections();
  server.close();
}
