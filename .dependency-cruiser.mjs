/**
 * The layers of Faultline as rules: who may import whom, and which package may be used where. The two tables below are
 * the only place where that is said; docs/architecture.md draws them, tools/layers.ts runs them, and
 * tools/layers.test.ts shows for every rule an import that it rejects.
 */

/**
 * @typedef {object} Layer
 * @property {readonly string[]} from Modules it may import, besides its own: folders, or single modules of a folder.
 * @property {readonly string[]} [tests] What only its tests may import besides.
 * @property {string} why What the border protects.
 */

/** Folder by folder. A folder that is not listed may not be imported by anybody, and imports nobody. */
export const LAYERS = /** @satisfies {Readonly<Record<string, Layer>>} */ ({
  checker: { from: [], why: "The checker knows no IOMMU, so that textbook systems with published counts can test it." },
  model: {
    from: ["checker"],
    why: "A machine says what the system is; what must hold is said elsewhere, and can be doubted.",
  },
  properties: {
    from: [
      "checker",
      "model",
      "reports/chart",
      "reports/counterexample",
      "reports/lost",
      "reports/page/counterexample-page",
    ],
    tests: ["scenarios/regression"],
    why: "A claim is about the model, not about one story or one recording; a failing proof shows its counterexample.",
  },
  scenarios: {
    from: ["checker", "model", "properties"],
    why: "A story uses system and claims; it adds no rule of its own.",
  },
  reports: {
    from: [
      "checker/run-record",
      "checker/replay-record",
      "checker/rule-record",
      "checker/json",
      "checker/measure/figure",
    ],
    why: "A report is a function of a run record: whatever it says must stand in the record, also for other readers.",
  },
  explorer: {
    from: [
      "checker",
      "model",
      "properties",
      "scenarios",
      "reports",
      "cli/document",
      "cli/errors",
      "cli/explorer/link",
      "cli/explorer/stored-path",
      "cli/options",
      "cli/selection",
      "cli/suite-runs",
    ],
    why: "The page runs in a browser: of the command line it has what reads choices and files, and no process.",
  },
  cli: {
    from: ["checker", "model", "properties", "scenarios", "reports"],
    why: "The command line is the outermost layer.",
  },
  bench: {
    from: ["checker", "model", "properties", "scenarios", "reports/standing"],
    why: "Speed is measured on the real thing, and nothing depends on it.",
  },
  tools: { from: [], why: "The project's own tools must work while the project does not." },
});

/**
 * The rooms of model/machines, by where a thing lives in a computer; below linux/ the kernel tree's own paths. A machine may
 * import from its own room and from the rooms above it in this list.
 */
export const ROOMS = [
  "linux/include",
  "linux/lib",
  "iommu",
  "device",
  "linux/iommu",
  "linux/mm",
  "linux/vfio",
  "linux/dma",
  "guest",
  "vmm",
  "policies",
];

/**
 * @typedef {object} Use
 * @property {readonly string[]} in Path prefixes where it may be imported.
 * @property {readonly string[]} [typesIn] Path prefixes where its types may be imported: they are gone at run time.
 * @property {boolean} [tests] Whether tests may import it anywhere.
 * @property {string} why What the border protects.
 */

