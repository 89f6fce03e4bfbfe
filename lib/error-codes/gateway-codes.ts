import type { CodeRow } from "./code-row.ts";
import type { TopicId } from "./topics.ts";

const rows: readonly (readonly [code: number, means: string, topic: TopicId])[] = [
  [0x3000001, "the user name or the password is not valid at the gateway", "gateway-credentials"],
  [0x3000002, "the revocation of the gateway's certificate could not be checked", "gateway-certificate"],
  [0x3000003, "the gateway's certificate has another name, has expired or is not trusted", "gateway-certificate"],
  [0x3000004, "the gateway's certificate was revoked", "gateway-certificate"],
  [0x3000005, "the gateway's identity could not be verified", "gateway-certificate"],
  [0x3000006, "the gateway's certificate is for another name", "gateway-certificate"],
  [0x3000007, "the gateway's certificate has expired or was revoked", "gateway-certificate"],
  [0x3000008, "an error occurred on the computer behind the gateway", "gateway-target"],
  [0x3000009, "sending to the gateway failed", "gateway-connection"],
  [0x300000a, "receiving from the gateway failed", "gateway-connection"],
  [0x300000b, "the gateway requires another log-on method", "gateway-credentials"],
  [0x300000c, "the gateway cannot be reached, or its address is wrong", "gateway-connection"],
  [0x300000d, "the gateway is temporarily not available", "gateway-connection"],
  [0x300000e, "the client component for gateways is missing or has the wrong version", "client-version"],
  [0x300000f, "the gateway has too few resources", "gateway-connection"],
  [0x3000010, "the client has a wrong version of rpcrt4.dll", "client-version"],
  [0x3000015, "the user name or the password is not valid at the gateway", "gateway-credentials"],
  [0x3000017, "a security package failed on the connection to the gateway", "gateway-connection"],
  [0x3000018, "the gateway ended the connection", "gateway-connection"],
  [0x3000019, "the administrator of the gateway ended the connection", "ended-on-purpose"],
  [0x300001a, "the credentials are wrong at the gateway", "gateway-credentials"],
  [0x300001b, "the gateway's resource policy does not allow this user or this computer name", "gateway-policy"],
  [
    0x300001c,
    "the gateway's connection policy does not allow this user, this computer or this method",
    "gateway-policy",
  ],
  [0x300001f, "access to the gateway is restricted", "gateway-policy"],
  [0x3000020, "the web proxy asks for authentication", "gateway-proxy"],
  [0x3000021, "the password has expired or must be changed", "password-change"],
  [0x3000022, "the gateway has reached its maximum of connections", "gateway-connection"],
  [0x3000023, "the gateway does not support the request", "client-version"],
  [0x3000024, "the client lacks a capability of the gateway", "client-version"],
  [0x3000025, "gateway and client are incompatible", "client-version"],
  [0x3000028, "the gateway has no certificate", "gateway-certificate"],
  [0x3000029, "the client's policy does not allow this gateway", "gateway-policy"],
  [0x300002b, "the gateway requires a user name and a password", "gateway-credentials"],
  [0x300002c, "the gateway requires a smart card", "gateway-credentials"],
  [0x300002f, "the firewall asks for credentials that are missing", "gateway-proxy"],
  [0x3000030, "the firewall rejected the credentials", "gateway-proxy"],
  [0x3000032, "the session was idle for too long", "session-limit"],
  [0x3000033, "the session reached its time limit", "session-limit"],
  [0x3000037, "the gateway expects another authentication method", "gateway-credentials"],
  [0x3000038, "the repeated authentication at the gateway failed", "gateway-credentials"],
  [0x3000039, "the repeated authorization at the gateway failed", "gateway-policy"],
  [0x300003b, "the gateway and the computer behind it cannot exchange policies", "gateway-target"],
  [0x3000044, "the client cannot use this forward proxy", "gateway-proxy"],
  [0x3000045, "the user has no permission for this resource", "gateway-policy"],
  [0x3000046, "no resource is available", "gateway-target"],
  [0x3000047, "an error occurred while the resource was accessed", "gateway-target"],
  [0x3000049, "the client must be updated", "client-version"],
  [0x300004a, "the network does not allow the necessary HTTPS ports", "gateway-proxy"],
  [0x300005f, "an error of this range; what it says is not published", "gateway-connection"],
];

/** Codes of the gateway's range, 0x3000000 and above, that the client shows as "Error code". */
export const gatewayCodes: readonly CodeRow[] = rows.map(([code, means, topic]) => {
  const source = code === 0x300005f ? "code5fReport" : "disconnectCodes";
  return { code, names: [], means, topic, source };
});
