/** The programs on docs/checker.md, each with what the page says that it prints. */
import { readFileSync } from "node:fs";

interface PageProgram {
  /** The title of its section. */
  readonly title: string;
  readonly code: string;
  readonly prints: string;
}

/** A block of TypeScript, and the block of text behind it. */
const PROGRAM = /^```ts\n(.*?)^```\n\n```text\n(.*?)^```$/gms;

export function pagePrograms(page: URL | string): readonly PageProgram[] {
  const text = readFileSync(page, "utf8");
  const programs = [...text.matchAll(PROGRAM)].map(({ 1: code = "", 2: prints = "", index }) => ({
    title: [...text.slice(0, index).matchAll(/^## (.*)$/gm)].at(-1)?.[1] ?? "",
    code,
    prints,
  }));
  const blocks = text.match(/^```ts$/gm)?.length ?? 0;
  if (programs.length !== blocks)
    throw new Error(`${blocks} blocks of TypeScript, ${programs.length} say what they print.`);
  return programs;
}

/** The code with other modules behind its imports. */
export const withImports = (code: string, modules: { readonly [name: string]: string }): string =>
  code.replaceAll(/from "([^"]+)";$/gm, (_, name: string) => {
    const module = modules[name];
    if (module === undefined)
      throw new Error(`The page imports "${name}", which is none of ${Object.keys(modules).join(", ")}.`);
    return `from ${JSON.stringify(module)};`;
  });
