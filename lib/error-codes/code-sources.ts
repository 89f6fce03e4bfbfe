/*
 * Where the facts about codes come from. `documented`: a vendor's reference lists the code. `reported`: people saw it,
 * and no reference explains it; what such a row says is not certain.
 */

export type Standing = "documented" | "reported";

interface CodeSource {
  readonly title: string;
  readonly url: string;
  readonly standing: Standing;
}

const openspecs = "https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rdpbcgr";
const win32 = "https://learn.microsoft.com/en-us/windows/win32";
const mRemoteNg = "https://github.com/mRemoteNG/mRemoteNG/issues";
const rdpWrapper = "https://github.com/stascorp/rdpwrap/issues";

export const codeSources = {
  onDisconnected: {
    title: "IMsTscAxEvents::OnDisconnected",
    url: `${win32}/termserv/imstscaxevents-ondisconnected`,
    standing: "documented",
  },
  extendedReason: {
    title: "ExtendedDisconnectReasonCode",
    url: `${win32}/termserv/extendeddisconnectreasoncode`,
    standing: "documented",
  },
  errorInfo: {
    title: "MS-RDPBCGR 2.2.5.1.1, Set Error Info PDU",
    url: `${openspecs}/a21a1bd9-2303-49c1-90ec-3932435c248c`,
    standing: "documented",
  },
  negotiationFailure: {
    title: "MS-RDPBCGR 2.2.1.2.2, RDP Negotiation Failure",
    url: `${openspecs}/1b3920e7-0116-4345-bc45-f2c4ad012761`,
    standing: "documented",
  },
  disconnectCodes: {
    title: "TechNet: Remote Desktop client disconnect codes and reasons",
    url: "https://social.technet.microsoft.com/wiki/contents/articles/37870.remote-desktop-client-troubleshooting-disconnect-codes-and-reasons.aspx",
    standing: "documented",
  },
  sspiResults: { title: "COM error codes: security", url: `${win32}/com/com-error-codes-4`, standing: "documented" },
  genericResults: { title: "COM error codes: generic", url: `${win32}/com/com-error-codes-1`, standing: "documented" },
  statusValues: {
    title: "MS-ERREF 2.3.1, NTSTATUS values",
    url: "https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-erref/596a1078-e883-4972-9bbc-49e60bebca55",
    standing: "documented",
  },
  clientEvents: {
    title: "Events of Microsoft-Windows-TerminalServices-ClientActiveXCore, from the provider's manifest",
    url: "https://detection-wiki-dev.pages.dev/microsoft-windows-terminalservices-clientactivexcore/",
    standing: "documented",
  },
  credSspUpdate: {
    title: "CredSSP updates for CVE-2018-0886",
    url: "https://support.microsoft.com/en-us/topic/credssp-updates-for-cve-2018-0886-5cbf9e5f-dc6d-744f-9e97-7ba400d6d3ea",
    standing: "documented",
  },
  internalError: {
    title: "An internal error occurs when you connect to an Azure VM by RDP",
    url: "https://github.com/MicrosoftDocs/SupportArticles-docs/blob/HEAD/support/azure/virtual-machines/windows/troubleshoot-rdp-internal-error.md",
    standing: "documented",
  },
  authenticationErrors: {
    title: "Authentication errors when you use RDP to connect to an Azure VM",
    url: "https://github.com/MicrosoftDocs/SupportArticles-docs/blob/HEAD/support/azure/virtual-machines/windows/cannot-connect-rdp-azure-vm.md",
    standing: "documented",
  },
  generalError: {
    title: "Remote Desktop cannot connect for one of these reasons",
    url: "https://github.com/MicrosoftDocs/SupportArticles-docs/blob/HEAD/support/azure/virtual-machines/windows/troubleshoot-rdp-general-error.md",
    standing: "documented",
  },
  accessDenied: {
    title: "Access denied and user not authorized, of Remote Desktop Services",
    url: "https://learn.microsoft.com/en-us/troubleshoot/windows-server/remote/troubleshooting-access-denied-and-user-not-authorized-rds-issues",
    standing: "documented",
  },
  accessDeniedFrench: {
    title: "The same article in French",
    url: "https://learn.microsoft.com/fr-fr/troubleshoot/windows-server/remote/troubleshooting-access-denied-and-user-not-authorized-rds-issues",
    standing: "documented",
  },
  mustAuthenticate: {
    title: "A user cannot authenticate or must authenticate twice",
    url: "https://learn.microsoft.com/en-us/troubleshoot/windows-server/remote/cannot-authenticate-must-authenticate-twice",
    standing: "documented",
  },
  mustAuthenticateGerman: {
    title: "The same article in German",
    url: "https://learn.microsoft.com/de-de/troubleshoot/windows-server/remote/cannot-authenticate-must-authenticate-twice",
    standing: "documented",
  },
  mustAuthenticateFrench: {
    title: "The same article in French",
    url: "https://learn.microsoft.com/fr-fr/windows-server/remote/remote-desktop-services/troubleshoot/cannot-authenticate-or-must-authenticate-twice",
    standing: "documented",
  },
  disconnected: {
    title: "Remote Desktop disconnected or can't connect to the remote computer",
    url: "https://learn.microsoft.com/en-us/troubleshoot/windows-server/remote/remote-desktop-disconnected",
    standing: "documented",
  },
  noLicenceServer: {
    title: "Cannot connect to RDS because no RD Licensing servers are available",
    url: "https://github.com/MicrosoftDocs/SupportArticles-docs/blob/HEAD/support/windows-server/remote/cannot-connect-rds-no-license-server.md",
    standing: "documented",
  },
  systemErrors: {
    title: "System error codes of Windows and their sentences",
    url: `${win32}/debug/system-error-codes`,
    standing: "documented",
  },
  busyReport: {
    title: "ERROR_CTX_WINSTATION_BUSY (7024)",
    url: "https://winerrorcodes.com/error/error-ctx-winstation-busy",
    standing: "reported",
  },
  interactiveReport: {
    title: "Common connection errors of terminal services",
    url: "https://techgenix.com/troubleshooting-terminal-service-connection-errors/",
    standing: "reported",
  },
  securityEvents: {
    title: "Event 4625: an account failed to log on",
    url: "https://learn.microsoft.com/windows/security/threat-protection/auditing/event-4625",
    standing: "documented",
  },
  vmEvents: {
    title: "RDP connection problems by event id",
    url: "https://github.com/MicrosoftDocs/SupportArticles-docs/blob/HEAD/support/azure/virtual-machines/windows/event-id-troubleshoot-vm-rdp-connecton.md",
    standing: "documented",
  },
  freeRdp: {
    title: "Connection errors of FreeRDP",
    url: "https://github.com/FreeRDP/FreeRDP/blob/00c8ac03fe205fb16f00d7aecbcf40e127de77a0/include/freerdp/error.h",
    standing: "documented",
  },
  code607Report: {
    title: "0x607, an authentication error",
    url: "https://anabel.icu/blog/fix-remote-desktop-connection-error-1760905231123",
    standing: "reported",
  },
  germanLogOnReport: {
    title: "A failed log-on of Remote Desktop, in German",
    url: "https://blog.silverpc.hu/2025/09/07/der-anmeldeversuch-ist-fehlgeschlagen-so-losen-sie-das-haufigste-remote-desktop-problem",
    standing: "reported",
  },
  germanCredentialsReport: {
    title: "Refused credentials of Remote Desktop, in German",
    url: "https://www.computerweekly.com/de/tipp/RDP-Authentifizierung-Haeufige-Fehlerquellen-und-Loesungen",
    standing: "reported",
  },
  germanFunctionReport: {
    title: "The requested function is not supported, in German",
    url: "https://blog.impressive-it.de/authentifizierungsfehler-die-angeforderte-funktion-wird-nicht-unterstuetzt",
    standing: "reported",
  },
  translations: {
    title: "Dialogs of Windows in German and French, as people quote them; not held against a list",
    url: "https://uitranslation.com/",
    standing: "reported",
  },
  tunnelReport: {
    title: "0x904 through a tunnel",
    url: "https://github.com/rustdesk/rustdesk/issues/10125",
    standing: "reported",
  },
  gatewayReport: {
    title: "0x904 / 0x7 behind a bastion host",
    url: "https://github.com/tp4a/teleport/issues/301",
    standing: "reported",
  },
  nla519Report: { title: "519 of a client without CredSSP", url: `${mRemoteNg}/1820`, standing: "reported" },
  nla2825Report: { title: "2825 of a client without CredSSP", url: `${mRemoteNg}/875`, standing: "reported" },
  code4Report: { title: "0x4 of clients for macOS and phones", url: `${rdpWrapper}/1340`, standing: "reported" },
  code3Report: { title: "0x3 after a successful log-on", url: `${rdpWrapper}/3697`, standing: "reported" },
  code516Report: {
    title: "0x516 while connecting",
    url: "https://www.bqtyf.cn/windows/windows-remote-desktop-error-code-0x516-during-connection-at-1766475366.html",
    standing: "reported",
  },
  code5fReport: {
    title: "0x300005f, asked and not answered",
    url: "https://github.com/MicrosoftDocs/windowsserverdocs/issues/7567",
    standing: "reported",
  },
  code2104Report: {
    title: "0x2104 and a self-signed certificate",
    url: "https://github.com/neutrinolabs/xrdp/issues/1922",
    standing: "reported",
  },
  graphicsReport: {
    title: "0x112f in FreeRDP",
    url: "https://github.com/FreeRDP/FreeRDP/issues/4717",
    standing: "reported",
  },
  activationReport: {
    title: "0x80080005 after an update of the client",
    url: `${mRemoteNg}/3088`,
    standing: "reported",
  },
} as const satisfies Record<string, CodeSource>;

export type CodeSourceId = keyof typeof codeSources;
