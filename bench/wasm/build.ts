/** `npm run wasm`: builds checker/explore/search/wasm/search.wat into built.ts beside it. */
import { writeFileSync } from "node:fs";
import { built, pathOf } from "./assemble.ts";

writeFileSync(pathOf("built.ts"), await built());
