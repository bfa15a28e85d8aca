/** The page in a real browser, from a file and without a network. Without Chromium these tests are skipped. */
import axe from "axe-core";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TraceRecord } from "../../checker/run-record.ts";
import { unmapAgainstFault } from "../example.ts";
import { unpinBeforeWait } from "../spoken-example.ts";
import { counterexamplePage } from "./counterexample-page.ts";

const BROWSER = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const directory = mkdtempSync(join(tmpdir(), "faultline-page-"));
const long: TraceRecord = {
  ...unpinBeforeWait,
  steps: [...Array.from({ length: 30 }, () => unpinBeforeWait.steps[0]!), ...unpinBeforeWait.steps],
};

let browser: Browser;
beforeAll(async () => {
  if (BROWSER) browser = await chromium.launch({ executablePath: BROWSER, args: ["--no-sandbox"] });
});
afterAll(async () => {
  await browser?.close();
  rmSync(directory, { recursive: true });
});

/** Opens the page of the trace; `problems`: what the browser complains about, and whatever it asks the network for. */
async function opened(trace: TraceRecord, hash = "", colorScheme: "light" | "dark" = "light") {
  const path = join(directory, "page.html");
  writeFileSync(path, counterexamplePage(trace, { directory: "reports/out" }));
  const context = await browser.newContext({ colorScheme });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith("file://")) problems.push(request.url());
  });
  await page.goto(`file://${path}${hash}`);
  return { page, problems };
}

const chosen = (page: Page): Promise<string> => page.locator("li.step.on").getAttribute("id").then(String);

describe.skipIf(BROWSER === undefined)("in a browser", () => {
  test("keys move from step to step, the address says which, and somebody who does not see it is told", async () => {
    const { page, problems } = await opened(unmapAgainstFault);
    for (const [key, step] of [
      ["j", 1],
      ["ArrowDown", 2],
      ["k", 1],
      ["v", 5],
      ["j", 5],
      ["Home", 1],
    ] as const) {
      await page.keyboard.press(key);
      expect(await chosen(page)).toBe(`step=${step}`);
      expect(new URL(page.url()).hash).toBe(`#step=${step}`);
    }
    expect(await page.locator("#live").textContent()).toMatch(/^step 1 of 5: /);
    expect(problems).toEqual([]);
  });

  test("a link opens its step, also one that is folded, and hides lanes", async () => {
    const { page, problems } = await opened(long, `#step=12&hide=${encodeURIComponent(long.components[0]!)}`);
    expect(await chosen(page)).toBe("step=12");
    expect(await page.locator("li.step.on .detail").isVisible()).toBe(true);
    expect(await page.locator("input[data-lane]:not(:checked)").count()).toBeLessThan(2);
    expect(problems).toEqual([]);
  });

  test("a lane that is hidden takes its arrows along, and the step is still there", async () => {
    const { page } = await opened(unmapAgainstFault);
    const marks = page.locator('[data-of~="device"]:visible');
    expect(await marks.count()).toBeGreaterThan(3);
    await page.locator('input[data-lane="device"]').uncheck();
    expect(await marks.count()).toBe(0);
    expect(await page.locator("li.step:visible").count()).toBe(5);
    expect(new URL(page.url()).hash).toBe("#hide=device");
  });

  test("everything is there without a script", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    const path = join(directory, "plain.html");
    writeFileSync(path, counterexamplePage(unmapAgainstFault, { directory: "reports/out" }));
    await page.goto(`file://${path}#step=5`);
    expect(await page.locator("li.step:visible").count()).toBe(5);
    expect(await page.locator("li:target .detail").isVisible()).toBe(true);
    expect(await page.locator("button:visible").count()).toBe(0);
  });

  test.each(["light", "dark"] as const)("axe finds nothing in the %s theme", async (scheme) => {
    const { page } = await opened(long, "#step=3", scheme);
    // The policy of the page admits no other script: a page with the same content and without it is judged.
    const html = (await page.content()).replace(/<meta http-equiv[^>]*>/, "");
    const judged = await page.context().newPage();
    await judged.setContent(html);
    await judged.addScriptTag({ content: axe.source });
    const { violations } = await judged.evaluate(() =>
      (
        globalThis as unknown as { axe: { run: () => Promise<{ violations: { id: string; nodes: unknown[] }[] }> } }
      ).axe.run(),
    );
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.length}`)).toEqual([]);
    // It can fail.
    await judged.setContent(html.replace(' lang="en"', ""));
    await judged.addScriptTag({ content: axe.source });
    const worse = await judged.evaluate(() =>
      (globalThis as unknown as { axe: { run: () => Promise<{ violations: { id: string }[] }> } }).axe.run(),
    );
    expect(worse.violations.map(({ id }) => id)).toContain("html-has-lang");
  });
});
