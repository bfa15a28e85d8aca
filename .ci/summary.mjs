/**
 * Prints "N passed, N failed, N skipped" from a JUnit file, as the last line of a run. Exit code 1 when a test failed, or
 * when no test ran: a run without tests has shown nothing.
 */
import { readFileSync } from "node:fs";

const [path = "reports/out/junit.xml"] = process.argv.slice(2);

/** The attributes of the root element, for example tests="12". @param {string} xml @returns {Map<string, number>} */
const totals = (xml) => {
  const [, attributes = ""] = /<testsuites\b([^>]*)>/.exec(xml) ?? [];
  return new Map([...attributes.matchAll(/(\w+)="(\d+)"/g)].map(([, name = "", value]) => [name, Number(value)]));
};

/** @returns {string} */
const read = () => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    console.error(`${path} is missing: the tests did not get as far as writing it.`);
    return "";
  }
};

const xml = read();
const counted = totals(xml);
const tests = counted.get("tests") ?? 0;
const failed = (counted.get("failures") ?? 0) + (counted.get("errors") ?? 0);
const skipped = (xml.match(/<skipped\b/g) ?? []).length;
// A run that ended before any test is a failure of its own.
const failures = tests === 0 ? Math.max(failed, 1) : failed;
console.log(`${tests - failed - skipped} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failures > 0 ? 1 : 0;
