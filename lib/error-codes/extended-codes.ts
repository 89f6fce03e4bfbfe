import type { CodeRow } from "./code-row.ts";
import type { TopicId } from "./topics.ts";

type Row = readonly [code: number, names: readonly string[], means: string, topic: TopicId];

const client: readonly Row[] = [
  [0x0, ["exDiscReasonNoInfo", "ERRINFO_NONE"], "no further information", "no-information"],
  [
    0x1,
    ["exDiscReasonAPIInitiatedDisconnect", "ERRINFO_RPC_INITIATED_DISCONNECT"],
    "an administrator's tool disconnected the session",
    "ended-on-purpose",
  ],
  [
    0x2,
    ["exDiscReasonAPIInitiatedLogoff", "ERRINFO_RPC_INITIATED_LOGOFF"],
    "an administrator's tool logged the session off",
    "ended-on-purpose",
  ],
  [
    0x3,
    ["exDiscReasonServerIdleTimeout", "ERRINFO_IDLE_TIMEOUT"],
    "the session was idle for too long",
    "session-limit",
  ],
  [
    0x4,
    ["exDiscReasonServerLogonTimeout", "ERRINFO_LOGON_TIMEOUT"],
    "the session reached its time limit",
    "session-limit",
  ],
  [
    0x5,
    ["exDiscReasonReplacedByOtherConnection", "ERRINFO_DISCONNECTED_BY_OTHERCONNECTION"],
    "another connection took the session over",
    "replaced",
  ],
  [0x6, ["exDiscReasonOutOfMemory", "ERRINFO_OUT_OF_MEMORY"], "the server has no memory left", "server-resources"],
  [
    0x7,
    ["exDiscReasonServerDeniedConnection", "ERRINFO_SERVER_DENIED_CONNECTION"],
    "the server denied the connection",
    "server-denied",
  ],
  [0x8, ["exDiscReasonServerDeniedConnectionFips"], "the server denied the connection because of FIPS", "fips"],
  [
    0x9,
    ["exDiscReasonServerInsufficientPrivileges", "ERRINFO_SERVER_INSUFFICIENT_PRIVILEGES"],
    "the user lacks the right to log on through Remote Desktop",
    "log-on-right",
  ],
  [
    0xa,
    ["exDiscReasonServerFreshCredsRequired", "ERRINFO_SERVER_FRESH_CREDENTIALS_REQUIRED"],
    "the server does not accept saved credentials",
    "saved-credentials",
  ],
  [
    0xb,
    ["exDiscReasonRpcInitiatedDisconnectByUser", "ERRINFO_RPC_INITIATED_DISCONNECT_BYUSER"],
    "the user disconnected the session by a tool",
    "ended-on-purpose",
  ],
  [0xc, ["exDiscReasonLogoffByUser", "ERRINFO_LOGOFF_BY_USER"], "the user logged off", "ended-on-purpose"],
  [0x100, ["exDiscReasonLicenseInternal", "ERRINFO_LICENSE_INTERNAL"], "internal error of the licensing", "licence"],
  [
    0x101,
    ["exDiscReasonLicenseNoLicenseServer", "ERRINFO_LICENSE_NO_LICENSE_SERVER"],
    "no licence server was available",
    "licence",
  ],
  [
    0x102,
    ["exDiscReasonLicenseNoLicense", "ERRINFO_LICENSE_NO_LICENSE"],
    "no client access licence was available",
    "licence",
  ],
  [
    0x103,
    ["exDiscReasonLicenseErrClientMsg", "ERRINFO_LICENSE_BAD_CLIENT_MSG"],
    "the licence message of the client was not valid",
    "client-licence",
  ],
  [
    0x104,
    ["exDiscReasonLicenseHwidDoesntMatchLicense", "ERRINFO_LICENSE_HWID_DOESNT_MATCH_LICENSE"],
    "the client's stored licence is for other hardware",
    "client-licence",
  ],
  [
    0x105,
    ["exDiscReasonLicenseErrClientLicense", "ERRINFO_LICENSE_BAD_CLIENT_LICENSE"],
    "the client's stored licence is not valid",
    "client-licence",
  ],
  [
    0x106,
    ["exDiscReasonLicenseCantFinishProtocol", "ERRINFO_LICENSE_CANT_FINISH_PROTOCOL"],
    "the network failed during the licensing",
    "licence",
  ],
  [
    0x107,
    ["exDiscReasonLicenseClientEndedProtocol", "ERRINFO_LICENSE_CLIENT_ENDED_PROTOCOL"],
    "the client ended the licensing",
    "client-licence",
  ],
  [
    0x108,
    ["exDiscReasonLicenseErrClientEncryption", "ERRINFO_LICENSE_BAD_CLIENT_ENCRYPTION"],
    "a licence message was encrypted wrongly",
    "client-licence",
  ],
  [
    0x109,
    ["exDiscReasonLicenseCantUpgradeLicense", "ERRINFO_LICENSE_CANT_UPGRADE_LICENSE"],
    "the client's stored licence could not be renewed",
    "client-licence",
  ],
  [
    0x10a,
    ["exDiscReasonLicenseNoRemoteConnections", "ERRINFO_LICENSE_NO_REMOTE_CONNECTIONS"],
    "the server is not licensed for remote connections",
    "licence",
  ],
  [
    0x10b,
    ["exDiscReasonLicenseCreatingLicStoreAccDenied"],
    "the client may not create its licence store",
    "client-licence",
  ],
  [0x300, ["exDiscReasonRdpEncInvalidCredentials"], "the credentials are not valid", "password"],
];

