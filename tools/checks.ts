/** The checks that run no test, two at a time: the longest first. Exit code 1 where one of them fails. */
import { sideBySide } from "./side-by-side.ts";

const CHECKS = ["lint", "types", "layers", "dead"];

const isFine = await sideBySide(
  CHECKS.map((name) => ["npm", "run", "--silent", name]),
  2,
  ({ command, code, output }) => {
    process.stdout.write(output);
    if (code !== 0) process.stdout.write(`${command} failed.\n`);
  },
);
if (!isFine) process.exitCode = 1;
