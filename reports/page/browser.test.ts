/** The page in a real browser, from a file and without a network. Without Chromium these tests are skipped. */
import axe from "axe-core";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TraceRecord } from "../../checker/run-record.ts";
import { exampleRuns, unmapAgainstFault } from "../example.ts";
import { unpinBeforeWait } from "../spoken-example.ts";
import { counterexamplePage } from "./counterexample-page.ts";
import { runPage } from "./run-page.ts";

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

/** What axe finds in a page with this content, and whether it finds anything at all. */
async function judgedByAxe(content: string, browsing: Page): Promise<readonly string[]> {
  // The policy of the page admits no other script: a page with the same content and without it is judged.
  const html = content.replace(/<meta http-equiv[^>]*>/, "");
  const judged = await browsing.context().newPage();
  const found = async (of: string): Promise<readonly string[]> => {
    await judged.setContent(of);
    await judged.addScriptTag({ content: axe.source });
    const { violations } = await judged.evaluate(() =>
      (
        globalThis as unknown as { axe: { run: () => Promise<{ violations: { id: string; nodes: unknown[] }[] }> } }
      ).axe.run(),
    );
    return violations.map(({ id, nodes }) => `${id}: ${nodes.length}`);
  };
  // It can fail.
  expect(await found(html.replace(' lang="en"', ""))).toContain("html-has-lang: 1");
  return found(html);
}

/** `problems`: what the browser complains about, and whatever the page asks the network for. */
async function visited(url: string, colorScheme: "light" | "dark") {
  const context = await browser.newContext({ colorScheme });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith("file://")) problems.push(request.url());
  });
  await page.goto(url);
  return { page, problems };
}

/** Opens the page of the trace. */
async function opened(trace: TraceRecord, hash = "", colorScheme: "light" | "dark" = "light") {
  const path = join(directory, "page.html");
  writeFileSync(path, counterexamplePage(trace, { directory: "reports/out" }));
  return visited(`file://${path}${hash}`, colorScheme);
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

  /** The trace with so many lanes that no paper is as wide. */
  const wide: TraceRecord = {
    ...unpinBeforeWait,
    components: [
      ...unpinBeforeWait.components,
      ...Array.from({ length: 12 }, (_, k) => `device-with-a-long-name-${k}`),
    ],
    steps: unpinBeforeWait.steps.map((step, k) => ({
      ...step,
      changes: [
        ...step.changes,
        ...Array.from({ length: 12 }, (_, of) => ({
          component: `device-with-a-long-name-${of}`,
          before: { state: `s${k}`, context: { pages: "x".repeat(80) } },
          after: { state: `s${k + 1}`, context: { pages: "y".repeat(80) } },
        })),
      ],
    })),
  };
  /** How far elements reach beyond the right end of the page, in pixels. */
  const beyond = (page: Page, selector: string): Promise<number> =>
    page.evaluate(
      `Math.max(...[...document.querySelectorAll(${JSON.stringify(selector)})].filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect().right)) - document.documentElement.clientWidth`,
    );

  test("on paper no lane is cut off, and no step is left out", async () => {
    const { page } = await opened(wide);
    await page.setViewportSize({ width: 1040, height: 720 });
    expect(await beyond(page, ".step svg")).toBeGreaterThan(0);
    await page.emulateMedia({ media: "print" });
    expect(await beyond(page, ".step svg")).toBeLessThanOrEqual(0);
    expect(await beyond(page, ".detail td")).toBeLessThanOrEqual(0);
    expect(await page.evaluate("getComputedStyle(document.querySelector('.step')).contentVisibility")).toBe("visible");
  });

  test("on a narrow screen the changes of a step are not cut off", async () => {
    const { page } = await opened(wide, "#step=2");
    await page.setViewportSize({ width: 360, height: 720 });
    await page.locator("li.step.on td").first().waitFor();
    expect(await beyond(page, "li.step.on td")).toBeLessThanOrEqual(0);
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
    expect(await judgedByAxe(await page.content(), page)).toEqual([]);
  });

  test.each(["light", "dark"] as const)(
    "the page of runs opens without a word, axe-clean in the %s theme",
    async (colorScheme) => {
      const path = join(directory, "report.html");
      writeFileSync(path, runPage(exampleRuns, { directory: "reports/out", expectKnown: true }));
      const { page, problems } = await visited(`file://${path}`, colorScheme);
      expect(await page.locator("details.run").count()).toBe(exampleRuns.length);
      await page.locator("tbody a").first().click();
      expect(await page.locator("#run-1").isVisible()).toBe(true);
      expect(problems).toEqual([]);
      for (const fold of await page.locator("summary").all()) if (await fold.isVisible()) await fold.click();
      expect(await judgedByAxe(await page.content(), page)).toEqual([]);
    },
  );
});
