/** What takes long to find, and is seldom asked for: found when it is asked for first. */
export const once = <T>(work: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: work() }).value;
};
