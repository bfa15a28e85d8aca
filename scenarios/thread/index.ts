/** The RFC thread as data: who wrote what and when, what was claimed or asked, and what is answered elsewhere. */
export { messages, thread } from "./messages.ts";
export { rows, type Row } from "./rows/index.ts";
export { elsewhere } from "./elsewhere.ts";
