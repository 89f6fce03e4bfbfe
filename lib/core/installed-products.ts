import { z } from "zod";

/*
 * Products of others that stand in the way of connections. They are named when a handshake fails without a known cause,
 * and never touched.
 */

/** Services of security products, by their names in Windows, with the product. [PCAV] for most; the last lines are
 * programs that ban addresses after failed log-ons, by their own documentation. */
export const securityProducts = {
  "avast! Antivirus": "Avast",
  AVP: "Kaspersky",
  KAVFS: "Kaspersky",
  klnagent: "Kaspersky",
  EPSecurityService: "Bitdefender",
  EPProtectedService: "Bitdefender",
  VSSERV: "Bitdefender",
  CiscoAMP: "Cisco Secure Endpoint",
  CSFalconService: "CrowdStrike Falcon",
  CylanceSvc: "Cylance",
  CybereasonActiveProbe: "Cybereason",
  cyserver: "Cortex XDR",
  CyveraService: "Cortex XDR",
  ekrn: "ESET",
  FSMA: "F-Secure",
  xagt: "Trellix HX",
  McShield: "Trellix ENS",
  mfefire: "Trellix ENS firewall",
  MBAMService: "Malwarebytes",
  SentinelAgent: "SentinelOne",
  SepMasterService: "Symantec Endpoint Protection",
  SAVService: "Sophos",
  SntpService: "Sophos network protection",
  ntrtscan: "Trend Micro",
  ds_agent: "Trend Micro Deep Security",
  CbDefense: "Carbon Black",
  CarbonBlack: "Carbon Black",
  WRSVC: "Webroot",
  FA_Scheduler: "FortiClient",
  PanGPS: "GlobalProtect",
  ZSATunnel: "Zscaler",
  stAgentSvc: "Netskope",
  RdpGuard: "RdpGuard, which bans addresses",
  IPBAN: "IPBan, which bans addresses",
  EvlWatcher: "EvlWatcher, which bans addresses",
} as const satisfies Record<string, string>;
export type SecurityService = keyof typeof securityProducts;

const text = z.string().max(512);

/** Each list is absent where there is none. */
export const InstalledProductsSection = z.strictObject({
  /** Ids of network components that are neither Windows' nor Azure's: filters, protocols, clients. */
  filters: z.array(text).max(8).default([]),
  /** Services of `securityProducts` that are installed and not disabled. */
  security: z.array(text).max(8).default([]),
  /** Libraries of others that filter which credential providers the log-on screen has, with their makers. */
  credentials: z.array(text).max(4).default([]),
});
export type InstalledProductsSection = z.infer<typeof InstalledProductsSection>;
/** As the guest writes it: what is not there is absent. */
export type InstalledProductsReply = z.input<typeof InstalledProductsSection>;

/** The product of a service, or its name where the table has none. */
export function productOf(service: string): string {
  const known: Record<string, string> = securityProducts;
  return known[service] ?? service;
}
