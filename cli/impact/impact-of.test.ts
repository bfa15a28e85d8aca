/** What is looked up for a patch, and how it is told; each statement has a patch for which it is not made. */
import { describe, expect, test } from "vitest";
import { unknownIn } from "../../properties/build.ts";
import { impactText } from "../../reports/impact-text.ts";
import { COMMANDS, type ImpactRecord } from "../../reports/impact.ts";
import { scenarios } from "../../scenarios/questions/index.ts";
import { closeness } from "./named.ts";
import { nothingTouched } from "./nothing.ts";
import { statesOf } from "./states.ts";
import { changing, counted, firstLine, fixture, impactOfPatch, index, named } from "./test-records.ts";

describe("a patch to a function that a machine stands for", () => {
  const record = impactOfPatch(
    changing("drivers/vfio/vfio_iommu_type1.c", "static long vfio_unmap_unpin(struct vfio_iommu *iommu,"),
  );

  test("names the machine, its systems, and what they say", async () => {
    const { functions, machines } = await record;
    expect(functions).toMatchObject([{ name: "vfio_unmap_unpin", how: "changed", modelled: "said" }]);
    expect(functions[0]!.uses).toContainEqual(
      expect.objectContaining({ as: "machine", tree: "Linux 6.1.192 and 6.12.117" }),
    );
    expect(machines.map(({ file }) => file)).toContain("model/machines/linux/vfio/type1/page-release.ts");
    expect(machines.find(({ machine }) => machine === "page-release")!.systems).toContain("unmap-race");
    expect(firstLine(await record)).toBe("The function that the patch touches is modelled: vfio_unmap_unpin().");
  });

  test("says what is known to break in a run with the machine, and nothing of other machines", async () => {
    const { known, properties } = await record;
    expect(known.map(({ system, properties: ids }) => `${system} ${ids.join(" ")}`)).toContain("lru-limit LRU-7");
    const about = new Set([...properties.map(({ id }) => id), "DEADLOCK"]);
    expect(known.flatMap(({ properties: ids }) => ids).filter((id) => !about.has(id))).toEqual([]);
    expect(known.map(({ system }) => system)).not.toContain("table-entries");
  });

  test("offers commands that name what exists", async () => {
    const { commands } = await record;
    expect(commands.length).toBeGreaterThan(3);
    for (const { command } of commands) {
      const [, , verb, name = "", ...options] = command.split(" ");
      if (verb === "scenarios") expect(scenarios.map(({ id }) => id)).toContain(name);
      else {
        const after = (option: string): string | undefined => options[options.indexOf(option) + 1];
        const hardware = options.includes("--hardware") ? after("--hardware")! : "any";
        expect(
          unknownIn({ system: name, hardware, host: after("--design")!, bounds: after("--bounds")!, set: {} }),
        ).toBeUndefined();
      }
    }
  });
});

test("a patch that touches nothing of a machine says which file no machine models, and offers no command", async () => {
  const record = await impactOfPatch(
    changing("drivers/iommu/intel/perf.c", "void dmar_latency_update(struct intel_iommu *iommu,"),
  );
  expect(record.functions).toMatchObject([{ modelled: "no", uses: [] }]);
  expect(record).toMatchObject({ machines: [], known: [], properties: [], knobs: [], scenarios: [], commands: [] });
  const text = impactText(record);
  expect(text).toContain("The function that the patch touches is not modelled.");
  expect(text).toContain(
    "drivers/iommu/intel/perf.c: no machine models dmar_latency_update(); no machine models this file",
  );
});

test("a file of which machines model other functions is told in other words", async () => {
  const record = await impactOfPatch(
    changing("drivers/vfio/vfio_iommu_type1.c", "static int vfio_iommu_type1_get_info(struct vfio_iommu *iommu,"),
  );
  const text = impactText(record).replaceAll(/\n +/g, " ");
  expect(text).toMatch(
    /no machine models vfio_iommu_type1_get_info\(\); machines model \d+ other functions of this file: /,
  );
  expect(text).not.toContain("no machine models this file");
});

