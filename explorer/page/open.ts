/** What can be opened: a file that faultline wrote, and the questions of the project. */
import { optionsOf, type Options } from "../../cli/explorer/link.ts";
import type { Question } from "../frozen/questions.ts";
import { button, el, found } from "./dom.ts";

export interface Opening {
  readonly file: (name: string, text: string) => void;
  /** `property`: whose path is shown when the search has found it. */
  readonly run: (system: string, options: Options, property: string | undefined) => void;
}

/** Questions shown at once; of more the filter says how many. */
const MOST = 40;

function questionItem({ question, answer, runs, chart }: Question, { run }: Opening): HTMLElement {
  const buttons = runs.map(({ label, request, expect }, k) => {
    const property = chart?.run === k ? chart.property : Object.keys(expect).find((id) => expect[id] === "violated");
    const expected = Object.entries(expect).map(([id, verdict]) => `${id} ${verdict}`);
    return button(`${request.system}, ${label}`, () => run(request.system, optionsOf(request), property), {
      title: expected.join(", "),
    });
  });
  return el(
    "li",
    {},
    el("details", {}, el("summary", {}, question), el("p", {}, answer), el("div", { class: "bar" }, ...buttons)),
  );
}

function showQuestions(questions: readonly Question[], words: string, opening: Opening): void {
  const wanted = words.toLowerCase().split(/\s+/);
  const matching = questions.filter(({ id, question, answer }) => {
    const text = `${id} ${question} ${answer}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  found("questions").replaceChildren(...matching.slice(0, MOST).map((one) => questionItem(one, opening)));
  const more = matching.length > MOST ? `; the first ${MOST} are shown` : "";
  found("questions-count").textContent = `${matching.length} of ${questions.length} questions${more}.`;
}

/** The questions are loaded when they are asked for. */
export function listenToOpening(opening: Opening): void {
  const input = found<HTMLInputElement>("file");
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    input.value = "";
    if (file) void file.text().then((text) => opening.file(file.name, text));
  });
  const field = found<HTMLDetailsElement>("questions-field");
  const words = found<HTMLInputElement>("words");
  field.addEventListener(
    "toggle",
    () =>
      void import("../frozen/questions.ts").then(({ questions }) => {
        const show = (): void => showQuestions(questions, words.value.trim(), opening);
        words.addEventListener("input", show);
        show();
      }),
    { once: true },
  );
}

/** The system that a file names, if it is one: the worker of that system reads the rest. */
export function systemIn(text: string): string | undefined {
  try {
    const { model } = JSON.parse(text) as { readonly model?: { readonly system?: unknown } };
    return typeof model?.system === "string" ? model.system : undefined;
  } catch {
    return undefined;
  }
}
