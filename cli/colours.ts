/** Colours for a finished report. The reports know nothing of them; colour is never the only sign. */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

const STYLES: readonly (readonly [RegExp, Style])[] = [
  [
    /\b(VIOLATED|NEVER WITNESSED|NO LONGER BROKEN)( [A-Z]+(-\d+)?\b)*|\b[A-Z]+(-\d+)? is violated (here|after step \d+|by steps? \d+)/g,
    "red",
  ],
  [/\b(Incomplete|holds within bounds|unknown|known)\b/g, "yellow"],
  [/\bholds\b(?! within)|^Complete\b/gm, "green"],
  [/^Replay: .*$/gm, "bold"],
];

/** Colours the words of verdicts in a report. */
export const coloured = (text: string): string =>
  STYLES.reduce(
    (painted, [words, style]) => painted.replace(words, (found) => styleText(style, found, { validateStream: false })),
    text,
  );
