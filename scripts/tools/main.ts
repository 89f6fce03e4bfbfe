import { compilePwsh } from "./compile-pwsh.ts";
import { installTool } from "./install.ts";
import { toolsFolder } from "./locate.ts";
import { chooseTools } from "./pinned.ts";
import { describeCompilation, describeInstallation } from "./report.ts";

/**
 * `npm run tools [NAME...]`: installs what tests use and is not there; without a name, all but the optional ones. Exit
 * code 1 when something stays missing, 2 for a name that no tool has.
 */
const chosen = chooseTools(process.argv.slice(2));
if (typeof chosen === "string") {
  console.error(chosen);
  process.exitCode = 2;
} else {
  const installations = await Promise.all(chosen.map((tool) => installTool(tool, toolsFolder)));
  console.log(`Tools in ${toolsFolder}:`);
  for (const installation of installations) console.log(describeInstallation(installation));
  if (installations.some(({ tool, state }) => tool.name === "powershell" && state !== "missing")) {
    // Only a matter of speed: without it, all tests run.
    console.log(describeCompilation(await compilePwsh(toolsFolder)));
  }
  if (installations.some(({ state }) => state === "missing")) process.exitCode = 1;
}
