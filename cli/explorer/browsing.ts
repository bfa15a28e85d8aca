/** The explorer in Chromium, for tests: opened, walked and searched. */
import { existsSync } from "node:fs";
import { chromium, type Page } from "playwright-core";
import { explorerFiles } from "./build.ts";
import { linkIn, type Link } from "./link.ts";
import { serve } from "./serve.ts";

export const BROWSER = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
/** What the title of a test says where it is skipped. */
export const WHERE = BROWSER === undefined ? ", which is not looked at: no Chromium is here" : "";
/** Milliseconds in which the page is built and a browser begins, also where others work. */
export const STARTS = 300_000;
/** Not at the root of a server: every address in the page is relative. */
const FOLDER = "tools/explorer/";

interface Opened {
  readonly page: Page;
  /** What the browser complains about, and whatever is asked of another server. */
  readonly problems: readonly string[];
}

export interface Browsing {
  readonly address: (hash: string) => string;
  readonly opened: (hash?: string, colorScheme?: "light" | "dark") => Promise<Opened>;
  readonly end: () => Promise<void>;
}

/** A server and a browser. */
export async function browsing(): Promise<Browsing> {
  const files = [...(await explorerFiles())].map(([name, content]) => [FOLDER + name, content] as const);
  const { server, address: root } = await serve(new Map(files), 0);
  const browser = await chromium.launch({ executablePath: BROWSER!, args: ["--no-sandbox"] });
  const address = (hash: string): string => `${root}${FOLDER}index.html${hash === "" ? "" : `#${hash}`}`;
  return {
    address,
    opened: async (hash = "", colorScheme = "light") => {
      const context = await browser.newContext({ colorScheme, viewport: { width: 1440, height: 900 } });
      const page = await context.newPage();
      page.setDefaultTimeout(120_000);
      const problems: string[] = [];
      page.on("console", (message) => problems.push(message.text()));
      page.on("pageerror", (error) => problems.push(String(error)));
      page.on("request", (request) => {
        if (!request.url().startsWith(root + FOLDER)) problems.push(request.url());
      });
      await page.goto(address(hash));
      await page.locator("#machine-chart svg").waitFor();
      return { page, problems };
    },
    end: async () => {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

export const text = async (page: Page, selector: string): Promise<string> =>
  (await page.locator(selector).textContent()) ?? "";
export const point = (page: Page): Promise<string> => text(page, "#point");

export function linkOf(page: Page): Link {
  const read = linkIn(new URL(page.url()).hash.slice(1));
  if (!read) throw new Error(`${page.url()} is no link.`);
  return read;
}

/** Takes the first of the possible steps, so many times. */
export async function take(page: Page, steps: number): Promise<void> {
  const before = linkOf(page).at;
  for (let k = 1; k <= steps; k++) {
    await page.locator("#possible button").first().click();
    await page.locator("#point", { hasText: `After step ${before + k} of` }).waitFor();
  }
}

/** Searches to the end, and says what the page says of it. */
export async function searched(page: Page) {
  await page.click("#search");
  await page.locator("#progress", { hasText: /^(?:Complete|Incomplete)/ }).waitFor();
  const verdicts = await page.locator("#properties li").evaluateAll((items) =>
    items.flatMap((item) => {
      const told = [...item.querySelectorAll("button, small")].map((one) => one.textContent ?? "");
      const words = told.find((one) => one.startsWith("all states: "));
      return words === undefined
        ? []
        : [[item.getAttribute("data-property")!, words.slice("all states: ".length)] as const];
    }),
  );
  return { words: await text(page, "#progress"), verdicts: Object.fromEntries(verdicts) };
}
