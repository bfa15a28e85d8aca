/** The explorer in a browser, where there is one: what can be done in the page. */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BROWSER, browsing, STARTS, WHERE, linkOf, point, searched, take, text, type Browsing } from "./browsing.ts";
import { hashOf } from "./link.ts";
import { faultline } from "../fake-run.ts";
import type { ImpactRecord } from "../../reports/impact.ts";
import type { Page } from "playwright-core";

let browser: Browsing;
beforeAll(async () => {
  if (BROWSER) browser = await browsing();
}, STARTS);
afterAll(() => browser?.end());

describe.skipIf(BROWSER === undefined)(`the explorer in a browser${WHERE}`, () => {
  test("steps are taken, undone and taken otherwise, and the address goes along", async () => {
    const { page, problems } = await browser.opened("system=stalls&bounds=small");
    await take(page, 4);
    const { steps } = linkOf(page).path;
    expect(steps).toHaveLength(4);
    expect(await page.locator("#chart li.step").count()).toBe(4);
    await page.keyboard.press("u");
    await page.locator("#point", { hasText: "After step 3 of 3" }).waitFor();
    await page.keyboard.press("r");
    await page.locator("#point", { hasText: "After step 4 of 4" }).waitFor();
    expect(linkOf(page).path.steps).toEqual(steps);
    await page.keyboard.press("Home");
    await page.locator("#point", { hasText: "After step 0 of 4" }).waitFor();
    expect(await page.locator("#what-if").isVisible()).toBe(true);
    expect(await page.locator("#possible .next").getAttribute("data-action")).toBe(String(steps[0]));
    const other = page.locator("#possible button:not(.next)").first();
    const action = Number(await other.getAttribute("data-action"));
    await other.click();
    await page.locator("#point", { hasText: "After step 1 of 1" }).waitFor();
    expect(linkOf(page).path.steps).toEqual([action]);
    await page.keyboard.press("u");
    await page.locator("#point", { hasText: "After step 0 of 4" }).waitFor();
    expect(linkOf(page).path.steps).toEqual(steps);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a link shows the same path, with its values and the state of each machine", async () => {
    const { page } = await browser.opened("system=type1-unmap&design=linux-6.12.117&bounds=small");
    await take(page, 5);
    const [name] = (await page.locator("#properties li").first().getAttribute("data-property"))!.split(" ");
    await page.locator(`[aria-label="Watch ${name}"]`).click();
    await page.locator(`[aria-label="Unwatch ${name}"]`).waitFor();
    await page.keyboard.press("k");
    await page.locator("#point", { hasText: "After step 4 of 5" }).waitFor();
    await page.locator("#machine-chart .current").waitFor();
    const seen = async (one: Page) => [
      await point(one),
      await text(one, "#chart"),
      await text(one, "#possible"),
      await text(one, "#judged"),
      await text(one, "#machine-says"),
    ];
    const { page: again, problems } = await browser.opened(new URL(page.url()).hash.slice(1));
    expect(await seen(again)).toEqual(await seen(page));
    expect(await text(again, "#chart li.on .detail")).toContain(`What ${name} compares after this step`);
    expect(problems).toEqual([]);
    await page.context().close();
    await again.context().close();
  });

  test.each([
    ["system=stals", 'there is no system "stals".', "Nearest: stalls"],
    ["system=stalls&design=hmm", 'there is no design "hmm"', "Expected one of"],
    ["system=stalls&set=swapPth=x", 'there is no knob "swapPth"', "swapPath"],
    ["system=pri-flat&bounds=small&set=ats=off", "pri-flat cannot be built with knob ats: page requests need ATS", ""],
    [
      "system=stalls&bounds=small&model=0123456789abc&steps=0",
      "the model's fingerprint is ",
      "the link was written for 0123456789abc",
    ],
    ["system=stalls&steps=0", "does not say of which model", ""],
    ["system=stalls&wacth=x", 'there is no field "wacth" in a link.', "Nearest: watch"],
    ["system=stalls&bounds=small&watch=STL-99", 'there is no property "STL-99" of stalls', "Expected one of"],
    ["system=stalls&bounds=small&at=1&loop=0", 'at= in the link cannot be "1".', "Expected 0: the link has no steps."],
  ])("%s is refused with the reason, and the page works", async (hash, message, more) => {
    const { page, problems } = await browser.opened(hash);
    expect(await text(page, "#error")).toContain(message);
    expect(await text(page, "#error")).toContain(more);
    await take(page, 1);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a link whose step cannot happen says which, and why", async () => {
    const { page } = await browser.opened("system=stalls&bounds=small");
    await take(page, 2);
    const { path, ...link } = linkOf(page);
    await page.goto(
      browser.address(
        hashOf({ ...link, at: 3, path: { ...path, steps: [path.steps[0]!, path.steps[0]!, path.steps[0]!] } }),
      ),
    );
    await page.locator("#error", { hasText: /./ }).waitFor();
    expect(await text(page, "#error")).toMatch(/^Step [23] .*cannot happen here: /);
    await page.context().close();
  });

  test("another value of a knob keeps the path as far as it can be taken, and says where it ends", async () => {
    const { page, problems } = await browser.opened("system=pri-overflow&bounds=small");
    await take(page, 3);
    await page.locator("#knobs-title").click();
    await page.selectOption("#knob-ovfLastResponse", "none");
    await page.locator("#knobs .set").waitFor();
    await page.waitForURL(/ovfLastResponse/);
    expect(linkOf(page)).toMatchObject({ options: { set: ["ovfLastResponse=none"] }, path: { steps: { length: 3 } } });
    // A path whose last steps are of the second device: with one device they do not exist.
    await page.selectOption("#knob-ats", "off");
    await page.locator("#error", { hasText: "page requests need ATS" }).waitFor();
    expect(await page.inputValue("#knob-ats")).not.toBe("off");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("the first violation is shown as soon as it is found, and its steps can be gone through", async () => {
    const { page, problems } = await browser.opened("system=type1-unmap&design=linux-6.1.192&bounds=small");
    await searched(page);
    const { path, at } = linkOf(page);
    expect(path.watch).toBe("DEADLOCK");
    expect(path.steps).toHaveLength(at);
    expect(await text(page, "#chart .end")).toContain("no step is possible here");
    expect(await text(page, "#possible")).toContain("No step is possible here.");
    expect(await text(page, "#sentences")).toContain("DEADLOCK is violated after step");
    await page.locator('[data-property="UNM-3"] button.violated').click();
    await page.locator("#sentences", { hasText: "UNM-3" }).waitFor();
    expect(linkOf(page).path.watch).toBe("UNM-3");
    await page.locator("#text-field summary").click();
    await page.locator("#text", { hasText: "UNM-3 (no-task-in-d-state-forever) is violated" }).waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
    expect(download.suggestedFilename()).toMatch(/^UNM-3-[0-9a-f]{8}\.json$/);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a search can be stopped, and a second time at once", async () => {
    const { page, problems } = await browser.opened("system=pri-overflow&bounds=deep");
    await page.click("#search");
    await page.locator("#progress", { hasText: /Searching: [\d ]+ states/ }).waitFor();
    await take(page, 1);
    await page.click("#stop");
    await page.locator("#progress", { hasText: "Incomplete (interrupted)" }).waitFor();
    await page.click("#search");
    await page.locator("#progress", { hasText: /Searching: [\d ]+ states/ }).waitFor();
    // Both at once: the worker has no time to hear the first.
    await page.evaluate('document.getElementById("stop").click(); document.getElementById("stop").click()');
    await page.locator("#error", { hasText: "The worker was ended, and with it the search." }).waitFor();
    await page.locator("#progress", { hasText: "Every state within the bounds" }).waitFor();
    await take(page, 1);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a search ends with the choices that it is of, and says nothing of others", async () => {
    const { page, problems } = await browser.opened("system=pri-overflow&bounds=deep");
    await page.click("#search");
    await page.locator("#progress", { hasText: /Searching: [\d ]+ states/ }).waitFor();
    await page.locator("#knobs-title").click();
    await page.selectOption("#knob-ovfLastResponse", "none");
    await page.locator("#knobs .set").waitFor();
    expect(await page.isDisabled("#stop")).toBe(true);
    expect(await page.isDisabled("#search")).toBe(false);
    // What the worker had still to say of the former search comes before this answer.
    await take(page, 1);
    expect(await text(page, "#progress")).toContain("Every state within the bounds");
    expect(await text(page, "#properties")).not.toContain("all states: ");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("of systems that are chosen one after the other the last one is shown", async () => {
    const { page, problems } = await browser.opened();
    // Another worker for each; the first of them answers when the last one has been asked for.
    await page.evaluate(`for (const name of ["pri-overflow", "iommufd", "stalls"]) {
      const select = document.getElementById("system");
      select.value = name;
      select.dispatchEvent(new Event("change"));
    }`);
    await page.waitForURL(/#system=stalls&/);
    await page.waitForTimeout(3000);
    expect(linkOf(page).system).toBe("stalls");
    expect(await page.inputValue("#system")).toBe("stalls");
    expect(await text(page, "#about")).toContain("faultline check stalls");
    await take(page, 1);
    expect(await page.isVisible("#busy")).toBe(false);
    expect(await text(page, "#error")).toBe("");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a file is opened in the system that it names; what is none is refused as on the command line", async () => {
    const { page, problems } = await browser.opened();
    await page.locator("#file").setInputFiles("scenarios/regressions/GRP-3-807dde38.json");
    await page.locator("#sentences", { hasText: "GRP-3 (partial-fault-has-group) is violated after step" }).waitFor();
    expect(linkOf(page)).toMatchObject({ system: "pri-overflow", path: { watch: "GRP-3" } });
    const file = (content: string) => ({
      name: "mine.json",
      mimeType: "application/json",
      buffer: Buffer.from(content),
    });
    await page.locator("#file").setInputFiles(file("{"));
    await page.locator("#error", { hasText: '"mine.json" is not JSON' }).waitFor();
    await page.locator("#file").setInputFiles(file('{"schema":"faultline-trace/1"}'));
    await page.locator("#error", { hasText: '"mine.json" is not a sound faultline-trace/1' }).waitFor();
    await page.locator("#file").setInputFiles(file('{"model":{"system":"stals"}}'));
    await page.locator("#error", { hasText: 'there is no system "stals"' }).waitFor();
    expect(linkOf(page).path.watch).toBe("GRP-3");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("what a patch touches is listed, and the runs that look there can be opened", async () => {
    const { out } = await faultline(["impact", "--function", "vfio_unmap_unpin", "--json"]);
    const { commands } = JSON.parse(out) as ImpactRecord;
    const at = commands.findIndex(({ runs: [run] }) => run!.system === "unmap-race");
    const { page, problems } = await browser.opened();
    const file = (buffer: Buffer) => ({ name: "impact.json", mimeType: "application/json", buffer });
    await page.locator("#file").setInputFiles(file(Buffer.from(out)));
    expect(await text(page, "#impact ul > li")).toMatch(/^vfio_unmap_unpin\(\) .*page-release/);
    expect(await page.locator("#impact ol > li").count()).toBe(commands.length);
    const said = `The patch touches 1 function; ${commands.length} commands look there.`;
    await page.getByText(said).waitFor();
    await page
      .locator(`#impact ol > li:nth-child(${at + 1}) button`)
      .first()
      .click();
    await page.locator("#chart .end").waitFor();
    const { system, ...options } = commands[at]!.runs[0]!;
    expect(linkOf(page)).toMatchObject({ system, options });
    expect(linkOf(page).path.steps.length).toBeGreaterThan(2);
    await page.locator("#file").setInputFiles(file(Buffer.from('{"schema":"faultline-impact/1"}')));
    await page.locator("#error", { hasText: "is not what this version of faultline impact --json writes" }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("each regression of the project is a link to its path", async () => {
    const { page, problems } = await browser.opened();
    const files = readdirSync("scenarios/regressions").filter((name) => name.endsWith(".json"));
    expect(await page.locator("#regressions a").count()).toBe(files.length);
    await page.locator("#regressions-field summary").click();
    await page.locator("#regressions li", { hasText: "GRP-3" }).locator("a").click();
    await page.locator("#sentences", { hasText: "GRP-3 (partial-fault-has-group) is violated after step" }).waitFor();
    expect(linkOf(page)).toMatchObject({ system: "pri-overflow", path: { watch: "GRP-3" } });
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a question is asked, and its run shows the path", async () => {
    const { page, problems } = await browser.opened();
    await page.locator("#questions-field summary").first().click();
    await page.fill("#words", "unmap close circle");
    const item = page.locator("#questions li").first();
    await item.locator("summary").click();
    await item.locator("button").first().click();
    await page.locator("#progress", { hasText: "Complete" }).waitFor();
    await page.locator("#chart .end").waitFor();
    expect(linkOf(page).path.steps.length).toBeGreaterThan(2);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a lane that is hidden stays hidden along the path, and its steps are still there", async () => {
    const { page, problems } = await browser.opened("system=pri-overflow&bounds=small");
    await take(page, 4);
    await page.locator("#lanes-field summary").click();
    const marks = page.locator('#chart [data-of~="slot0.0"]:visible');
    expect(await marks.count()).toBeGreaterThan(3);
    await page.locator('[data-lane="slot0.0"]').uncheck();
    expect(await marks.count()).toBe(0);
    await take(page, 1);
    expect(await page.locator('[data-lane="slot0.0"]').isChecked()).toBe(false);
    expect(await marks.count()).toBe(0);
    expect(await page.locator("#chart li.step:visible").count()).toBe(5);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("the state chart lights the state that the component is in", async () => {
    const { page } = await browser.opened("system=stalls&bounds=small");
    const states = new Set<string>();
    for (let k = 0; k < 4; k++) {
      await take(page, 1);
      await page.locator("#machine-says", { hasText: /\.\s*Now in / }).waitFor();
      const current = await page.locator("#machine-chart .current").first().getAttribute("data-state");
      const [, now = ""] = /Now in ([^:.,]+)/.exec(await text(page, "#machine-says")) ?? [];
      expect(current).toBe(now);
      states.add(current!);
    }
    expect(states.size).toBeGreaterThan(1);
    await page.context().close();
  });
});
