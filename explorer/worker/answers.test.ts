/** What the worker answers, asked without a browser. */
import { describe, expect, test } from "vitest";
import type { Ask, Asked, Asks, Path, PathView, ProgressView, SystemView, VerdictView } from "../protocol.ts";
import { Answers } from "./answers.ts";

/** A worker of the system; `heard`: what it told meanwhile. */
function worker(system: string) {
  const heard = { progress: [] as ProgressView[], found: [] as VerdictView[] };
  const answers = new Answers(system, {
    progress: (progress) => heard.progress.push(progress),
    found: (verdict) => heard.found.push(verdict),
    breath: () => new Promise((resolve) => setImmediate(resolve)),
  });
  let id = 0;
  const told = (ask: Ask, about: object) => answers.told({ id: id++, ask, about } as unknown as Asked);
  const ask = async <A extends Ask>(what: A, about: Asks[A]["ask"]): Promise<Asks[A]["answer"]> => {
    const answer = await told(what, about);
    if (answer.kind !== "answer") throw new Error(JSON.stringify(answer));
    return answer.answer as Asks[A]["answer"];
  };
  const refusal = async (what: Ask, about: object): Promise<string> => {
    const answer = await told(what, about);
    return answer.kind === "refusal" ? Object.values(answer.refusal).flat().join(" | ") : "";
  };
  const build = (options: Partial<Asks["build"]["ask"]["options"]> = {}): Promise<SystemView> =>
    ask("build", { options: { bounds: "small", set: [], ...options } });
  const at = (path: Path): Promise<PathView> => ask("path", { ...path, at: path.steps.length });
  return { heard, ask, refusal, build, at };
}

/** Takes the last of the possible steps, so many times. */
async function walked({ at }: ReturnType<typeof worker>, steps: number): Promise<number[]> {
  const path: number[] = [];
  while (path.length < steps) path.push((await at({ steps: path, watch: "" })).possible.at(-1)!.action);
  return path;
}

describe("a system", () => {
  test("has its own choices, with the values that are built", async () => {
    const { build } = worker("type1-unmap");
    const { designs, hardware, knobs, chosen, command } = await build({ set: ["devices=2"] });
    expect(hardware).toEqual([]);
    expect(designs.map(({ name }) => name)).toContain(chosen.design);
    expect(knobs.filter(({ isSet }) => isSet)).toMatchObject([{ name: "devices", value: 2 }]);
    expect(command).toContain("faultline check type1-unmap");
    expect(command).toContain("--set devices=2");
  });

  test("refuses a link that watches a property which it does not have, and goes on with what it had", async () => {
    const { ask, refusal, build, at } = worker("type1-unmap");
    const { properties } = await build();
    const options = { bounds: "small", set: [] };
    const said = await refusal("build", { options, watch: "UNN-3" });
    expect(said).toContain('there is no property "UNN-3" of type1-unmap with these choices. | one of ');
    expect(said).toContain("UNM-3");
    for (const { id } of properties) expect(await refusal("build", { options, watch: id })).toBe("");
    await refusal("build", { options: { bounds: "deep", set: [] }, watch: "UNN-3" });
    const [first] = (await at({ steps: [], watch: "" })).possible;
    expect((await ask("export", { steps: [first!.action], watch: "" })).text).toContain("bounds small");
  });

  test.each([
    [{ design: "linx-6.1.192" }, 'there is no design "linx-6.1.192"', "linux-6.1.192"],
    [{ hardware: "vtd" }, "type1-unmap cannot be built with hardware vtd", "cut out above the hardware"],
    [{ set: ["devices=many"] }, '"many" is no value of devices', "expected a whole number from"],
    [{ set: ["devices"] }, '--set cannot be "devices"', "knob=value"],
    [{ bounds: "smal" }, 'there are no bounds "smal"', "small"],
  ])("refuses %j as the command line does", async (options, ...words) => {
    const { refusal } = worker("type1-unmap");
    const said = await refusal("build", { options: { set: [], ...options } });
    for (const word of words) expect(said).toContain(word);
  });

  test("says what replaces what was chosen, and refuses the path of another model", async () => {
    const { build, refusal } = worker("unmap-race");
    const { notes, fingerprint } = await build({ hardware: "vtd" });
    expect(notes.join("\n")).toContain("a limit of one page keeps the pins bounded");
    const options = { bounds: "small", set: [] };
    expect(await refusal("build", { options, fingerprint: "0000000000000" })).toBe(
      `the model's fingerprint is ${fingerprint} now, the link was written for 0000000000000. | `,
    );
    expect(await refusal("build", { options, fingerprint })).toBe("");
  });
});

