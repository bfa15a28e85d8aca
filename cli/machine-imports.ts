/** The import of a machine by a computed path. A bundle has another module in this place (bundle.mjs). */

/** What the file exports. `path`: below the project, "model/machines/device/endpoint.ts". */
export const importMachine = async (path: string): Promise<Readonly<Record<string, unknown>>> =>
  (await import(new URL(`../${path}`, import.meta.url).href)) as Readonly<Record<string, unknown>>;
