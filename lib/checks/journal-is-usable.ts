import { type Check, healthy, noted, unknown } from "../core/check.ts";
import { isPrivate } from "../core/key-permissions.ts";
import { judgeFrom } from "./_section.ts";

/**
 * Users cannot create anything in the folder that holds the journal's, so that what is not for SYSTEM and Administrators
 * alone there was made or opened by an administrator or a program. It is never used: others could read keys that are put
 * aside, and write what an undo relies on. Remote Desktop is not affected, but nothing can be repaired or undone.
 */
export const journalIsUsable: Check = {
  id: "journal-is-usable",
  title: "The journal of repairs can be kept on the VM",
  run: judgeFrom(["journal"], ({ journal: { path, found } }) => {
    if (!found) return healthy(`The folder of the journal does not exist yet: ${path}.`);
    const facts = { path, owner: found.owner, permissions: found.sddl };
    const cure = "Find out who made it, and remove it. Nothing is repaired or undone on this VM before that.";
    if (found.reparsePoint) return noted(`${path} is a link to another place. ${cure}`, facts);
    if (!found.folder) return noted(`${path} is a file. ${cure}`, facts);
    const alone = isPrivate(found);
    if (alone === null) return unknown(`The permissions of ${path} could not be read.`);
    if (!alone) return noted(`Others than SYSTEM and Administrators have access to ${path}. ${cure}`, facts);
    return healthy(`Only SYSTEM and Administrators have access to ${path}.`, facts);
  }),
};
