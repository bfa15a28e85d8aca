/** Plain data: what snapshots, messages and records are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An event of a machine, seen from outside: a type and plain fields. */
export interface Message {
  readonly type: string;
  readonly [field: string]: Json;
}