/** Package by package; "node:" stands for everything that Node itself provides. */
export const PACKAGES = /** @satisfies {Readonly<Record<string, Use>>} */ ({
  xstate: {
    in: [
      "model/",
      "checker/kernel/step",
      "checker/kernel/fresh",
      "checker/kernel/actors",
      "checker/textbook/",
      "checker/reference/",
      "properties/arbitraries/mutated",
      "properties/miswirings/cases",
    ],
    typesIn: ["checker/", "properties/said", "properties/kernel-files"],
    tests: true,
    why: "A search takes its steps in checker/kernel/step.ts alone; fresh.ts and actors.ts are only compared with it.",
  },
  immer: {
    in: ["model/", "checker/textbook/"],
    tests: true,
    why: "Drafts belong into the assigns of machines; searching on them would be slow.",
  },
  "fast-check": {
    in: ["checker/explore/random/", "properties/"],
    tests: true,
    why: "All randomness has one door, where it gets its seed.",
  },
  "pure-rand": {
    in: ["checker/measure/simulate/"],
    why: "A simulation says by which generator it draws, and draws the same again.",
  },
  vitest: {
    in: ["vitest.config.ts", "bench/mutants/vitest.config"],
    tests: true,
    why: "Code that needs a test runner cannot run without one.",
  },
  commander: { in: ["cli/"], why: "Only the command line parses arguments." },
  zod: {
    in: ["cli/", "scenarios/recorded/"],
    tests: true,
    why: "Shapes are checked where files come in; inside, types do.",
  },
  "@dagrejs/dagre": {
    in: ["explorer/page/layout"],
    why: "Where the states of a machine are drawn is decided in one place.",
  },
  "playwright-core": {
    in: ["reports/page/", "cli/explorer/"],
    tests: true,
    why: "A browser opens pages in tests and for pictures, and nowhere else.",
  },
  "axe-core": { in: ["reports/page/"], tests: true, why: "It judges pages in tests, and nowhere else." },
  ajv: {
    in: ["cli/published/", "tools/readers.ts"],
    tests: true,
    why: "Our schemas are read there by somebody else; the project itself reads with zod.",
  },
  "postal-mime": { in: ["cli/patch/mails"], why: "Mails come in at one place; what is behind it reads plain diffs." },
  typescript: {
    in: ["bench/mutants/", "cli/package/declarations"],
    why: "Texts of machines are changed where mutants are made, and types written for the package; nowhere else.",
  },
  rolldown: {
    in: [
      "cli/typescript-hooks.mjs",
      "cli/bundled.mjs",
      "cli/package/libraries",
      "cli/explorer/",
      "bench/mutants/check/ask",
      "cli/checkpoint/checkpoint.test",
    ],
    why: "How TypeScript is loaded is nobody else's business.",
  },
  wabt: { in: ["bench/wasm/"], why: "The module is built by those who change it; whoever runs it needs no assembler." },
  covertable: { in: ["cli/sweep/combinations"], why: "Which combinations are run is decided in one place." },
  piscina: { in: ["cli/jobs/"], why: "Threads are begun in one place; work is the same without them." },
  bullmq: {
    in: ["cli/jobs/queue/"],
    why: "What a queue is made of is known in one place; jobs are the same without one.",
  },
  ioredis: {
    in: ["cli/jobs/queue/"],
    tests: true,
    why: "Whoever speaks to a server must keep its password to himself.",
  },
  "dependency-cruiser": { in: ["tools/"], why: "It checks the project and is no part of it." },
  "node:": {
    in: ["cli/", "bench/", "tools/", "scenarios/recorded/", "properties/report", "vitest.config.ts"],
    tests: true,
    why: "Files, processes and clocks stay at the edge: the rest also runs in a browser, and gives the same answer twice.",
  },
});

/** What an import leads to. @typedef {{ path?: string, dependencyTypes?: import("dependency-cruiser").DependencyType[] }} Target */

const TEST = "[.]test[.]ts$";

/** @param {string} text */
const escaped = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Paths that start with one of the prefixes. @param {readonly string[]} prefixes */
const within = (prefixes) => `^(?:${prefixes.map(escaped).join("|")})`;

/** Folders, and single modules such as "checker/json" for checker/json.ts. @param {readonly string[]} names */
const modules = (names) => names.map((name) => (name.includes("/") ? `^${escaped(name)}[.]ts$` : `^${escaped(name)}/`));

/** What the reference explorer may know of the rest of the checker: types that say what a system and a property are. */
const SAID = ["checker/system", "checker/property", "checker/json"];
const TOGETHER = "^checker/textbook/held-against-reference[.]ts$";

/** The reference explorer and what is held against it share nothing that could be wrong in both. */
const referenceRules = [
  {
    name: "reference-apart",
    severity: /** @type {const} */ ("error"),
    comment: `checker/reference may import only types of ${SAID.join(", ")}: what it shared with the search it could not check.`,
    from: { path: "^checker/reference/", pathNot: [TEST] },
    to: { path: "^checker/", pathNot: ["^checker/reference/", ...modules(SAID)] },
  },
  {
    name: "reference-apart-types",
    severity: /** @type {const} */ ("error"),
    comment: `checker/reference may import types of ${SAID.join(", ")}, and no code: it reads the definition in its own way.`,
    from: { path: "^checker/reference/", pathNot: [TEST] },
    to: { path: modules(SAID), dependencyTypesNot: /** @type {"type-only"[]} */ (["type-only"]) },
  },
  {
    name: "apart-from-reference",
    severity: /** @type {const} */ ("error"),
    comment: "Nothing rests on checker/reference: it is slow, and only tests hold the search against it.",
    from: { path: ".", pathNot: ["^checker/reference/", TOGETHER, TEST] },
    to: { path: "^checker/reference/" },
  },
];

