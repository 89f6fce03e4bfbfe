import { createHash } from "node:crypto";
import { machineKeysFolder, rdpKeyPrefix, systemSid } from "../core/windows.ts";

/*
 * What the replies of most VMs have in common: pieces of JSON, with names in order, as an ordinary Windows Server makes them.
 * A guest sends one byte for each, so that its reply carries what deviates and little else. A piece may contain the bytes
 * of pieces before it. Generated into lib/guest/scripts/reply-pieces.ps1. A piece is no fact about Windows: what differs
 * from it is sent letter by letter, and one that is never used costs its length in the script alone.
 */

const firstCode = 0x80;
const found: string[] = [];

/** Adds a piece; returns the character that stands for it, for use in later ones. */
function piece(text: string): string {
  found.push(text);
  return String.fromCharCode(firstCode + found.length - 1);
}

const json = (text: string) => JSON.stringify(text).slice(1, -1);

const provider = piece('"provider":"Microsoft Enhanced Cryptographic Provider v1.0","');
const rdpKeyFile = piece(rdpKeyPrefix);
const ownedBySystem = piece(`"owner":"${systemSid}",`);
const plain = piece('"reparsePoint":false,"sddl":"D:PAI(A;');

// The head and the agent.
const running = piece(',"startMode":"Manual","state":"Running","type":"share"}');
piece('{"conflicts":[],"dropped":[],"evidence":{"agent":{"certificates":[{"thumbprint":"');
piece('}],"services":{"RdAgent":"Running","WindowsAzureGuestAgent":"Running"}},"certificate":{');

// Certificates.
piece('usable":true},"keyAlgorithm":"RSA","keySize":2048,"keyUsages":["1.3.6.1.5.5.7.3.1"],"notAfter":"');
piece('"inUse":{"key":{"code":null,"container":"TSSecKeySet1","error":null,"file":"');
piece(`"present":true,${provider}`);
piece('","selfSigned":true,"store":"Remote Desktop","subject":"CN=');
piece('"},"keyFile":null,"origin":"self-signed","others":[]},"collectedAt":"');
piece('Z","notBefore":"');
piece('Z","domain":{"join":"workgroup"},"events":[');

// The firewall.
const profile = piece(',"blockAll":false,"defaultInbound":"Block","enabled":true,"managedBy":"local","name":"');
const allow = piece('{"action":"Allow","enabled":true,"group":true,"localPorts":["');
const profiles = piece('","profiles":["Domain","Private","Public"],"reachesListener":');
const anywhere = piece(',"remoteAddresses":["Any"]}');
piece(
  `{"active":false${profile}Domain"},{"active":false${profile}Private"},{"active":true${profile}Public"}],"rules":[`,
);
piece(`${allow}3389"],"managedBy":"local","name":"RemoteDesktop-UserMode-In-TCP${profiles}true${anywhere},`);
piece(`${allow}Any"],"managedBy":"local","name":"RemoteDesktop-Shadow-In-TCP${profiles}false${anywhere}`);
piece('],"service":"Running"},"guestNetwork":{"inOrder":1},"handshake":{');
piece('"firewall":{"profiles":[');

// The handshake.
piece('"client":{"address":"127.0.0.1","forbidden":[],"offered":["TLS 1.0","TLS 1.1","TLS 1.2"');
piece('"protocol":"TLS 1.2","result":"completed","suite":"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384","thumbprint":"');
piece(
  "Unable to read data from the transport connection: An existing connection was forcibly closed by the remote host.",
);
piece('"},"installedProducts":{},"journal":{"found":');
piece(`{"folder":true,${ownedBySystem}${plain}OICI;FA;;;SY)(A;OICI;FA;;;BA)"}`);
piece(`,"path":"${json("C:\\Windows\\RdpRemediation")}"},"keys":{"containers":[`);

// Keys.
piece('"NetFrameworkConfigurationKey","iisConfigurationKey","iisWasKey"');
piece('subject":"DC=Windows Azure CRP Certificate Generator, CN=TenantEncryptionCert","thumbprint":"');
piece('","usable":true,"usedBy":["');
piece(`"folder":{${ownedBySystem}"path":"${json(machineKeysFolder)}",${plain};0x12019f;;;WD)(A;;FA;;;BA)"}`);
piece(',"others":{"count":');
piece(`,"unreadable":0},"rdpKey":{"bytes":`);
piece(`,"name":"${rdpKeyFile}`);
piece(
  `${ownedBySystem}${plain};FA;;;SY)(A;;FR;;;NS)(A;;FA;;;S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833)"}}`,
);

