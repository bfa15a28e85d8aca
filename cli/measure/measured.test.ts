/** Numbers of the real systems: against closed forms, against each other, and against what was published. */
import { describe, expect, test } from "vitest";
import { costs } from "../../model/costs/costs.ts";
import { namedCounts, namedPieces, signsIn } from "../../model/costs/counts.ts";
import { ANY_HARDWARE, build, contradiction, defaultsOf, systemNames } from "../../properties/build.ts";
import type { MeasuredPoint, MeasureRecord } from "../../reports/measure.ts";
import { engine } from "../engine.ts";
import { faultline } from "../fake-run.ts";
import type { Progress } from "../ports.ts";
import { measured } from "./measured.ts";

async function points(args: string): Promise<readonly MeasuredPoint[]> {
  const { code, out } = await faultline(["measure", ...args.split(" "), "--json"], engine);
  expect(code).toBe(0);
  return (JSON.parse(out) as MeasureRecord).points;
}

const most = ({ counts }: MeasuredPoint): readonly unknown[] => counts.map((count) => count.most);

const LIMITED = "pin-limit --hardware smmu-stall --design rfc-v1 --set reclaim=direct --set slots=1 --method expected";

describe("bounds", () => {
  test("of RFC v1 are the same in two systems that share no machine of the fault path", async () => {
    const [focused] = await points("rfc --design rfc-v1 --count lookups --count locks");
    const [whole] = await points("stall-flat --design rfc-v1 --count lookups --count locks");
    expect(most(focused!)).toEqual([3, 5]);
    expect(most(whole!)).toEqual([3, 5]);
  });

  test("of RFC v3 have one look-up and one lock more, and no reference", async () => {
    const all = await points("rfc --design rfc-v2,rfc-v3 --count lookups --count locks --count references");
    expect(all.map(most)).toEqual([
      [3, 5, 1],
      [4, 6, 0],
    ]);
  });

  test("say what was counted, which is less in a focused model", async () => {
    const told = async (system: string) =>
      (await points(`${system} --count lookups`))[0]!.assumptions.find((one) => one.includes("counts here as lookups"));
    expect(await told("stall-flat --design rfc-v1")).toBe(
      "What counts here as lookups: arm_smmu_find_master(): the stream in a tree; vfio_find_dma(): the mapping in a tree; iommu_page_response(): the pending fault in a list (6.1).",
    );
    expect(await told("lru-limit")).toBe("What counts here as lookups: vfio_find_dma(): the mapping in a tree.");
    const [point] = await points("lru-limit --count lookups");
    expect(point!.assumptions).toContain(
      "What counts here as faults: a fault of a work item, with all pages that it lacks.",
    );
  });

  test("of evictions are those of the handler and of the reclaim thread, pages that are released", async () => {
    const all = await points(
      "pin-limit --hardware smmu-stall --design rfc-v1 --set pages=2 --set limit=1 --set slots=1 --sweep reclaim=none,direct,periodic --per access --count evictions --count release.starts",
    );
    expect(all.map(most)).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  test("have a message once that goes to several parts: iommu_map() of lru-limit, which its history sees too", async () => {
    const [point] = await points("lru-limit --set itemPages=1 --count walks --count translation.maps");
    expect(most(point!)).toEqual([2, 1]);
  });

  test("of two faults at once are not those of one, and say so", async () => {
    const [one, two] = await points("stall-flat --design rfc-v1 --sweep slots=1,2 --count lookups");
    expect([one!.counts[0], two!.counts[0]]).toMatchObject([
      { least: 3, most: 3 },
      { least: 0, most: 6 },
    ]);
    expect(one!.assumptions.join(" ")).not.toContain("while another is under way");
    expect(two!.assumptions.join(" ")).toContain("while another is under way");
  });

  test("that do not exist come with a run that goes round for ever", async () => {
    const [point] = await points("stall-flat --set slots=2 --count accesses");
    expect(point!.counts[0]).toMatchObject({ least: 0, most: "infinite" });
    const { circle } = point!.counts[0]!;
    expect(
      circle!.steps
        .slice(circle!.loop)
        .some(({ transfers }) => transfers.some(({ message }) => message.type === "access.retires")),
    ).toBe(true);
  });
});

describe("expected", () => {
  test("faults per access are one minus limit by working set, as for any eviction of equally likely pages", async () => {
    const all = await points(`${LIMITED} --set pages=3 --sweep limit=1,2,3 --count faults --count evictions`);
    for (const [k, { counts }] of all.entries())
      for (const { perPiece } of counts) expect(perPiece).toBeCloseTo(1 - (k + 1) / 3, 8);
    // Without faults, a device does nothing but access.
    expect(all[2]!.perSecond).toBeCloseTo(1e9 / costs.access.ns, 0);
    expect(all.every(({ residual }) => residual! < 1e-9)).toBe(true);
  });

  test("an access takes what it takes without a fault, plus its part of a fault", async () => {
    for (const { fault, perSecond, counts } of await points(
      `${LIMITED} --set pages=3 --sweep limit=1,2 --count faults`,
    )) {
      const told = costs.access.ns + counts[0]!.perPiece! * (fault!.mean as number);
      expect(1e9 / perSecond! / told).toBeCloseTo(1, 2);
    }
  });

  test("of a device that stops say so, and that there are none", async () => {
    const [stops] = await points(`${LIMITED.replace("reclaim=direct", "reclaim=none")} --set limit=1 --set pages=2`);
    expect(stops!.assumptions.join(" ")).toContain("With probability 1 it comes to a stop");
    expect(stops!.assumptions.join(" ")).toContain("no numbers per access");
    const [goesOn] = await points(`${LIMITED} --set limit=1 --set pages=2`);
    expect(goesOn!.assumptions.join(" ")).not.toMatch(/comes to a stop|no numbers per/);
  });

  test("a time that is wrong changes what rests on it: a fault that evicts takes nine steps of the handler", async () => {
    const handler = costs.handler.ns + 100;
    const [before] = await points(`${LIMITED} --set limit=1`);
    const [after] = await points(`${LIMITED} --set limit=1 --cost handler=${handler}`);
    expect((after!.fault!.mean as number) - (before!.fault!.mean as number)).toBeCloseTo(9 * 100, 3);
    expect(after!.perSecond!).toBeLessThan(before!.perSecond!);
    expect(after!.assumptions.join(" ")).toContain(`handler was given as ${handler} ns`);
  });

  test("a fault on the RFC's board takes what its author measured, within a tenth", async () => {
    // What an eviction adds is taken away: its steps, and two commands.
    const [point] = await points(`${LIMITED} --set limit=1`);
    const eviction = 2 * costs.handler.ns + 6 * costs.release.ns + 2 * costs.resume.ns;
    const fault = (point!.fault!.mean as number) - eviction;
    expect(fault / 10_500).toBeGreaterThan(0.9);
    expect(fault / 10_500).toBeLessThan(1.1);
  });
});

describe("Ctrl-C while numbers are taken from the graph", () => {
  const set = { reclaim: "direct", slots: 2, pages: 3 };
  const chosen = { system: "pin-limit", hardware: "smmu-stall", host: "rfc-v1", bounds: "small", set };
  const asked = { counts: ["locks", "evictions"], piece: "access", costs: {}, maxStates: 1e6 };

  test.each(["bounds", "expected"] as const)("%s: ends it, and without one the numbers are there", async (method) => {
    const control = new AbortController();
    const shares: number[] = [];
    const onProgress = (progress: Progress): undefined => {
      if (progress.kind !== "solving") return;
      shares.push(progress.share);
      control.abort(130);
    };
    expect(await measured(chosen, { method, ...asked }, { onProgress, signal: control.signal })).toBeUndefined();
    expect(shares).toHaveLength(1);
    const whole = await measured(
      chosen,
      { method, ...asked },
      {
        onProgress: (progress) => void (progress.kind === "solving" && shares.push(progress.share)),
        signal: new AbortController().signal,
      },
    );
    expect(whole?.point.counts).not.toHaveLength(0);
    expect(shares.length).toBeGreaterThan(2);
    for (const share of shares) expect(share >= 0 && share <= 1).toBe(true);
  });
});

test("every count has each of its messages in some system, and every piece is of counts that there are", () => {
  const built = systemNames.flatMap((system) =>
    [
      defaultsOf(system),
      { hardware: "smmu-stall", host: "rfc-v1" },
      { hardware: "smmu-stall", host: "rfc-v2" },
      ...(system === "policies" ? ["viommu", "coiommu"].map((host) => ({ hardware: ANY_HARDWARE, host })) : []),
    ].flatMap((chosen) => {
      // No design has it by default.
      const set = system === "lru-limit" ? { expires: "any-page" } : {};
      const request = { system, bounds: "small", set, ...chosen };
      return contradiction(request) === undefined ? [build(request)] : [];
    }),
  );
  for (const count of namedCounts) {
    const found = new Set(built.flatMap((system) => signsIn(system, count)));
    expect([count.name, count.signs.filter((sign) => !found.has(sign))]).toEqual([count.name, []]);
  }
  const names = namedCounts.map(({ name }) => name);
  for (const { begins = "faults", finished } of namedPieces)
    expect(names).toEqual(expect.arrayContaining([begins, finished]));
});
