import { type Check, healthy, noted } from "../core/check.ts";
import { mostKeysToCopy } from "../core/windows.ts";
import { judgeFrom } from "./_section.ts";

/**
 * Programs that make a key for each task and never delete it leave hundreds of thousands of files in MachineKeys. They
 * fill the disk, slow down whatever looks into the folder, and are too many to copy into a new one. A server with many
 * certificates has some hundreds. Which program it is, the owner of the files tells. [MK]
 */
export const machineKeysAreFew: Check = {
  id: "machine-keys-are-few",
  title: "No program leaks keys into the MachineKeys folder",
  run: judgeFrom(["keys"], ({ keys: { others } }) => {
    const facts = { keys: others.count };
    if (others.count <= mostKeysToCopy)
      return healthy(`The MachineKeys folder holds ${others.count} other keys.`, facts);
    return noted(
      `The MachineKeys folder holds ${others.count} other keys, which a program leaks. Find it by the owners of the newest files and correct it; delete keys only after a snapshot of the disk.`,
      facts,
    );
  }),
};