describe("a path", () => {
  test("is drawn step by step, and says what can follow", async () => {
    const one = worker("pri-overflow");
    await one.build();
    const steps = await walked(one, 14);
    const { chart, possible, judged, actors } = await one.at({ steps, watch: "" });
    // Nobody watches what would matter: no step is folded.
    expect(chart.match(/<li class="step"/g)).toHaveLength(14);
    expect(chart).not.toContain("<details");
    expect(actors).toHaveLength(14);
    expect(possible.length).toBeGreaterThan(0);
    expect(judged.length).toBeGreaterThan(0);
    for (const { at } of judged) expect(at).toBeLessThanOrEqual(14);
  });

  test("is the same whatever path was looked at before", async () => {
    const one = worker("stalls");
    await one.build();
    const steps = await walked(one, 6);
    const first = await one.at({ steps, watch: "" });
    await one.at({ steps: steps.slice(0, 2), watch: "" });
    expect(await one.at({ steps, watch: "" })).toEqual(first);
    const other = worker("stalls");
    await other.build();
    expect(await other.at({ steps, watch: "" })).toEqual(first);
  });

  test("of a step that cannot happen, or of a number that is none, is refused", async () => {
    const { build, refusal } = worker("stalls");
    await build();
    expect(await refusal("path", { steps: [0, 0, 0], at: 0, watch: "" })).toMatch(/^Step \d .* cannot happen here: /);
    expect(await refusal("path", { steps: [9999], at: 0, watch: "" })).toMatch(
      /number 9999, and the system has \d+ act/,
    );
  });

  test("goes along to other choices as far as its steps exist and can be taken", async () => {
    const one = worker("pri-overflow");
    await one.build({ bounds: "deep" });
    const steps = await walked(one, 6);
    const texts = await one.ask("texts", { steps });
    await one.build({ bounds: "deep", set: ["ovfLastResponse=none"] });
    expect(await one.ask("carry", { steps: texts })).toEqual({ steps });
    await one.build({ bounds: "deep", set: ["devices=1"] });
    const { steps: kept, because } = await one.ask("carry", { steps: texts });
    const firstOfOther = texts.findIndex((text) => /[a-z]1[".]/.test(text));
    expect(firstOfOther).toBeGreaterThanOrEqual(0);
    expect(kept).toHaveLength(firstOfOther);
    expect(because).toBe("no such step exists here");
  });

  test("that ends where a goal is not reached yet is no violation of what can still be", async () => {
    const one = worker("type1-unmap");
    const { properties } = await one.build({ design: "linux-6.1.192" });
    const steps = await walked(one, 3);
    const ofFuture = properties.filter(({ kind }) => kind === "canAlways" || kind === "leadsTo");
    expect(ofFuture.length).toBeGreaterThan(2);
    for (const { id } of ofFuture) {
      const { sentences, chart } = await one.at({ steps, watch: id });
      expect(sentences.join()).toContain(id);
      expect(sentences.join() + chart).not.toMatch(/is violated (after|here|by)|can never be reached/);
    }
  });

  test("without a step shows no violation that nobody found", async () => {
    const one = worker("type1-unmap");
    const { properties } = await one.build({ design: "linux-6.1.192" });
    expect((await one.at({ steps: [], watch: "" })).sentences).toEqual([]);
    for (const { id, kind } of properties) {
      const { sentences } = await one.at({ steps: [], watch: id });
      const words = { always: "is not violated", sometimes: "is not witnessed" }[kind as string] ?? "was not evaluated";
      if (id === "DEADLOCK") expect(sentences).toEqual([]);
      else expect(sentences).toEqual([expect.stringContaining(`) ${words} in the initial state: `)]);
    }
  });
});

describe("a search", () => {
  test("tells violations while it runs, and each of its paths shows what it is said to show", async () => {
    const one = worker("type1-unmap");
    await one.build({ design: "linux-6.1.192" });
    const { verdicts, states, transitions } = await one.ask("search", { stopsAtFirst: false });
    expect(one.heard.found).toMatchObject([{ id: "DEADLOCK", kind: "violated" }]);
    expect(one.heard.progress.at(-1)).toMatchObject({ states, transitions, waiting: 0, isJudging: true });
    const shown = verdicts.filter(({ path }) => path);
    expect(new Set(shown.map(({ kind }) => kind))).toEqual(new Set(["violated", "witnessed"]));
    for (const { id, kind, path } of shown) {
      const { sentences, judged } = await one.at(path!);
      expect([id, sentences[0]]).toEqual([id, expect.stringContaining(`is ${kind}`)]);
      if (kind === "witnessed") expect(judged).toContainEqual({ id, kind, at: path!.steps.length });
    }
  });

  test("ends at the first violation where that is wanted", async () => {
    const one = worker("type1-unmap");
    await one.build({ design: "linux-6.1.192" });
    const { words } = await one.ask("search", { stopsAtFirst: true });
    expect(words).toContain("stopped at the first violation");
  });

  test("can be stopped, and says what it knows then", async () => {
    const one = worker("pri-overflow");
    await one.build({ bounds: "default" });
    const search = one.ask("search", { stopsAtFirst: false });
    // It has begun: the next answer comes between two slices.
    expect(await one.ask("stop", {})).toBe(true);
    const { words, verdicts } = await search;
    expect(words).toContain("Incomplete (interrupted)");
    expect(verdicts.map(({ kind }) => kind)).not.toContain("holds");
    expect(await one.ask("stop", {})).toBe(false);
  });

  test("ends when other choices are built, and nothing of it is told after that", async () => {
    const one = worker("pri-overflow");
    await one.build({ bounds: "deep" });
    const search = one.ask("search", { stopsAtFirst: false });
    while (one.heard.progress.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await one.build();
    const told = one.heard.found.length;
    expect((await search).words).toMatch(/^Incomplete \(interrupted\)/);
    expect(one.heard.found).toHaveLength(told);
  });
});

test("a path is a chart for a mail, and a file that is opened again where a property is watched", async () => {
  const one = worker("type1-unmap");
  await one.build({ design: "linux-6.1.192" });
  const { verdicts } = await one.ask("search", { stopsAtFirst: false });
  const { path } = verdicts.find(({ id }) => id === "UNM-3")!;
  const { text, file } = await one.ask("export", path!);
  expect(text).toContain("UNM-3");
  expect(text).toContain("In short: ");
  expect(text.split("\n").filter((line) => line.length > 78)).toEqual([]);
  const again = await worker("type1-unmap").ask("open", { name: file!.name, text: file!.content });
  expect(again.path).toEqual(path);
  for (const { id, path: shown } of verdicts) {
    if (!shown) continue;
    const kept = (await one.ask("export", shown)).file!;
    expect((await one.ask("open", { name: kept.name, text: kept.content })).path, id).toEqual(shown);
  }
  const byHand = await one.ask("export", { steps: path!.steps, watch: "" });
  expect(byHand.text).toContain("Steps that were taken by hand.");
  expect(byHand.text).not.toContain("evaluated");
  expect(byHand.file).toBeUndefined();
});

test.each(['{"schema":"faultline-runs/2"}', '{"schema":"faultline-impact/2"}', "{}"])(
  "%s is refused with what can be opened",
  async (text) => {
    const said = await worker("stalls").refusal("open", { name: "mine.json", text });
    expect(said).toMatch(/^"mine\.json" .*\. \| a counterexample, a regression, or what faultline impact --json/);
  },
);

test("a machine is where the path left it", async () => {
  const one = worker("stalls");
  const { components } = await one.build();
  const steps = await walked(one, 4);
  const { actors } = await one.at({ steps, watch: "" });
  const view = await one.ask("machine", { steps, watch: "", at: 4, component: actors[3]! });
  const before = await one.ask("machine", { steps, watch: "", at: 0, component: actors[3]! });
  expect(components.map(({ name }) => name)).toContain(view.component);
  expect(before.nodes.filter(({ isCurrent }) => isCurrent)).toEqual(before.nodes.filter(({ isInitial }) => isInitial));
  expect(view.nodes.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
  const ids = new Set(view.nodes.map(({ id }) => id));
  for (const { from, to, events } of view.edges) {
    expect(ids).toContain(from);
    expect(ids).toContain(to);
    expect(events.length).toBeGreaterThan(0);
  }
});
