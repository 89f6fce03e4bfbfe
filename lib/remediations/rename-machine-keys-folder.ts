import { folderDeviation } from "../core/key-permissions.ts";
import { type Remediation, refuse } from "../core/remediation.ts";
import { mostKeysToCopy } from "../core/windows.ts";
import { planFrom } from "./_plan-from.ts";
import { rdpKeyWorks, refuseRenewal, removeCertificatesOfRdpKey } from "./_rdp-key.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * The last of three tiers of key repair: the folder is renamed aside and created again, and every key but that of
 * Remote Desktop is copied back. IIS, SQL Server, AD FS, WinRM and the Azure agent keep keys there.
 */
export const renameMachineKeysFolder: Remediation = {
  id: "rename-machine-keys-folder",
  title: "Make the MachineKeys folder anew and carry the other keys back",
  restores: [
    "machine-keys-permissions-are-default",
    "rdp-key-is-usable",
    "rdp-certificate-is-valid",
    "rdp-handshake-succeeds",
  ],
  risk: "replaces-keys",
  mayNeedRestart: false,
  touches: [
    { kind: "rename-machine-keys-folder" },
    { kind: "remove-rdp-certificate" },
    { kind: "restart-rdp-services" },
  ],
  sources: ["MK", "VA", "GT"],
  plan: planFrom(["certificate", "keys", "services"], ({ certificate, keys, services }, { at, guest, force }) => {
    const { folder, others } = keys;
    const refusal = refuseRenewal(certificate, { at, guest });
    if (refusal) return refusal;
    if (!folder)
      return refuse(
        "There is no MachineKeys folder. Windows creates it when its services start: name restart-rdp-services.",
      );
    if (others.count > mostKeysToCopy) {
      return refuse(
        `The folder holds ${others.count} other keys, and copying more than ${mostKeysToCopy} takes too long while the services are stopped. Find the program that leaks them and delete its keys first (machine-keys-are-few).`,
      );
    }
    if (others.unreadable > 0 && !force) {
      return refuse(
        `${others.unreadable} of ${others.count} other key files cannot be read, so they could not be carried back. Restore access to them, or force this with a snapshot of the disk at hand.`,
      );
    }
    if (rdpKeyWorks(certificate, guest) && !folderDeviation(folder) && !force) return [];
    const was = { count: others.count, digest: others.digest };
    return withRestart(
      [{ kind: "rename-machine-keys-folder", was, force }, ...removeCertificatesOfRdpKey(certificate)],
      services,
    );
  }),
};
