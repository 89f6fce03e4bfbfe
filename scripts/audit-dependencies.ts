import { spawnSync } from "node:child_process";
import { judgeAudit } from "./judge-audit.ts";

/*
 * Asks the registry for advisories about what is shipped.
 *
 *     node scripts/audit-dependencies.ts [--required]
 *
 * Exit code 1: there are advisories of weight; with --required also when nobody could be asked. Without it that is said in
 * a sentence, because not every registry answers this question.
 */

const shell = process.platform === "win32";
const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], { encoding: "utf8", shell });
const { kind, sentence } = judgeAudit(stdout);
console.log(sentence);
if (kind === "advisories" || (kind === "not-checked" && process.argv.includes("--required"))) process.exitCode = 1;
