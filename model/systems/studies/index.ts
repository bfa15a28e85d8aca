/** The studies, in the order in which they are listed and run. To add one, add its file and a line. */
import { policies } from "./policies.ts";
import type { AnyStudy } from "../study.ts";
import { translationCaches } from "./translation-caches.ts";

export const studies: readonly AnyStudy[] = [policies, translationCaches];
