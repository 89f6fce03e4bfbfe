import { type Check, healthy, noted } from "../core/check.ts";
import { judgeFrom } from "./_section.ts";

/** A server with many certificates has some hundreds of keys. */
const many = 20_000;

/**
 * Programs that make a key for each task and never delete it leave hundreds of thousands of files in MachineKeys. They
 * fill the disk, and slow down whatever looks into the folder. Which program it is, the owner of the files tells. [MK]
 */
export const machineKeysAreFew: Check = {
  id: "machine-keys-are-few",
  title: "No program leaks keys into the MachineKeys folder",
  run: judgeFrom(["keys"], ({ keys: { others } }) => {
    const facts = { keys: others.count };
    if (others.count < many) return healthy(`The MachineKeys folder holds ${others.count} other keys.`, facts);
    return noted(
      `The MachineKeys folder holds ${others.count} other keys, which a program leaks. Find it by the owners of the newest files and correct it; delete keys only after a snapshot of the disk.`,
      facts,
    );
  }),
};