// The listener and the registry.
const station = piece(
  '"winStations":[{"name":"RDP-Tcp","port":3389,"wdName":"Microsoft RDP 8.0"}]},"logOns":{"failed":{}},"registry":{',
);
piece(',"licensing":{"mode":0},"listener":{"owner":');
piece(
  `{"process":"svchost.exe","services":["TermService"]},"port":3389,"registryKeys":{"rdpTcp":true,"terminalServer":true},${station}`,
);
piece('"rdp-tcp/LanAdapter":0,"rdp-tcp/MaxInstanceCount":0,"rdp-tcp/MinEncryptionLevel":0,');
piece('"rdp-tcp/PortNumber":0,"rdp-tcp/SecurityLayer":0,"rdp-tcp/UserAuthentication":0,');
piece(
  '"rdp-tcp/WdName":{"data":"Microsoft RDP 8.0","type":"string"},"rdp-tcp/fEnableWinStation":0,"rdp-tcp/fLogonDisabled":0,',
);
piece('"terminal-server/TSEnabled":0,"terminal-server/TSServerDrainMode":0,"terminal-server/TSUserEnabled":0,');
piece('"terminal-server/fDenyTSConnections":0,"termservice/ServiceDll":0,');
piece('"winlogon/WinStationsDisabled":0,');
piece(
  '"winstations/SelfSignedCertStore":{"data":"Remote Desktop","type":"string"},"winstations/SelfSignedCertificate":{"data":"',
);
piece('","type":"binary"}},"requestedAt":"');
piece('Z","rights":{"held":{}},"schannel":{"protocols":[],"usableWithRsa":[');

// Cipher suites.
const dhe = piece("TLS_DHE_RSA_WITH_AES_");
const ecdhe = piece("TLS_ECDHE_RSA_WITH_AES_");
const rsa = piece("TLS_RSA_WITH_AES_");
const [strong, weak] = [piece('256_GCM_SHA384","'), piece('128_GCM_SHA256","')];
const [old, older] = [piece("256_CBC_SHA"), piece("128_CBC_SHA")];
piece(
  `"${ecdhe}${strong}${ecdhe}${weak}${dhe}${strong}${dhe}${weak}${ecdhe}${old}384","${ecdhe}${older}256","${ecdhe}${old}","${ecdhe}${older}","${rsa}${strong}${rsa}${weak}${rsa}${old}256","${rsa}${older}256","${rsa}${old}","${rsa}${older}"]`,
);

// Services, the system and the tail.
const local = piece(`{"account":"LocalSystem"${running}`);
piece(
  `},"services":{"SessionEnv":${local},"TermService":{"account":"NT AUTHORITY\\\\NetworkService"${running},"UmRdpService":${local}}`,
);
piece(',"sessions":{"active":');
piece(',"disconnected":');
piece(',"subsystem":{},"supportingServices":{},"system":{"bootTime":"');
piece(',"computerName":"');
piece('","domainJoined":false,"freeDiskMb":');
piece(',"machineGuid":"');
piece('","pendingReboot":false,"powershell":"5.1.');
piece('","productType":"server"}},"journalsDeleted":0,"reason":null,"receipts":[');
piece('"status":"done","step":"');
piece('","version":1}');
piece('{"changed":true,"kind":"');

/** In the order in which a guest puts them in; they are taken out in the reverse order. */
export const replyPieces: readonly string[] = found;

/** By this a reader knows that a reply was written with the same pieces; at the beginning of the text. */
export const replyPiecesDigest = createHash("sha256")
  .update(replyPieces.join("\n"), "latin1")
  .digest("hex")
  .slice(0, 6);

/** JSON in ASCII, with a character from U+0080 to U+00FF for each piece in it. */
export function shortenReply(json: string): string {
  const short = replyPieces.reduce((text, one, at) => text.replaceAll(one, String.fromCharCode(firstCode + at)), json);
  return replyPiecesDigest + short;
}

/**
 * The JSON that was shortened. `null` when it was written with other pieces, or would have more than `maximum` characters.
 */
export function lengthenReply(short: string, maximum: number): string | null {
  if (!short.startsWith(replyPiecesDigest)) return null;
  let text = short.slice(replyPiecesDigest.length);
  for (const [at, one] of [...replyPieces.entries()].reverse()) {
    const parts = text.split(String.fromCharCode(firstCode + at));
    if (text.length + (parts.length - 1) * one.length > maximum) return null;
    text = parts.join(one);
  }
  return text;
}
