/** What an installed package is asked, and a clone too: each way in which a command reads, searches or writes. */

const COUNTEREXAMPLE = "kept/counterexamples/DEADLOCK-f588d629.json";

/** Copied from the sources to where the commands run. */
export const FILES: readonly string[] = [
  "cli/patch/fixtures/combined.diff",
  "scenarios/recorded/data/iommufd-selftest.trace.txt.gz",
];

export const COMMANDS: readonly (readonly string[])[] = [
  ["--help"],
  ["list"],
  ["list", "systems", "--json"],
  // It writes the counterexample that later commands read.
  ["check", "type1-unmap", "--design", "linux-6.12.117", "--bounds", "small", "--out", "kept"],
  ["replay", COUNTEREXAMPLE],
  ["save", COUNTEREXAMPLE, "--to", "saved"],
  ["why", COUNTEREXAMPLE],
  ["report", "kept/run.json", "--format", "markdown"],
  // On threads.
  ["check", "stalls", "pri-flat", "--bounds", "small", "--jobs", "2"],
  // So many states that the WebAssembly module takes over.
  ["check", "pri-overflow", "--bounds", "deep", "--max-states", "300000"],
  ["random", "pri-flat", "--runs", "100", "--seed", "1"],
  ["defects", "stall-resumed-twice"],
  ["scenarios", "--shipped"],
  ["scenarios", "answer-after-unlock"],
  ["sweep", "stalls", "--bounds", "small", "--vary", "swapPath=all", "--out", "swept"],
  ["refine", "accounting"],
  ["conform", "--class", "overflow"],
  ["conform", "--trace", "iommufd-selftest.trace.txt.gz"],
  ["impact", "combined.diff"],
  ["explain", "vfio_unmap_unpin"],
  ["explain", "K9"],
  // An error, with the nearest names.
  ["check", "unmap-rase"],
];
