/** Which bugs are meant: by name, kernel, system, kind, or the release that has the fix. */
import { KIND_WORDS, type DefectEntry } from "../../reports/defects.ts";
import { unknownName, UsageError } from "../errors.ts";
import { expectEachOnce } from "../single.ts";

export interface DefectChoice {
  /** "6.12.117": a tree that has them. */
  readonly kernel?: string;
  readonly system?: string;
  readonly kind?: string;
  /** "6.12.75", or "6.12" for all releases of the series. */
  readonly fixedIn?: string;
}

const distinct = <Item>(items: readonly Item[]): readonly Item[] => [...new Set(items)];

/** Names that several may have: the commit and the CVE of the fix, and the sources: "B12". */
const alsoNamed = ({ fix, sources }: DefectEntry): readonly string[] =>
  [fix?.commit, fix?.cve, ...sources.map(({ id }) => id)].filter((name) => name !== undefined);

const named = (all: readonly DefectEntry[], name: string): readonly DefectEntry[] => {
  const own = all.filter(({ id }) => id === name);
  return own.length > 0 ? own : all.filter((one) => alsoNamed(one).includes(name));
};

/** "5.10.24" and its series, "5.10". */
const releasesOf = ({ fix }: DefectEntry): readonly string[] =>
  distinct((fix?.releases ?? []).flatMap((release) => [release, release.split(".").slice(0, 2).join(".")]));

interface Filter {
  readonly what: string;
  readonly value: string | undefined;
  /** The values that an entry has. */
  readonly of: (entry: DefectEntry) => readonly string[];
  /** Values that exist, though no entry may have them. */
  readonly also?: readonly string[];
}

const filters = ({ kernel, system, kind, fixedIn }: DefectChoice): readonly Filter[] => [
  {
    what: "kernel tree",
    value: kernel,
    of: ({ trees }) => Object.keys(trees).filter((tree) => trees[tree] === "present"),
  },
  { what: "system with a defect", value: system, of: (entry) => [entry.system] },
  { what: "kind of defect", value: kind, of: (entry) => [entry.kind], also: Object.keys(KIND_WORDS) },
  { what: "release with a fix", value: fixedIn, of: releasesOf },
];

export const isChosen = (choice: DefectChoice): boolean => filters(choice).some(({ value }) => value !== undefined);

/** @throws UsageError for a name that is none, and for a choice that leaves nothing. */
export function chosenDefects(
  all: readonly DefectEntry[],
  ids: readonly string[],
  choice: DefectChoice,
): readonly DefectEntry[] {
  const names = distinct([...all.map(({ id }) => id), ...all.flatMap(alsoNamed)]);
  for (const id of ids) if (!names.includes(id)) throw unknownName("defect", id, names);
  expectEachOnce("defect", ids);
  if (ids.length > 0 && isChosen(choice))
    throw new UsageError(
      "names and a choice exclude each other.",
      "names, or one of --kernel, --system, --fixed-in, --kind",
    );
  if (ids.length > 0) return distinct(ids.flatMap((name) => named(all, name)));
  let left = all;
  for (const { what, value, of, also = [] } of filters(choice)) {
    if (value === undefined) continue;
    const known = distinct([...all.flatMap(of), ...also]);
    if (!known.includes(value)) throw unknownName(what, value, known);
    left = left.filter((one) => of(one).includes(value));
  }
  if (left.length === 0) throw new UsageError("no defect is of all that was chosen.", "fewer choices");
  return left;
}