test("a function that another file has under the same name is not meant", async () => {
  const how = async (file: string, heading: string) => (await impactOfPatch(changing(file, heading))).functions[0]!;
  // No list has the file: a function of one folder has moved.
  expect(await how("drivers/iommu/iopf.c", "void iopf_group_response(struct iopf_group *group,")).toMatchObject({
    modelled: "said",
    readIn: "drivers/iommu/io-pgfault.c",
  });
  // Two files of one kernel define it, and machines mean one of them.
  const [name = "", other = ""] =
    [...index.functions.values()].flatMap(({ name: one, uses, definedIn }) => {
      const meant = uses.flatMap(({ origin }) => origin?.at ?? []).filter((at) => at.endsWith(".c"));
      const trees = definedIn.flatMap(({ file, tree }) => (meant.includes(file) ? [tree] : []));
      const own = definedIn.find(({ file, tree }) => !meant.includes(file) && trees.includes(tree));
      return meant.length > 0 && own?.file.endsWith(".c") ? [[one, own.file]] : [];
    })[0] ?? [];
  expect((await how(other, `static int ${name}(void)`)).modelled).not.toBe("said");
  // No list has the file, and it lies in another subsystem.
  const fault = "static void iommufd_auto_response_faults(void)";
  expect((await how("arch/x86/mm/fault.c", fault)).modelled).toBe("no");
  expect((await how("drivers/iommu/iommufd/fault.c", fault)).modelled).toBe("said");
});

test("what the report cites is told by its sentence", () => {
  const record = named("iommufd_fault_fops_read");
  const text = impactText(record).replaceAll(/\n +/g, " ");
  expect(record.sources["B14"]).toContain("a failed read delivered half a group");
  expect(text).toContain("(B14)");
  expect(text).toContain(`B14: ${record.sources["B14"]}`);
  // An id that only --json tells has no line.
  const told = impactText(record).split("\nWhat the ids say:\n");
  expect(told).toHaveLength(2);
  const ids = [...told[1]!.matchAll(/^ {2}([A-Z][\w-]*\d\w*): /gm)].map(([, id]) => id!);
  expect(ids.length).toBeGreaterThan(2);
  for (const id of ids) expect(told[0]).toMatch(new RegExp(`(?<![\\w-])${id}(?![\\w-])`));
  expect(impactText(named("dmar_latency_update"))).not.toContain("What the ids say");
});

describe("where one function is the subject", () => {
  const removal = named("iopf_queue_remove_device");
  const close = closeness(index, ["iopf_queue_remove_device"]);

  test("systems about it come first, and the cheapest of equally close ones", () => {
    expect(close("lifetimes")).toBeGreaterThan(close("teardown"));
    expect(close("stall-flat")).toBe(0);
    expect(removal.machines[0]!.systems).toContain("lifetimes");
    for (const { systems } of removal.machines)
      expect(systems).toEqual(systems.toSorted((a, b) => close(b) - close(a)));
    const commands = removal.commands.slice(0, COMMANDS);
    const at = (word: string): number => commands.findIndex(({ command }) => command.includes(word));
    expect(at("check lifetimes")).toBeGreaterThanOrEqual(0);
    expect(at("check lifetimes")).toBeLessThan(at("check teardown"));
    expect(commands.some(({ command }) => command.includes("stall-flat"))).toBe(false);
    expect(removal.known[0]!.system).toBe("lifetimes");
    const cost = ({ states, atLeast }: (typeof commands)[number]): number => states ?? atLeast! + 1;
    const record = counted("iopf_free_group", statesOf);
    const equal = record.commands.slice(0, COMMANDS).map(cost);
    expect(equal.length).toBeGreaterThan(3);
    expect(equal).toEqual(equal.toSorted((a, b) => a - b));
    expect(impactText(record)).toMatch(
      /of equally close ones the cheapest first:\n.*\n +(?:more than )?[\d ]+ states: /,
    );
    const uncounted = named("iopf_free_group");
    expect(uncounted.commands.map(({ command }) => command).toSorted()).toEqual(
      record.commands.map(({ command }) => command).toSorted(),
    );
    expect(uncounted.commands.every((one) => one.states === undefined && one.atLeast === undefined)).toBe(true);
    expect(impactText(uncounted)).not.toMatch(/\d states/);
  });

  test("questions and deliberate defects that set a knob of its machines are found, after those that name it", () => {
    const questions = removal.scenarios.map(({ id }) => id);
    expect(questions.slice(0, 3)).toContain("removal-frees-a-stack");
    const firstByKnob = removal.scenarios.findIndex(({ names }) => names.length === 0);
    expect(removal.scenarios.findLastIndex(({ names }) => names.length > 0)).toBeLessThan(firstByKnob);
    const byKnob = removal.scenarios.filter(({ names }) => names.length === 0);
    expect(byKnob.length).toBeGreaterThan(0);
    expect(byKnob.flatMap(({ knobs }) => (knobs.length === 0 ? ["none"] : []))).toEqual([]);
    expect(removal.defects.map(({ designs }) => designs[0])).toContain("partialsAtRemoval=kept");
    expect(removal.defects.every(({ names, knobs }) => names.length + knobs.length > 0)).toBe(true);
    // A machine of another file reads other knobs.
    const pinning = named("vfio_unmap_unpin");
    expect(pinning.defects.map(({ designs }) => designs[0])).not.toContain("partialsAtRemoval=kept");
    const told = impactText({ ...removal, scenarios: byKnob }).replaceAll(/\n +/g, " ");
    expect(told).toContain(`(sets ${byKnob[0]!.knobs.slice(0, 3).join(", ")}`);
  });
});

