/** Names of designs that leave out the last number of a release. */

const NAME = /^(linux-\d+\.\d+)\.(\d+)(-.+)?$/;

/**
 * The newest release that `name` may stand for: "linux-6.12" for "linux-6.12.117", and "linux-6.12-amd" for
 * "linux-6.12.117-amd". A design of that very name comes first; undefined: no design of `hosts` is meant.
 */
export function newestRelease(name: string, hosts: readonly string[]): string | undefined {
  if (hosts.includes(name)) return name;
  const releases = hosts.flatMap((host) => {
    const [, series, patch, variant = ""] = NAME.exec(host) ?? [];
    return series !== undefined && series + variant === name ? [{ host, patch: Number(patch) }] : [];
  });
  return releases.sort((a, b) => b.patch - a.patch)[0]?.host;
}
