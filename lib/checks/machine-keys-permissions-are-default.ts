import { type Check, faulty, healthy, unknown } from "../core/check.ts";
import { machineKeysFolderFault } from "../core/key-permissions.ts";
import { parseDacl } from "../core/sddl.ts";
import { machineKeysDefault } from "../core/windows.ts";
import { brief, judgeFrom } from "./_section.ts";

export const machineKeysPermissionsAreDefault: Check = {
  id: "machine-keys-permissions-are-default",
  title: "The permissions of the MachineKeys folder are those of Windows",
  run: judgeFrom(["keys"], ({ keys: { folder } }) => {
    if (!folder) return faulty("There is no MachineKeys folder. Windows makes it when it starts: restart the VM.", []);
    const facts = { path: folder.path, owner: folder.owner, permissions: folder.sddl };
    if (folder.reparsePoint) {
      return faulty(`${folder.path} is a link to another place. Remove the link by hand.`, [], facts);
    }
    if (!parseDacl(folder.sddl)) return unknown(`The permissions of ${folder.path} could not be read.`);
    const fault = machineKeysFolderFault(folder);
    if (fault)
      return faulty(
        `The permissions of ${folder.path} are not those of Windows: ${fault}.`,
        ["repair-key-permissions"],
        facts,
      );
    const more = additionalTrustees(folder.sddl);
    const beside = more.length > 0 ? ` Beside that, ${brief(more.join(", "))} have entries.` : "";
    return healthy(`Everyone and Administrators have the access to ${folder.path} that they need.${beside}`, facts);
  }),
};

/** Who has an entry that Windows does not make. More access than the default is a choice, not a fault of Remote Desktop. */
function additionalTrustees(sddl: string): string[] {
  const usual = parseDacl(machineKeysDefault.sddl)?.map(({ sid }) => sid) ?? [];
  const found = parseDacl(sddl)?.map(({ sid }) => sid) ?? [];
  return [...new Set(found)].filter((sid) => !usual.includes(sid));
}
