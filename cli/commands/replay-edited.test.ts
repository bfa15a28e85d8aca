import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { replay as replaySteps } from "../../checker/explore/paths/trace.ts";
import type { Json } from "../../checker/json.ts";
import type { TraceRecord } from "../../checker/run-record.ts";
import { possible } from "../../checker/simulation.ts";
import type { Action } from "../../checker/system.ts";
import { build } from "../../properties/build.ts";
import { regressionOf } from "../../scenarios/regression.ts";
import { engine } from "../engine.ts";
import { faultline, fresh, stored } from "../fake-run.ts";

/** The component that takes the first step. */
function componentOf([first]: TraceRecord["steps"]): string {
  if (first?.action.kind !== "event") throw new Error("begins with an event");
  return first.action.component;
}

/** A step that is possible after the last. */
function stepAfter(trace: TraceRecord): Action {
  const system = build(trace.model);
  const { final } = replaySteps(
    system,
    trace.steps.map(({ action }) => action),
  );
  return possible(system, final)[0]!;
}

describe("faultline replay of a file that was changed by hand, with the real engine", async () => {
  const kept = fileURLToPath(new URL("../../scenarios/regressions/GRP-3-807dde38.json", import.meta.url));
  const { trace } = JSON.parse((await faultline(["replay", kept, "--json"], engine)).out) as { trace: TraceRecord };
  const { model } = trace;
  const parameters = model.parameters as { readonly host: { readonly [knob: string]: Json } };
  const replay = (changes: Partial<TraceRecord["model"]>, more: Partial<TraceRecord> = {}) =>
    faultline(["replay", stored({ ...trace, ...more, model: { ...model, ...changes } })], engine);

  test("as it was written, it is taken", async () => {
    expect((await replay({})).code).toBe(1);
  });

  test("a knob that is newer than the file is no edit", async () => {
    const [knob = ""] = Object.keys(parameters.host).filter((field) => field !== "name");
    const { [knob]: _, ...host } = parameters.host;
    expect((await replay({ parameters: { ...parameters, host } })).code).toBe(1);
  });

  test.each<[string, Partial<TraceRecord["model"]>, RegExp]>([
    [
      "a system",
      { system: "zzzz" },
      /is not known here: "zzzz"\.\n {2}Expected one of \d+ names, such as .* \(faultline list systems\)/,
    ],
    ["a system, nearly", { system: "rcf" }, /is not known here: "rcf"\.\n {2}Nearest: .*rfc/],
    ["a system that is no name", { system: "__proto__" }, /is about a system that is not known here: "__proto__"\./],
    ["hardware", { hardware: "vdt" }, /is about hardware that is not known here: "vdt"\./],
    ["a host", { host: "nobody" }, /is about a design that is not known here: "nobody"\./],
    ["bounds", { bounds: "tiny" }, /is about bounds that are not known here: "tiny"\./],
    ["a knob", { set: { premapp: 1 } }, /is about a knob that is not known here: "premapp"\.\n {2}Nearest: premap/],
    ["a value", { set: { premap: 999 } }, /does not fit .*999 is no value of premap/],
    [
      "a parameter",
      { parameters: { ...parameters, bounds: { pages: 9 } } },
      /does not fit .*bounds\.pages .* the file says 9/,
    ],
  ])("%s that is another is 2", async (_name, changes, text) => {
    const { code, out: told, err } = await replay(changes);
    expect({ code, told }).toEqual({ code: 2, told: "" });
    expect(err).toMatch(text);
  });

  test("a value that was set is another model, though its fingerprint is the same", async () => {
    const { code, err } = await replay({ set: {} });
    expect(code).toBe(2);
    expect(err).toMatch(/the parameter \w+\.discardScope is .* now, the file says "none"\./);
  });

  test("a claim that there is not, or that the system does not make, is 2", async () => {
    const about = (id: string) => replay({}, { property: { ...trace.property, id } });
    for (const id of ["GRP-33", "LIV-999", "PRQ-0"]) {
      const { code, out, err } = await about(id);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toContain(`is about a claim of ${model.system} that is not known here: "${id}".`);
    }
    expect((await about("GRP-33")).err).toMatch(/Nearest: GRP-3/);
  });

  test.each<[string, (steps: TraceRecord["steps"]) => TraceRecord["steps"], RegExp]>([
    [
      "an event that the component never takes on its own",
      (steps) => [
        { ...steps[0]!, action: { kind: "event", component: componentOf(steps), event: { type: "forged" } } },
      ],
      /step 1 cannot happen: .*takes no such event on its own/,
    ],
    [
      "a message put into the hands of its receiver",
      (steps) => {
        const { to, message } = steps.flatMap(({ transfers }) => transfers).find(({ how }) => how !== "sent")!;
        return [...steps, { ...steps[0]!, action: { kind: "event", component: to, event: message } }];
      },
      /cannot happen: .*takes no such event on its own/,
    ],
    [
      "a field too many in an event",
      (steps) => {
        const { action } = steps[0]!;
        if (action.kind !== "event") throw new Error("begins with an event");
        return [{ ...steps[0]!, action: { ...action, event: { ...action.event, more: 1 } } }, ...steps.slice(1)];
      },
      /step 1 cannot happen/,
    ],
    [
      "a component that is none",
      (steps) => [{ ...steps[0]!, action: { kind: "event", component: "toString", event: { type: "x" } } }],
      /steps\[0\]: "toString" is none of its components/,
    ],
    [
      "a channel that is none",
      (steps) => [...steps, { ...steps[0]!, action: { kind: "deliver", channel: "nowhere" } }],
      /there is no channel "nowhere"/,
    ],
  ])("%s is 2", async (_, changed, text) => {
    const { code, out, err } = await replay({}, { steps: changed(trace.steps) });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(text);
    expect(err.split("\n").length).toBeLessThanOrEqual(4);
  });

  test("a regression is held to the same actions and claims", async () => {
    const regression = regressionOf(trace);
    const about = async (changes: Partial<typeof regression>) =>
      (await faultline(["replay", stored({ ...regression, ...changes })], engine)).err;
    const actions = [{ kind: "event", component: "toString", event: { type: "x" } } as const];
    expect(await about({ actions })).toMatch(/step 1 cannot happen: .*there is no component "toString"/);
    expect(await about({ loop: 0 })).toMatch(/is no leadsTo/);
  });

  test("steps after the end are told, and not saved", async () => {
    const steps = [...trace.steps, { action: stepAfter(trace), transfers: [], changes: [] }];
    const { code, out } = await replay({}, { steps });
    expect(code).toBe(1);
    expect(out).toContain(
      `Replayed ${trace.steps.length} steps: ${trace.property.id} is violated; not needed for that: the last 1 step of the file.`,
    );
    expect(out).not.toContain("no shorter path");
    const to = fresh();
    const saved = await faultline(["save", stored({ ...trace, steps }), "--to", to], engine);
    expect(saved.code).toBe(0);
    expect(saved.err).toContain("the last 1 step of the file");
    const [name = ""] = readdirSync(to);
    const { actions } = JSON.parse(readFileSync(join(to, name), "utf8")) as { actions: unknown[] };
    expect(actions.length).toBe(trace.steps.length);
  });

  test("what does not violate is not saved", async () => {
    const to = fresh();
    const { code, err } = await faultline(
      ["save", stored({ ...trace, steps: trace.steps.slice(0, -1) }), "--to", to],
      engine,
    );
    expect(code).toBe(2);
    expect(err).toContain(`${trace.property.id} is not violated on this path`);
    expect(existsSync(to)).toBe(false);
  });

  test("a cycle of a claim that has none, or a claim of another kind, is 2", async () => {
    expect((await replay({}, { loop: 1 })).err).toMatch(/only a leadsTo has one/);
    expect((await replay({}, { kind: "sometimes" })).err).toMatch(/the file says sometimes/);
  });

  test("a counterexample without steps shows nothing", async () => {
    const { code, err } = await replay({}, { steps: [] });
    expect(code).toBe(2);
    expect(err).toContain("is violated, but has no steps.");
  });

  test("a regression is read as closely", async () => {
    const { actions: _, ...cut } = regressionOf(trace);
    expect((await faultline(["replay", stored(cut)], engine)).err).toContain(
      "is not a sound faultline-regression/1: actions",
    );
    const other = { ...regressionOf(trace), model: { ...regressionOf(trace).model, system: "nope" } };
    expect((await faultline(["replay", stored(other)], engine)).code).toBe(2);
  });
});
