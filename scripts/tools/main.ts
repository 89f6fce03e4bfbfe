import { installTool } from "./install.ts";
import { toolsFolder } from "./locate.ts";
import { pinnedTools } from "./pinned.ts";
import { describeInstallation } from "./report.ts";

/** `npm run tools`: installs what tests use and is not there. Exit code 1 when something stays missing. */
const installations = await Promise.all(Object.values(pinnedTools).map((tool) => installTool(tool, toolsFolder)));
console.log(`Tools in ${toolsFolder}:`);
for (const installation of installations) console.log(describeInstallation(installation));
if (installations.some(({ state }) => state === "missing")) process.exitCode = 1;
