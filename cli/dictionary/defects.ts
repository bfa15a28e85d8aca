/** Bugs that the model can say, by their name, their commit and their CVE. */
import { fixWords } from "../../reports/defects-text.ts";
import type { DefectEntry } from "../../reports/defects.ts";
import { defectEntries } from "../defects/entries.ts";
import { details, sentence, type Entry } from "./meaning.ts";

const citedWords = ({ sources }: DefectEntry): string =>
  sources.map(({ id, text }) => (text === undefined ? id : `${id}: ${text}`)).join(" ");

const meaningEntry = (defect: DefectEntry): Entry => {
  const { id, title, kind, where, trees, fix, setting, reason, breaks, missing, command } = defect;
  const names = [id, fix?.commit, fix?.cve].filter((name) => name !== undefined);
  return {
    kind: "defect",
    names,
    tell: () => ({
      kind: "defect",
      name: id,
      means: sentence(title),
      source: citedWords(defect),
      details: details(
        ["Kind", [`${kind}; ${where}`]],
        ["Trees", Object.entries(trees).map(([tree, state]) => `${tree}: ${state}`)],
        ["Fix", fix === undefined ? [] : [fixWords(defect)]],
        ["Set by", [`${setting}: ${reason}`]],
        ["Breaks", [breaks.join(", ")]],
        ["Missing", missing === undefined ? [] : [`set by its effect only: ${missing}`]],
      ),
      commands: [`npx faultline defects ${id}`, command],
    }),
  };
};

export const defectMeanings = (): readonly Entry[] => defectEntries().map(meaningEntry);
