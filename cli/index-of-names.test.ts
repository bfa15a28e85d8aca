/** The index finds what machines and sentences say of a kernel function, and every machine of the suite has its file. */
import { describe, expect, test } from "vitest";
import { nameSources } from "./machine-files.ts";
import { catalogue } from "../properties/catalogue/index.ts";
import { factsOf } from "../scenarios/names/facts.ts";
import { functionsNamedIn } from "../scenarios/names/functions-named.ts";
import { indexOfNames, propertiesAbout, scenariosAbout, scenariosOf } from "../scenarios/names/index-of-names.ts";

const index = indexOfNames(await nameSources());
const ofFile = (file: string) => index.machines.filter((machine) => machine.file?.endsWith(file));

describe("the index of names", () => {
  test("knows the file of every machine, and the systems and roles that it plays", () => {
    expect(index.machines.filter(({ file }) => file === undefined).map(({ id }) => id)).toEqual([]);
    expect(index.machines.length).toBeGreaterThan(150);
    const [release] = ofFile("type1/page-release.ts");
    expect(release?.uses.map(({ system }) => system)).toContain("unmap-race");
    expect(propertiesAbout(index, release!).length).toBeGreaterThan(0);
  });

  test("keeps machines of one id apart by their files", () => {
    const reporters = index.machines.filter(({ id }) => id === "reporter").map(({ file }) => file);
    expect(reporters).toEqual([
      "model/machines/linux/iommu/io-pgfault/6.1/reporter.ts",
      "model/machines/linux/iommu/io-pgfault/6.12/reporter.ts",
    ]);
  });

  test("finds what a machine says of a function: itself, and the message that another function is", () => {
    const unmap = index.functions.get("vfio_unmap_unpin")!;
    expect(unmap.definedIn.map(({ tree }) => tree)).toEqual(expect.arrayContaining(["6.1.192", "6.12.117"]));
    expect(unmap.uses[0]?.as).toBe("machine");
    expect(unmap.uses.flatMap(({ as, machine }) => (as === "machine" ? [machine.id] : []))).toContain("page-release");
    const unpin = index.functions.get("vfio_unpin_pages_remote")!;
    expect(unpin.uses).toContainEqual(
      expect.objectContaining({ as: "message", name: "host.unpins", text: "unpins page <page>" }),
    );
  });

  test("finds questions, properties and knobs whose sentences name a function", () => {
    const kinds = (name: string) => new Set(index.functions.get(name)!.mentions.map(({ kind }) => kind));
    expect([...kinds("vfio_unpin_pages")]).toEqual(expect.arrayContaining(["scenario", "defect"]));
    expect([...kinds("vfio_notify_dma_unmap")]).toEqual(expect.arrayContaining(["scenario", "property", "knob"]));
  });

  test("has a function that no machine models, and none that does not exist", () => {
    const listed = index.functions.get("amd_iommu_set_rlookup_table");
    expect(listed?.uses ?? []).toEqual([]);
    expect(index.functions.has("vfio_no_such_function")).toBe(false);
  });

  test("knows for each property where it is claimed, and for each system its questions", () => {
    // PRQ-4 needs a head that is written for each record, which no run of the suite has.
    expect(catalogue.filter(({ id }) => !index.claimedIn.has(id)).map(({ id }) => id)).toEqual(["PRQ-4"]);
    expect(scenariosOf("type1-unmap")[0]?.id).toBe("which-drivers-hang-unmap");
    expect(scenariosAbout("UNM-3").map(({ id }) => id)).toContain("unmap-and-close-in-a-circle");
  });

  test("knows who takes and who sends a message, and which components a system has", () => {
    expect(index.types.get("release.steps")?.steps.map(({ id }) => id)).toEqual(["page-release"]);
    expect(index.types.get("host.unpins")?.sentBy.map(({ id }) => id)).toContain("page-release");
    expect(index.components.get("slot0.0")?.map(({ system }) => system)).toContain("pri-flat");
    expect(index.roles.get("fault-param")?.properties.length).toBeGreaterThan(0);
  });
});

test("a text names functions with brackets, ioctls, and names that a list of symbols has", () => {
  expect(functionsNamedIn("As VFIO_IOMMU_UNMAP_DMA calls it, foo_bar() and vfio_unmap_unpin; is all() plain?")).toEqual(
    ["VFIO_IOMMU_UNMAP_DMA", "foo_bar", "vfio_unmap_unpin"],
  );
});

test("facts stand under their headings", () => {
  expect(
    factsOf("# Sources\n\n## Hardware facts\n\n### Knobs\n\n- K9: an answer.\n\n## VFIO facts\n\n- F1: a thing."),
  ).toEqual([
    { id: "K9", text: "an answer.", under: ["Hardware facts", "Knobs"] },
    { id: "F1", text: "a thing.", under: ["VFIO facts"] },
  ]);
});