const errorInfo: readonly Row[] = [
  [
    0xf,
    ["ERRINFO_CLOSE_STACK_ON_DRIVER_NOT_READY"],
    "the display driver of the session did not start in time",
    "graphics",
  ],
  [0x10, ["ERRINFO_SERVER_DWM_CRASH"], "the Desktop Window Manager of the session ended unexpectedly", "graphics"],
  [0x11, ["ERRINFO_CLOSE_STACK_ON_DRIVER_FAILURE"], "the display driver of the session failed", "graphics"],
  [
    0x12,
    ["ERRINFO_CLOSE_STACK_ON_DRIVER_IFACE_FAILURE"],
    "the display driver of the session started without its interface",
    "graphics",
  ],
  [0x17, ["ERRINFO_SERVER_WINLOGON_CRASH"], "Winlogon of the session ended unexpectedly", "log-on-process"],
  [0x18, ["ERRINFO_SERVER_CSRSS_CRASH"], "CSRSS of the session ended unexpectedly", "log-on-process"],
  [0x19, ["ERRINFO_SERVER_SHUTDOWN"], "the server is shutting down", "restarting"],
  [0x1a, ["ERRINFO_SERVER_REBOOT"], "the server is restarting", "restarting"],
  [0x400, ["ERRINFO_CB_DESTINATION_NOT_FOUND"], "the Connection Broker did not find the target", "broker"],
  [0x402, ["ERRINFO_CB_LOADING_DESTINATION"], "the target is disconnecting from the Connection Broker", "broker"],
  [0x404, ["ERRINFO_CB_REDIRECTING_TO_DESTINATION"], "the redirection to the target failed", "broker"],
  [0x405, ["ERRINFO_CB_SESSION_ONLINE_VM_WAKE"], "the Connection Broker could not wake the target VM", "broker"],
  [0x406, ["ERRINFO_CB_SESSION_ONLINE_VM_BOOT"], "the Connection Broker could not start the target VM", "broker"],
  [0x407, ["ERRINFO_CB_SESSION_ONLINE_VM_NO_DNS"], "the Connection Broker found no address of the target VM", "broker"],
  [0x408, ["ERRINFO_CB_DESTINATION_POOL_NOT_FREE"], "the pool of the Connection Broker has no free target", "broker"],
  [0x409, ["ERRINFO_CB_CONNECTION_CANCELLED"], "the Connection Broker cancelled the connection", "broker"],
  [0x410, ["ERRINFO_CB_CONNECTION_ERROR_INVALID_SETTINGS"], "the routing token is not valid", "broker"],
  [0x411, ["ERRINFO_CB_SESSION_ONLINE_VM_BOOT_TIMEOUT"], "the target VM did not start in time", "broker"],
  [
    0x412,
    ["ERRINFO_CB_SESSION_ONLINE_VM_SESSMON_FAILED"],
    "the sessions of the target VM could not be watched",
    "broker",
  ],
  [0x10d2, ["ERRINFO_CREATEUSERDATAFAILED"], "the server could not answer the client's settings", "protocol"],
  [0x10d3, ["ERRINFO_CONNECTFAILED"], "the channels of the connection could not be joined", "protocol"],
  [0x10ea, ["ERRINFO_BADCAPABILITIES"], "the server did not accept the client's capabilities", "protocol"],
  [0x10f0, ["ERRINFO_VCHANNELSTOOMANY"], "the client asked for more than 31 channels", "protocol"],
  [0x10f3, ["ERRINFO_REMOTEAPPSNOTENABLED"], "the session may only show remote applications", "protocol"],
  [0x1129, ["ERRINFO_BADMONITORDATA"], "the client's monitor data are not valid", "graphics"],
  [
    0x112d,
    ["ERRINFO_GRAPHICSMODENOTSUPPORTED"],
    "the server cannot show the client's resolution or colour depth",
    "graphics",
  ],
  [
    0x112e,
    ["ERRINFO_GRAPHICSSUBSYSTEMRESETFAILED"],
    "the graphics subsystem of the server could not be reset",
    "graphics",
  ],
  [0x112f, ["ERRINFO_GRAPHICSSUBSYSTEMFAILED"], "the graphics subsystem of the server failed", "graphics"],
  [0x1191, ["ERRINFO_UPDATESESSIONKEYFAILED"], "the session key could not be renewed", "rdp-security"],
  [0x1192, ["ERRINFO_DECRYPTFAILED"], "the server could not decrypt", "rdp-security"],
  [0x1193, ["ERRINFO_ENCRYPTFAILED"], "the server could not encrypt", "rdp-security"],
  [0x1194, ["ERRINFO_ENCPKGMISMATCH"], "client and server encrypt differently", "rdp-security"],
  [0x1195, ["ERRINFO_DECRYPTFAILED2"], "the server could not decrypt", "rdp-security"],
];

/** Internal protocol errors: exDiscReasonProtocolRangeStart to exDiscReasonProtocolRangeEnd. */
export const protocolRange = { from: 0x1000, to: 0x7fff } as const;

/**
 * Codes that the client shows as "Extended error code". The server sends them as ERRINFO before it disconnects, and the
 * client's enumeration has the same numbers.
 */
export const extendedCodes: readonly CodeRow[] = [
  ...client.map(([code, names, means, topic]): CodeRow => ({ code, names, means, topic, source: "extendedReason" })),
  ...errorInfo.map(([code, names, means, topic]): CodeRow => ({ code, names, means, topic, source: "errorInfo" })),
].sort((one, other) => one.code - other.code);
