import { handshakeWorks } from "../core/handshake.ts";
import { type Remediation, refuse } from "../core/remediation.ts";
import { serviceLibraries } from "../core/supporting-services.ts";
import { planFrom } from "./_plan-from.ts";
import { withRestart } from "./_with-restart.ts";

/**
 * Programs that let more people log on at once put a library of their own in the place of termsrv.dll. Windows' own
 * stays on the disk, so that naming it again is enough. The product's files stay. [RDPW]
 */
export const restoreTermserviceLibrary: Remediation = {
  id: "restore-termservice-library",
  title: "Let TermService run Windows' own library again",
  restores: ["rdp-services-can-start", "rdp-handshake-succeeds"],
  risk: "interrupts-sessions",
  mayNeedRestart: false,
  touches: [{ kind: "set-registry-value", values: ["termservice/ServiceDll"] }, { kind: "restart-rdp-services" }],
  sources: ["RDPW"],
  plan: planFrom(["registry", "services", "supportingServices"], (sections, { at, guest, force }) => {
    const { registry, services, supportingServices } = sections;
    const works = handshakeWorks(guest, at) === true;
    const library = supportingServices.obstacles.find(({ service }) => service === "TermService")?.library;
    const to = { type: "expand-string", data: serviceLibraries.TermService } as const;
    const was = registry["termservice/ServiceDll"];
    const isOwn = was?.type === to.type && was.data.toLowerCase() === to.data.toLowerCase();
    if (!library || (works && !force)) return [];
    if (isOwn) {
      return refuse(
        "ServiceDll names Windows' own library already. Restore its file with sfc /scannow when it is missing; otherwise restart TermService.",
      );
    }
    // Windows keeps the file of a library in use: the value was changed after the service had started.
    if (!library.exists && services.TermService?.state === "Running") {
      return refuse(
        `TermService runs, and could not start again with the library that ServiceDll names now, so that an undo would stop it. Set ServiceDll to ${to.data} (REG_EXPAND_SZ) by hand, and restart TermService.`,
      );
    }
    return withRestart([{ kind: "set-registry-value", value: "termservice/ServiceDll", to, was }], services);
  }),
};
