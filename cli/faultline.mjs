#!/usr/bin/env node
/**
 * Where `npx faultline` starts. Plain JavaScript of an old kind, without static imports or top-level await, so that a
 * Node that is too old reaches the check and gets one clear line instead of a syntax error.
 */

/** The oldest version that package.json admits. */
const OLDEST = { major: 20, minor: 19 };

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor)) {
  const needed = `${OLDEST.major}.${OLDEST.minor}`;
  console.error(`faultline needs Node ${needed} or newer; this is Node ${process.versions.node}.`);
  process.exitCode = 2;
} else {
  import("./start.mjs")
    .then(({ started }) => started())
    .catch((error) => {
      // A crash is exit code 4 (decision 0002): 1, which Node would choose, means that a property is violated.
      const missing = /Cannot find package '([^']+)'/.exec(String(error?.message));
      console.error(missing ? `faultline: the package "${missing[1]}" is not installed; run \`npm ci\` first.` : error);
      process.exitCode = 4;
    });
}
