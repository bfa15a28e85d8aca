/** Whether the compiler refuses a file with another text. */
import ts from "typescript";
import { pathOf } from "../sources.ts";
import type { Changed } from "../children.ts";

/** A compiler that keeps what it knows of all other files. */
export class Compiler {
  readonly #texts = new Map<string, string>();
  readonly #versions = new Map<string, number>();
  readonly #service: ts.LanguageService;

  constructor() {
    const { sys } = ts;
    const { config } = ts.readConfigFile(pathOf("tsconfig.json"), (path) => sys.readFile(path)) as { config: object };
    const { options, fileNames } = ts.parseJsonConfigFileContent(config, sys, pathOf(""));
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getScriptFileNames: () => fileNames,
      getScriptVersion: (name) => String(this.#versions.get(name) ?? 0),
      getScriptSnapshot: (name) => {
        const text = this.#texts.get(name) ?? sys.readFile(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => pathOf(""),
      getDefaultLibFileName: (all) => ts.getDefaultLibFilePath(all),
      fileExists: (path) => sys.fileExists(path),
      readFile: (path) => sys.readFile(path),
      directoryExists: (path) => sys.directoryExists(path),
      getDirectories: (path) => sys.getDirectories(path),
    });
  }

  /** The first thing that the compiler says against the file; undefined: nothing. */
  refuses({ file, mutated }: Changed): string | undefined {
    const path = pathOf(file);
    this.#set(path, mutated);
    const [first] = this.#service.getSemanticDiagnostics(path);
    this.#set(path, undefined);
    return first && ts.flattenDiagnosticMessageText(first.messageText, " ");
  }

  #set(path: string, text: string | undefined): void {
    if (text === undefined) this.#texts.delete(path);
    else this.#texts.set(path, text);
    this.#versions.set(path, (this.#versions.get(path) ?? 0) + 1);
  }
}
