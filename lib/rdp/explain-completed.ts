import { clientErrors } from "./client-errors.ts";
import type { Explanation } from "./explanation.ts";
import type { PeerCertificate, ProbeReport, UdpResult } from "./report.ts";

/** Explains a completed handshake: some clients may still reject it. */
export function explainCompleted(report: ProbeReport): Explanation {
  return outdated(report) ?? untimely(report) ?? inOrder(report);
}

/** Current clients require at least TLS 1.2. */
function outdated({ handshakes }: ProbeReport): Explanation | null {
  const versions = handshakes.filter(({ result }) => result === "completed").map(({ version }) => version);
  if (versions.includes("TLSv1.3") || versions.includes("TLSv1.2")) return null;
  return {
    verdict: "fault",
    side: "tls",
    headline: `The server speaks no TLS newer than ${versions[0]}.`,
    advice: [
      "Clients of today hang up on it. On Windows, TLS 1.2 is turned off for servers: look at the protocols of Schannel.",
    ],
    clientErrors: clientErrors.hungUp,
  };
}

function untimely({ certificate, startedAt }: ProbeReport): Explanation | null {
  if (certificate?.notAfter && certificate.notAfter < startedAt) {
    return {
      verdict: "fault",
      side: "tls",
      headline: `The server's certificate expired on ${certificate.notAfter.slice(0, 10)}.`,
      advice: [
        "Windows renews its own when SessionEnv starts; one that stays shows that it cannot: look at MachineKeys and at event 1058.",
      ],
      clientErrors: clientErrors.certificateExpired,
    };
  }
  if (certificate?.notBefore && certificate.notBefore > startedAt) {
    return {
      verdict: "fault",
      side: "tls",
      headline: `The server's certificate is not valid before ${certificate.notBefore.slice(0, 10)}.`,
      advice: ["One of the two clocks is wrong: the server's, or that of this machine."],
      clientErrors: [],
    };
  }
  return null;
}

function inOrder({ credSsp, certificate, target, udp }: ProbeReport): Explanation {
  const nla = credSsp === "required" || credSsp === "offered";
  return {
    verdict: "in-order",
    side: nla ? "nla" : "none",
    headline: "Remote Desktop answers as it should, as far as a client gets without logging on.",
    advice: [
      nlaAdvice[credSsp],
      ...(certificate ? certificateAdvice(certificate, target.host) : []),
      ...udpAdvice(udp),
      "Where a client shows 0x904 / 0x7 all the same, its own way here is another, or the fault comes and goes: probe from where the client is.",
    ],
    clientErrors: nla ? clientErrors.logOn : [],
  };
}

/** Sessions work without UDP; clients try it besides TCP when the session exists. */
function udpAdvice(udp: UdpResult): string[] {
  switch (udp.result) {
    case "silent":
      return [
        "Over UDP nothing answered, which proves nothing by itself: many networks and servers drop it. Where sessions freeze or drop after the log-on, turn UDP off on the client.",
      ];
    case "other-answer":
      return ["Something answers over UDP that does not speak RDP: another service or a device has this port."];
    case "answered":
    case "port-unreachable":
    case "failed":
    case "not-tried":
      return [];
  }
}

const nlaAdvice: Record<ProbeReport["credSsp"], string> = {
  required:
    "The server insists on NLA. What fails from here on is the log-on: the account, its right to log on, the domain controller, the clocks, or the policy for CredSSP.",
  offered:
    "The server offers NLA and does not insist on it. What fails from here on is the log-on: the account, its right to log on, the domain controller, the clocks, or the policy for CredSSP.",
  "not-offered": "The server offers no NLA: clients that insist on it are turned away.",
  unknown: "Whether the server offers NLA could not be found out.",
};

const weakBits = 2048;

/** What clients only warn about. Windows itself creates a self-signed certificate. */
function certificateAdvice({ forHost, names, subject, key }: PeerCertificate, host: string): string[] {
  const others = names.length > 0 ? names.slice(0, 3).join(", ") : subject;
  return [
    ...(forHost ? [] : [`Its certificate is for ${others || "nobody"}, not for ${host}: clients warn of it.`]),
    ...(key.type === "rsa" && key.bits !== null && key.bits < weakBits
      ? [`Its key has ${key.bits} bits: clients may refuse an RSA key of less than ${weakBits}.`]
      : []),
  ];
}
