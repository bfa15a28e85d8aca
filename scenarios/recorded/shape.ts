/** What the schemas of recordings share: choices by a name, and one sentence about the first thing that is wrong. */
import * as z from "zod";
import { nearest } from "../../checker/nearest.ts";

export const whole = z.int().nonnegative();
/** Counts of devices and numbers of queues: each is a machine, so that there cannot be very many. */
export const few = z.int().min(0).max(63);
export const pasid = whole.nullable();

const shown = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 60);

/** For a union of objects that tell by one field what others they have: an unknown name is told with the nearest. */
export const choosing = (field: string): { readonly error: z.core.$ZodErrorMap } => ({
  error: ({ code, input, inst }) => {
    if (code !== "invalid_union") return undefined;
    const value = (input as Record<string, unknown> | null)?.[field];
    const { options } = (inst as unknown as z.ZodDiscriminatedUnion<readonly z.ZodObject[]>).def;
    const names = options.flatMap((option) =>
      [...((option.shape[field] as z.ZodLiteral)._zod.values ?? [])].map(String),
    );
    const near = typeof value === "string" ? nearest(value, names) : [];
    return `${shown(value)} is none of ${names.length} names${near.length > 0 ? ` (nearest: ${near.join(", ")})` : ""}`;
  },
});

/** What is wrong with the line, and where: "ops[3].dev: Invalid input ...", or undefined. */
export function complaint(schema: z.ZodType, line: unknown): string | undefined {
  const issue = schema.safeParse(line).error?.issues[0];
  if (!issue) return undefined;
  const where = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return `${where.replace(/^\./, "") || "the line"}: ${issue.message}`;
}
