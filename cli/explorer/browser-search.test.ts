/** The explorer in a browser, where there is one: its searches say what the command line says, and everybody can read them. */
import axe from "axe-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verdictWords } from "../../reports/words.ts";
import { engine } from "../engine.ts";
import type { RunRequest } from "../ports.ts";
import { BROWSER, browsing, STARTS, WHERE, searched, take, type Browsing } from "./browsing.ts";
import { hashOf, optionsOf } from "./link.ts";

let browser: Browsing;
beforeAll(async () => {
  if (BROWSER) browser = await browsing();
}, STARTS);
afterAll(() => browser?.end());

const runOf = (system: string, options: { readonly [name: string]: string } = {}, set = {}): RunRequest =>
  engine.runs({ systems: [system], bounds: "small", set, ...options })[0]!;

describe.skipIf(BROWSER === undefined)(`the explorer in a browser${WHERE}`, () => {
  test.each([
    runOf("type1-unmap"),
    runOf("type1-unmap", { host: "linux-6.12.117" }),
    runOf("stalls"),
    runOf("pri-overflow", {}, { ovfLastResponse: "none" }),
    runOf("mmu-notifier", { host: "hmm" }),
    runOf("iommufd"),
    runOf("fault-object"),
  ])("$system $host says what `check` says: states, transitions, verdicts", async (run) => {
    const watch = { onProgress: () => undefined, signal: new AbortController().signal };
    const { search, properties } = await engine.check(run, { stopAt: "never" }, watch);
    const { page, problems } = await browser.opened(
      hashOf({ system: run.system, options: optionsOf(run), path: { steps: [], watch: "" }, at: 0 }),
    );
    const { words, verdicts } = await searched(page);
    const numbers = [search.orbits ?? search.states, search.orbitTransitions ?? search.transitions];
    expect(
      words.match(/[\d ]+(?= reachable states?| transitions?)/g)?.map((number) => Number(number.replaceAll(" ", ""))),
    ).toEqual(numbers);
    expect(verdicts).toEqual(Object.fromEntries(properties.map(({ id, verdict }) => [id, verdictWords(verdict)])));
    expect(Object.keys(verdicts).length).toBeGreaterThan(3);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("back and forward lead from link to link, with their paths, and so does a reload", async () => {
    const { page, problems } = await browser.opened("system=stalls&bounds=small");
    await take(page, 2);
    const { href } = new URL(page.url());
    const isBuilt = (system: string) =>
      page.locator("#about", { hasText: `faultline check ${system}` }).waitFor({ state: "attached" });
    await page.evaluate("location.hash = 'system=type1-unmap&bounds=small'");
    await isBuilt("type1-unmap");
    await page.goBack();
    await isBuilt("stalls");
    await page.locator("#point", { hasText: "After step 2 of 2" }).waitFor();
    expect(page.url()).toBe(href);
    await page.goForward();
    await isBuilt("type1-unmap");
    await page.goBack();
    await isBuilt("stalls");
    await page.reload();
    await page.locator("#point", { hasText: "After step 2 of 2" }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("on a narrow screen nothing reaches beyond the page, and on paper nothing covers what follows", async () => {
    const { page, problems } = await browser.opened("system=type1-unmap&bounds=small");
    await take(page, 4);
    const count = async (expression: string): Promise<number> => Number(await page.evaluate(expression));
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await count("document.documentElement.scrollWidth")).toBe(360);
    await page.setViewportSize({ width: 1040, height: 720 });
    await page.emulateMedia({ media: "print" });
    const chart = "document.getElementById('chart')";
    // Higher than on the screen, where the rest is scrolled.
    expect(await count(`${chart}.scrollHeight`)).toBeGreaterThan(0.55 * 720);
    expect(await count(`${chart}.scrollHeight - ${chart}.clientHeight`)).toBe(0);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test.each(["light", "dark"] as const)("axe finds nothing in the %s theme", async (scheme) => {
    const { page } = await browser.opened("system=type1-unmap&bounds=small", scheme);
    await searched(page);
    await page.locator("#knobs-title").click();
    await page.locator("#questions-field summary").first().click();
    await page.locator("#questions li").first().waitFor();
    // The policy of the page admits no other script: the driver runs it outside of the page's world.
    const violations = async (): Promise<readonly string[]> => {
      const session = await page.context().newCDPSession(page);
      const evaluate = async (expression: string): Promise<unknown> =>
        (await session.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true })).result.value;
      await evaluate(axe.source);
      return JSON.parse(
        String(
          await evaluate(
            "axe.run().then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))) ",
          ),
        ),
      ) as readonly string[];
    };
    expect(await violations()).toEqual([]);
    // It can fail.
    await page.evaluate('document.documentElement.removeAttribute("lang")');
    expect((await violations()).join()).toContain("html-has-lang");
    await page.context().close();
  });
});
