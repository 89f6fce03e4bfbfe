import { buildFunctions, functionsEntry } from "./build-functions.ts";

const { sizes } = await buildFunctions();
const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
console.log(`built ${functionsEntry}: ${sizes.size} files, ${Math.round(total / 1024)} KB`);
