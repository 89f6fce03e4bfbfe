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
