/** What a program imports as "faultline/reports": records, as text. */
export { chart } from "./chart.ts";
export { markdownReport } from "./markdown.ts";
export { textReport, type Telling } from "./text.ts";
export { traceText } from "./trace-text.ts";