test("a knob that a system makes a rule of another name of is told, and one of an unconcerned machine is not", () => {
  const knobsOf = (name: string): readonly string[] => named(name).knobs.map((knob) => knob.name);
  const unmap = knobsOf("vfio_notify_dma_unmap");
  expect(unmap).toContain("deviceListLock");
  expect(unmap).not.toContain("hwptDetach");
  const answers = knobsOf("iommufd_auto_response_faults");
  expect(answers.slice(0, 6)).toEqual(expect.arrayContaining(["hwptDetach", "replaceAnswers"]));
  expect(answers).not.toContain("deviceListLock");
});

test("behind a label of C the function cannot be read off the hunk, and this is said", async () => {
  const text = impactText(await impactOfPatch(changing("drivers/iommu/intel/prq.c", "prq_advance:")));
  expect(text.split("\n")[0]).toBe(
    "The diff does not say which function it touches. Files: drivers/iommu/intel/prq.c.",
  );
  expect(text.replaceAll(/\n +/g, " ")).toContain(
    "1 changed line of a function that cannot be read off the diff: it shows the label prq_advance: in its place",
  );
  expect(text).not.toContain("diff -p");
  const plain = impactText(await impactOfPatch(changing("drivers/iommu/intel/prq.c", "")));
  expect(plain).toContain("(diff -p does)");
  expect(plain).not.toContain("label");
});

test("of each system the run of the file's own driver and of the newest release is offered", async () => {
  const designs = async (file: string, heading: string): Promise<readonly string[]> =>
    (await impactOfPatch(changing(file, heading))).commands.map(({ command }) => command);
  const intel = await designs("drivers/iommu/intel/prq.c", "static irqreturn_t prq_event_thread(int irq, void *d)");
  expect(intel.filter((one) => /-amd\b|-smmu|hardware (?:amd|smmu|riscv)/.test(one))).toEqual([]);
  expect(intel.find((one) => one.includes("check pri-control "))).toMatch(/--design linux-6\.12\.117 /);
  const amd = await designs("drivers/iommu/amd/ppr.c", "static void iommu_call_iopf_notifier(struct amd_iommu *iommu,");
  expect(amd.find((one) => one.includes("check pri-control "))).toContain("--design linux-6.12.117-amd ");
  const type1 = await designs(
    "drivers/vfio/vfio_iommu_type1.c",
    "static void vfio_notify_dma_unmap(struct vfio_iommu *i)",
  );
  expect(type1.find((one) => one.includes("check type1-unmap "))).toContain("--design linux-6.12.117 ");
});

