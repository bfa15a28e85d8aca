/** The runs of pri-overflow that are compared with the twin, and the two programs that count each. */
import { fileURLToPath } from "node:url";
import type { Request } from "../../properties/build.ts";
import type { Contest, Entrant } from "../contest.ts";
import { countedBySpin, verifierOf } from "../spin.ts";
import { countedByUs, script } from "../tools.ts";
import { settingsOf } from "./settings.ts";

const twinRun = (hardware: string, bounds: string, set: Request["set"] = {}): Request => ({
  system: "pri-overflow",
  hardware,
  host: "rfc-v1-on-groups",
  bounds,
  set,
});

/** The first two have two devices, and two groups of one device: what the default sizes leave out. */
export const SMALLEST_TWINS: readonly Request[] = [
  twinRun("vtd", "small", { devices: 2, pages: 1 }),
  twinRun("vtd", "small", { slots: 2, pages: 1 }),
  twinRun("vtd", "small"),
  twinRun("amd", "small"),
];

/** Each rule that a knob of the hardware chooses, on VT-d. */
const ONE_KNOB = [
  { ovfLastResponse: "invalid" },
  { ovfInhibits: false },
  { implicitInvOnPR: false },
  { irqModel: "lossy" },
  { irqErrorLatch: true },
  { irqClears: "both" },
  { irqClears: "seen" },
  { irqReread: true },
  { headAdvance: "perEntry" },
  { clearPolicy: "immediate" },
  { pqEntries: 3 },
  { creditsPerDev: 1 },
  { instances: 3 },
];

export const TWIN_RUNS: readonly Request[] = [
  ...SMALLEST_TWINS,
  ...["smmu-pri", "riscv", "qemu-vtd", "qemu-riscv"].map((hardware) => twinRun(hardware, "small")),
  ...ONE_KNOB.map((set) => twinRun("vtd", "small", set)),
  twinRun("vtd", "default"),
  twinRun("amd", "default"),
  twinRun("amd", "small", { slots: 2 }),
  twinRun("amd", "deep"),
  twinRun("vtd", "small", { pages: 4 }),
];

export const MODEL = fileURLToPath(new URL("pri-overflow.pml", import.meta.url));

/** Every state is stored: no partial order reduction. A state without a step is no error: properties are not the twin's. */
export const TWIN_FLAGS = ["-DBFS", "-DNOREDUCE"];
export const TWIN_ARGUMENTS = ["-E", "-w24"];

export const nameOf = ({ hardware, bounds, set }: Request): string =>
  ["pri-overflow", hardware, bounds, ...Object.entries(set).map(([knob, value]) => `${knob}=${String(value)}`)].join(
    " ",
  );

export function twinContest(request: Request): Contest {
  const ours: Entrant = {
    name: "faultline",
    needs: [],
    prepare: () => script("own.ts", JSON.stringify(request)),
    read: countedByUs,
  };
  const twin: Entrant = {
    name: "twin in SPIN",
    needs: ["spin", "gcc"],
    prepare: (directory) => [
      verifierOf(MODEL, settingsOf(request), ["-O2", ...TWIN_FLAGS], directory),
      ...TWIN_ARGUMENTS,
    ],
    read: countedBySpin,
  };
  return { size: nameOf(request), entrants: [ours, twin] };
}
