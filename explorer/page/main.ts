/** The page: what the user chooses, walks and asks goes to the worker, and what it answers is shown. */
import { unknownName } from "../../cli/errors.ts";
import { systems } from "../frozen/systems.ts";
import { hashOf, linkIn, type Link } from "../../cli/explorer/link.ts";
import type { Options, PathView, ProgressView, SystemView, VerdictView } from "../protocol.ts";
import { Asking } from "./asking.ts";
import { listSystems, chosenOptions, showChoice, type Choosing } from "./choose.ts";
import { found, say } from "./dom.ts";
import { copy, showText, wantsText } from "./export.ts";
import { listenToKeys } from "./keys.ts";
import { showLanes } from "./lanes.ts";
import { listComponents, showMachine } from "./machine.ts";
import { impactIn, showImpact } from "./impact.ts";
import { listenToOpening, systemIn, type Opening } from "./open.ts";
import { showChart, showPossible, showProperties, type Walking } from "./path.ts";
import { linesOf, Overtaken } from "./refusal.ts";
import { forgetResult, showProgress, showResult, showRunning } from "./search.ts";
import { BEGIN, Walk, type Place } from "./walk.ts";

const FIRST = "type1-unmap";

const walk = new Walk();
let asking: Asking | undefined;
let view: SystemView | undefined;
let shown: PathView | undefined;
let verdicts: ReadonlyMap<string, VerdictView> = new Map();
/** While a search runs: whose path is shown when it is found; "": that of the first violation. */
let awaited: string | undefined;
/** What the search that runs is of; what it says is not shown with other choices. */
let sought: SystemView | undefined;
/** How often the place was asked for: an answer to an older question is not shown. */
let asked = 0;
/** How often another system was asked for: the last one is shown, however long the others take. */
let builds = 0;

function fail(error: unknown): void {
  found("error").textContent = linesOf(error).join("\n");
}

/** Does it, and shows why where it cannot be done. */
async function attempt(what: () => Promise<void>): Promise<void> {
  found("error").textContent = "";
  try {
    await what();
  } catch (error) {
    if (error instanceof Overtaken) return;
    fail(error);
    if (view) showChoice(view, choosing);
  }
}

/** The worker of the system: the one that there is, or another. */
async function withWorker(system: string, build: (worker: Asking) => Promise<SystemView>): Promise<void> {
  if (!systems.some(({ name }) => name === system)) {
    const names = systems.map(({ name }) => name);
    throw unknownName("system", system, names);
  }
  const mine = ++builds;
  found("busy").hidden = false;
  const worker = asking?.system === system ? asking : new Asking(system, hearing);
  let built: SystemView;
  try {
    built = await build(worker);
    if (mine !== builds) throw new Overtaken();
  } catch (error) {
    if (worker !== asking) worker.end();
    throw mine === builds ? error : new Overtaken();
  } finally {
    if (mine === builds) found("busy").hidden = true;
  }
  view = built;
  if (worker !== asking) asking?.end();
  asking = worker;
}

/** Another system, or other choices, with a path of its own. */
async function begin(system: string, options: Options, place: Place = BEGIN, fingerprint?: string): Promise<void> {
  const { watch } = place.path;
  const about = { options, watch, ...(fingerprint !== undefined && { fingerprint }) };
  await withWorker(system, (worker) => worker.ask("build", about));
  await arrive(place);
}

async function arrive(place: Place): Promise<void> {
  verdicts = new Map();
  walk.reset(place);
  forgetResult();
  sought = awaited = undefined;
  showRunning(false);
  showChoice(view!, choosing);
  listComponents(view!.components);
  await show();
}

async function openFile(name: string, text: string): Promise<void> {
  const impact = impactIn(text);
  if (impact) return say(showImpact(impact, ({ system, ...options }) => opening.run(system, options, undefined)));
  let path = BEGIN.path;
  let sentence = "";
  await withWorker(systemIn(text) ?? view!.system, async (worker) => {
    const opened = await worker.ask("open", { name, text });
    ({ path, sentence } = opened);
    return opened.system;
  });
  await arrive({ path, at: path.steps.length });
  say(sentence);
}

/** The same system with other choices: the path goes along as far as its steps can be taken there. */
async function rebuild(options: Options): Promise<void> {
  const { path } = walk.now;
  const texts = await asking!.ask("texts", { steps: path.steps });
  view = await asking!.ask("build", { options });
  const { steps, because } = await asking!.ask("carry", { steps: texts });
  const watch = view.properties.some(({ id }) => id === path.watch) ? path.watch : "";
  await arrive({ path: { steps, watch }, at: steps.length });
  if (because !== undefined)
    found("error").textContent = `Step ${steps.length + 1} of the path cannot happen with these choices: ${because}.`;
}

async function show(): Promise<void> {
  const mine = ++asked;
  const { path, at } = walk.now;
  const answer = await asking!.ask("path", { ...path, at });
  if (mine !== asked) return;
  shown = answer;
  history.replaceState(null, "", `#${hashOf(link())}`);
  showAll();
  await Promise.all([showComponent(), showExport()]);
}