test("where only calls are modelled, the machines are those of what is called, and mutexes count for nothing", async () => {
  const calling = await impactOfPatch(
    changing("drivers/iommu/intel/perf.c", "void dmar_latency_update(void)", "iopf_group_response(group, 0);"),
  );
  expect(calling.calls.map(({ name }) => name)).toEqual(["iopf_group_response"]);
  expect(calling.machines.length).toBeGreaterThan(0);
  expect(firstLine(calling)).toBe(
    "The function that the patch touches is not modelled. Machines model functions that it calls.",
  );
  const locking = await impactOfPatch(
    changing("drivers/iommu/intel/perf.c", "void dmar_latency_update(void)", "mutex_lock(&lock);"),
  );
  expect(locking.calls).toEqual([]);
});

test("an empty function of a header, and one that only the RFC has", async () => {
  const stub =
    "--- a/include/linux/iommu.h\n+++ b/include/linux/iommu.h\n@@ -1,1 +1,4 @@\n #else\n+static inline void iopf_group_response(struct iopf_group *group)\n+{\n+}\n";
  expect((await impactOfPatch(stub)).functions).toEqual([]);
  const rfc = await impactOfPatch(
    changing("drivers/vfio/vfio_iommu_type1.c", "static int vfio_iommu_type1_dma_map_iopf(void *data,"),
  );
  expect(rfc.functions).toMatchObject([{ name: "vfio_iommu_type1_dma_map_iopf", modelled: "said" }]);
  expect(rfc.functions[0]!.uses.map(({ tree }) => tree)).toContain("RFC v3 patch 2");
});

test("of many files that no machine models the first are named, and the others counted", async () => {
  const many = Array.from({ length: 25 }, (_, k) => changing(`drivers/iommu/example${k}.c`, `int example${k}(void)`));
  const text = impactText(
    await impactOfPatch([changing("drivers/vfio/vfio_iommu_type1.c", "int foo(void)"), ...many].join("")),
  );
  expect(text).toContain("\n6 more files without a touched function that a machine models: --json has all.\n");
  expect(text.indexOf("vfio_iommu_type1.c: no machine models foo()")).toBeLessThan(text.indexOf("example0.c"));
});

test("no line is wider than 100 characters, commands left out", async () => {
  const wide = (record: ImpactRecord): readonly string[] =>
    impactText(record)
      .split("\n")
      .filter((line) => line.length > 100 && !/^ +npx faultline /.test(line));
  for (const name of ["vfio_unmap_unpin", "iopf_queue_remove_device", "context_flip_pri"])
    expect(wide(named(name))).toEqual([]);
  const heading = "static int vfio_iommu_type1_get_info(struct vfio_iommu *iommu,";
  expect(wide(await impactOfPatch(changing("drivers/vfio/vfio_iommu_type1.c", heading)))).toEqual([]);
});

test("a series says what each mail is, and what touches nothing", async () => {
  const text = impactText(await fixture("series.mbox"));
  expect(text).toContain("[PATCH 0/2] vfio, iommu: two examples: a cover letter without a diff: it touches nothing");
  expect(text).toContain("[PATCH 1/2] vfio/type1: return what was unlocked: 2 files");
  expect(text.replaceAll(/\n +/g, " ")).toContain(
    "Re: [PATCH 1/2] vfio/type1: return what was unlocked: quotes a patch and has no diff of its own: it touches nothing",
  );
  for (const name of ["reply.eml", "cover-letter.patch"]) {
    const record = await fixture(name);
    expect(firstLine(record)).toBe("Nothing is touched: there is no diff here.");
    expect(nothingTouched(record.patches)).toEqual(record);
  }
});

test("a function that is named is looked up without a patch", () => {
  expect(firstLine(named("vfio_unmap_unpin"))).toBe("The function that you name is modelled: vfio_unmap_unpin().");
  expect(firstLine(named("vfio_unmap_unpin", "dmar_latency_update"))).toBe(
    "1 of the 2 functions that you name is modelled: vfio_unmap_unpin().",
  );
  expect(impactText(named("dmar_latency_update"))).toContain("no machine models it");
  // What names a function in its sentence comes with it, and not with another.
  const ids = (...names: readonly string[]) => named(...names).scenarios.map(({ id }) => id);
  expect(ids("vfio_dma_do_unmap")).toContain("unmap-reaches-its-bug-on");
  expect(ids("dmar_latency_update")).toEqual([]);
});