const layerRules = Object.entries(LAYERS).flatMap(([layer, row]) => {
  /** @type {Layer} */
  const { from, tests = [], why } = row;
  /** @param {readonly string[]} allowed */
  const ruleOf = (allowed) => ({
    name: `layer-${layer}`,
    severity: /** @type {const} */ ("error"),
    comment: `${layer}/ may import ${allowed.length > 0 ? `only ${allowed.join(", ")}` : "no other folder"}. ${why}`,
    from: { path: `^${layer}/` },
    to: { path: within(Object.keys(LAYERS).map((name) => `${name}/`)), pathNot: modules([layer, ...allowed]) },
  });
  if (tests.length === 0) return [ruleOf(from)];
  const rule = ruleOf(from);
  const forTests = ruleOf([...from, ...tests]);
  return [
    { ...rule, from: { ...rule.from, pathNot: [TEST] } },
    { ...forTests, name: `${forTests.name}-tests`, from: { path: `^${layer}/.*${TEST}` } },
  ];
});

/** The last room may import every other one. */
const roomRules = ROOMS.slice(0, -1).map((room, place) => ({
  name: `room-${room.replace("/", "-")}`,
  severity: /** @type {const} */ ("error"),
  comment: `model/machines/${room} may import only ${[...ROOMS.slice(0, place), "itself"].join(", ")}: a room that needs a later one hides where a rule lives.`,
  from: { path: `^model/machines/${escaped(room)}/` },
  to: {
    path: "^model/machines/",
    pathNot: ROOMS.slice(0, place + 1).map((name) => `^model/machines/${escaped(name)}/`),
  },
}));

/** A machine lies in a room. */
const noOtherRoom = {
  name: "no-other-room",
  severity: /** @type {const} */ ("error"),
  comment: `A machine lies in one of the rooms of model/machines: ${ROOMS.join(", ")}.`,
  from: { path: "^model/" },
  to: { path: "^model/machines/", pathNot: ROOMS.map((name) => `^model/machines/${escaped(name)}/`) },
};

/** @param {string} name @param {Use} use */
const packageRulesOf = (name, { in: places, typesIn = [], tests = false, why }) => {
  const error = /** @type {const} */ ("error");
  const exempt = tests ? [TEST] : [];
  const onlyIn = `${name} may be used only in ${places.join(", ")}${tests ? " and tests" : ""}`;
  /** @type {Target} */
  const to = name === "node:" ? { dependencyTypes: ["core"] } : { path: `(?:^|/)node_modules/${escaped(name)}/` };
  const rule = {
    name: `package-${name.replace(":", "")}`,
    severity: error,
    comment: `${onlyIn}. ${why}`,
    from: { path: ".", pathNot: [within([...places, ...typesIn]), ...exempt] },
    to,
  };
  if (typesIn.length === 0) return [rule];
  return [
    rule,
    {
      name: `${rule.name}-types`,
      severity: error,
      comment: `${onlyIn}; ${typesIn.join(", ")} may import its types. ${why}`,
      from: { path: within(typesIn), pathNot: [within(places), ...exempt] },
      to: { ...to, dependencyTypesNot: ["type-only"] },
    },
  ];
};

/** @type {import("dependency-cruiser").IConfiguration} */
const configuration = {
  forbidden: [
    ...layerRules,
    ...roomRules,
    noOtherRoom,
    ...referenceRules,
    ...Object.entries(PACKAGES).flatMap(([name, use]) => packageRulesOf(name, use)),
    {
      name: "no-other-package",
      severity: "error",
      comment: "A package that no row of PACKAGES names would be used without a decision.",
      from: { path: within(Object.keys(LAYERS).map((name) => `${name}/`)), pathNot: [TEST] },
      to: {
        path: "(?:^|/)node_modules/",
        pathNot: `(?:^|/)node_modules/(?:${Object.keys(PACKAGES).map(escaped).join("|")})/`,
      },
    },
    {
      name: "no-cycle",
      severity: "error",
      comment: "Modules that import each other in a circle can only be understood, tested and loaded together.",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphan",
      severity: "error",
      comment: "A module that imports nothing and that nobody imports is either dead or not wired up yet.",
      from: { orphan: true, pathNot: [TEST] },
      to: {},
    },
    {
      name: "no-unresolvable",
      severity: "error",
      comment: "An import that leads nowhere fails when it is reached, which may be late.",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-test-import",
      severity: "error",
      comment: "A test is run by nobody but the test runner; what two tests share is a module of its own.",
      from: {},
      to: { path: TEST },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^reports/out/" },
    // Types are imports too: a layer that needs the types of another one knows it.
    tsPreCompilationDeps: true,
    // As Node resolves: through the exports of a package.
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["node", "import", "default"] },
  },
};

export default configuration;
