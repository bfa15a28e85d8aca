/**
 * What a state costs, in time and in memory, while a search of one real system grows: a line at 10^5 states, and at each
 * further multiple.
 *
 *   npm run curve -- [--states 1e7] [--system NAME] [--hardware NAME] [--design NAME] [--bounds NAME] [--no-symmetry]
 *     [--set KNOB=NUMBER]... [--approximate]
 */
import { parseArgs } from "node:util";
import { startExhaustive } from "../checker/explore/exhaustive.ts";
import { build, defaultsOf } from "../properties/build.ts";

const { values } = parseArgs({
  options: {
    states: { type: "string", default: "1e7" },
    system: { type: "string", default: "pri-overflow" },
    hardware: { type: "string" },
    design: { type: "string" },
    bounds: { type: "string", default: "deep" },
    set: { type: "string", multiple: true, default: [] },
    approximate: { type: "boolean", default: false },
    "no-symmetry": { type: "boolean", default: false },
  },
});

const SLICE = 20_000;
/** Where a line is printed: 1, 2 and 5 times each power of ten. */
const MARKS = [5, 6, 7, 8].flatMap((power) => [1, 2, 5].map((times) => times * 10 ** power));

const most = Number(values.states);
const { hardware, host } = defaultsOf(values.system);
const request = {
  system: values.system,
  hardware: values.hardware ?? hardware,
  host: values.design ?? host,
  bounds: values.bounds,
  set: Object.fromEntries(values.set.map((text) => [text.split("=")[0]!, Number(text.split("=")[1])])),
};
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const columns = [
  "states",
  "depth",
  "cpu s",
  "us/state",
  "transitions/state",
  "tables B/state",
  "RSS B/state",
  "RSS MB",
];
const { system, bounds } = request;
console.log([system, request.hardware, request.host, bounds, ...values.set].join(" "));
console.log(columns.map((name) => name.padStart(17)).join(""));

const search = startExhaustive(build(request), {
  maxStates: most,
  ...(values.approximate && { approximate: {} }),
  ...(values["no-symmetry"] && { symmetry: false }),
});
let [before, from] = [cpu(), 0];
const marks = [...MARKS.filter((mark) => mark < most), most];
for (let goesOn = true; goesOn && marks.length > 0;) {
  goesOn = search.advance(SLICE);
  const { count } = search.store;
  if (goesOn && count < marks[0]!) continue;
  while (marks.length > 0 && count >= marks[0]!) marks.shift();
  const now = cpu();
  const { rss } = process.memoryUsage();
  const cells = [
    count,
    search.depth,
    now.toFixed(1),
    ((1e6 * (now - before)) / (count - from)).toFixed(2),
    (search.transitions / count).toFixed(2),
    (search.bytes / count).toFixed(1),
    (rss / count).toFixed(1),
    Math.round(rss / 1e6),
  ];
  console.log(cells.map((cell) => String(cell).padStart(17)).join(""));
  [before, from] = [now, count];
}
console.log(search.complete ? "complete" : `stopped by ${search.stoppedBy ?? "the last mark"}`);