function showAll(): void {
  if (!shown || !view) return;
  showChart(shown, walk.now, walking);
  showLanes();
  showPossible(shown, walk.now, walking);
  showProperties(view.properties, shown.judged, verdicts, walk.now, walking);
  const { path, at } = walk.now;
  const able: readonly (readonly [string, boolean])[] = [
    ["undo", walk.canUndo],
    ["redo", walk.canRedo],
    ["over", path.steps.length > 0],
    ["before", at > 0],
    ["after", at < path.steps.length],
    ["first", at > 0],
    ["last", at < path.steps.length],
  ];
  for (const [id, isAble] of able) found<HTMLButtonElement>(id).disabled = !isAble;
}

async function showExport(): Promise<void> {
  const mine = asked;
  if (!wantsText()) return;
  const answer = await asking!.ask("export", walk.now.path);
  if (mine === asked) showText(answer);
}

/** The machine that was chosen, or that of who took the step that is shown. */
async function showComponent(): Promise<void> {
  const mine = asked;
  const { path, at } = walk.now;
  const component = found<HTMLSelectElement>("component").value || shown!.actors[at - 1] || view!.components[0]!.name;
  const machine = await asking!.ask("machine", { ...path, at, component });
  if (mine === asked) await showMachine(machine);
}

/** Searches, and shows the path that is waited for as soon as it is found. */
async function search(waitsFor: string): Promise<void> {
  const mine = (sought = view);
  awaited = waitsFor;
  verdicts = new Map();
  showRunning(true);
  try {
    const result = await asking!.ask("search", { stopsAtFirst: found<HTMLInputElement>("stops").checked });
    if (mine !== sought) return;
    for (const verdict of result.verdicts) hear(verdict);
    showResult(result);
  } catch (error) {
    throw mine === sought ? error : new Overtaken();
  } finally {
    if (mine === sought) {
      sought = awaited = undefined;
      showRunning(false);
    }
  }
}

function hear(verdict: VerdictView): void {
  verdicts = new Map(verdicts).set(verdict.id, verdict);
  const isAwaited = awaited === verdict.id || (awaited === "" && verdict.kind === "violated");
  if (isAwaited && verdict.path) {
    awaited = undefined;
    walking.show(verdict);
  } else showAll();
}

/** Asks the search to end; a second time, ends its worker, and goes on with another one. */
async function stop(): Promise<void> {
  if (found("stop").textContent === "Stop") {
    found("stop").textContent = "Stop at once";
    await asking!.ask("stop", {});
    return;
  }
  const { system, options, path, at } = link();
  asking?.end();
  asking = new Asking(system, hearing);
  await begin(system, options, { path, at });
}

function link(): Link {
  const { system, fingerprint } = view!;
  return { system, options: chosenOptions(view!), fingerprint, ...walk.now };
}

/** Changes the place, and shows it. */
const changes = (change: () => void) => () => {
  change();
  void attempt(show);
};

const walking: Walking = {
  go: (at) => changes(() => walk.go(at))(),
  take: (action) => changes(() => walk.take(action))(),
  watch: (id) => changes(() => walk.change({ ...walk.now, path: { ...walk.now.path, watch: id } }))(),
  show: ({ path }) => path && changes(() => walk.change({ path, at: path.steps.length }))(),
};
const choosing: Choosing = {
  system: (name) => void attempt(() => begin(name, { set: [] })),
  options: (options) => void attempt(() => rebuild(options)),
};
const hearing = {
  progress: (progress: ProgressView) => (sought === view ? showProgress(progress) : undefined),
  found: (verdict: VerdictView) => (sought === view ? hear(verdict) : undefined),
};

const moves: { readonly [id: string]: () => void } = {
  undo: changes(() => walk.undo()),
  redo: changes(() => walk.redo()),
  over: changes(() => walk.change({ path: { steps: [], watch: walk.now.path.watch }, at: 0 })),
  first: changes(() => walk.go(0)),
  before: changes(() => walk.go(walk.now.at - 1)),
  after: changes(() => walk.go(walk.now.at + 1)),
  last: changes(() => walk.go(walk.now.path.steps.length)),
};
for (const [id, move] of Object.entries(moves)) found(id).addEventListener("click", move);

listenToKeys(moves);

found("copy-link").addEventListener("click", () => {
  found("link").textContent = location.href;
  void copy("link");
});
found("copy-text").addEventListener("click", () => void copy("text"));
found("text-field").addEventListener("toggle", () => void attempt(showExport));

/** Shows what the address says; a link that cannot be followed leaves the page with the first system. */
async function follow(): Promise<void> {
  const read = linkIn(location.hash.slice(1));
  if (!read) return begin(FIRST, { set: [] });
  const { system, options, fingerprint, path, at } = read;
  return begin(system, options, { path, at }, fingerprint);
}

/** The first system, where a link could not be followed. */
async function start(): Promise<void> {
  await attempt(follow);
  // Who has chosen something meanwhile waits for that.
  if (view || builds > 1) return;
  const because = found("error").textContent;
  await attempt(() => begin(FIRST, { set: [] }));
  found("error").textContent = because;
}

found("search").addEventListener("click", () => void attempt(() => search("")));
found("stop").addEventListener("click", () => void attempt(stop));
found("component").addEventListener("change", () => void attempt(showComponent));
const opening: Opening = {
  file: (name, text) => void attempt(() => openFile(name, text)),
  run: (system, options, property) =>
    void attempt(async () => {
      await begin(system, options);
      await search(property ?? "");
    }),
};
listenToOpening(opening);
listSystems(choosing);
addEventListener("hashchange", () => void attempt(follow));
void start();
