/**
 * What a property test prints when it fails: the violated sentence with the values it compared, the path as a chart, how
 * it was drawn, and the command that replays it. The trace is kept as a file for that command.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { TraceRecord } from "../checker/run-record.ts";
import { chart } from "../reports/chart.ts";
import { counterexamplePath, replayCommand } from "../reports/counterexample.ts";
import { counterexamplePage } from "../reports/page/counterexample-page.ts";

/** Not where `check` keeps its own: it takes away those of former runs. */
const OUT = "reports/out/walk";

/** How fast-check came to the walk that fails. */
export interface Drawn {
  readonly family: string;
  readonly seed: number;
  readonly path: string;
  readonly runs: number;
  readonly shrinks: number;
}

/** Draws the same again. */
const again = ({ family, seed }: Drawn): string =>
  `FAULTLINE_SEED=${seed} npx vitest run properties/walks -t ${family}`;

const told = (drawn: Drawn): string =>
  `Drawn with seed ${drawn.seed} in run ${drawn.runs}, shrunk ${drawn.shrinks} times; path:\n  ${drawn.path}`;

/** A property of the catalogue is violated: not a mistake of the test, which would be any other error. */
export class PropertyViolation extends Error {
  override name = "PropertyViolation";
  readonly trace: TraceRecord;

  constructor(trace: TraceRecord, drawn: Drawn) {
    super(
      [`\n${chart(trace)}`, told(drawn), `  ${again(drawn)}`, "Replay it:", `  ${replayCommand(OUT, trace)}`].join(
        "\n",
      ),
    );
    this.trace = trace;
  }
}

/** Keeps the trace where the command that replays it looks for it, and beside it as a page for who has only these files. */
export function keep(trace: TraceRecord): void {
  const path = `${OUT}/${counterexamplePath(trace)}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(trace, null, 2)}\n`);
  writeFileSync(path.replace(/json$/, "html"), counterexamplePage(trace, { directory: OUT }));
}
