/** `completion`: a script for bash, zsh or fish that completes commands, options and names. */

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** What can stand in a place: these words; without any, a file. */
type Words = readonly string[];

export interface Completable {
  readonly command: string;
  readonly does: string;
  /** "--bounds"; `takes` is absent where no value follows. */
  readonly options: readonly { readonly flag: string; readonly does: string; readonly takes?: Words }[];
  readonly words: Words;
}

/** In single quotes, as bash, zsh and fish read them. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;

const assigned = (words: Words): string => `words=${quoted(words.join(" "))}`;

function bashCase({ command, options, words }: Completable): readonly string[] {
  const values = options.flatMap(({ flag, takes }) => (takes ? [`        ${flag}) ${assigned(takes)};;`] : []));
  const flags = [...options.map(({ flag }) => flag), "--help"];
  return [
    `    ${command})`,
    `      case "$prev" in`,
    ...values,
    `        *) case "$cur" in -*) ${assigned(flags)};; *) ${assigned(words)};; esac;;`,
    `      esac;;`,
  ];
}

const bash = (commands: readonly Completable[]): readonly string[] => [
  "_faultline() {",
  `  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" words=''`,
  `  if [ "$COMP_CWORD" -eq 1 ]; then`,
  `    ${assigned([...commands.map(({ command }) => command), "--help", "--version"])}`,
  `  else case "\${COMP_WORDS[1]}" in`,
  ...commands.flatMap(bashCase),
  "  esac; fi",
  `  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$cur"))`,
  `  else COMPREPLY=($(compgen -f -- "$cur")); fi`,
  "}",
  "complete -o filenames -F _faultline faultline",
];

const zsh = (commands: readonly Completable[]): readonly string[] => [
  "autoload -U +X compinit && compinit",
  "autoload -U +X bashcompinit && bashcompinit",
  ...bash(commands),
];

const fish = (commands: readonly Completable[]): readonly string[] =>
  commands.flatMap(({ command, does, options, words }) => {
    const within = `complete -c faultline -n ${quoted(`__fish_seen_subcommand_from ${command}`)}`;
    const told = (text: string): string => `-d ${quoted(text)}`;
    const named = (takes: Words | undefined): string =>
      takes === undefined ? "" : takes.length === 0 ? "-r " : `-x -a ${quoted(takes.join(" "))} `;
    return [
      `complete -c faultline -n __fish_use_subcommand -f -a ${command} ${told(does)}`,
      ...options.map(({ flag, does: says, takes }) => `${within} -l ${flag.slice(2)} ${named(takes)}${told(says)}`),
      ...(words.length > 0 ? [`${within} -f -a ${quoted(words.join(" "))}`] : []),
    ];
  });

const SCRIPTS = { bash, zsh, fish };

export const completionScript = (shell: Shell, commands: readonly Completable[]): string =>
  `${SCRIPTS[shell](commands).join("\n")}\n`;
