import { z } from "zod";
import { serviceStates } from "./windows.ts";

/*
 * The services on which Remote Desktop depends without being part of it, and why one of its own services cannot start.
 * Of a supporting service only the start type Disabled is evidence: Manual instead of Automatic is common and works.
 */

const text = z.string().max(512);

interface SupportingService {
  /** The start mode of Windows, spelled as in Win32_Service; a healthy 20348 has these. [CON][CRT][NET] */
  readonly startMode: "Boot" | "System" | "Auto" | "Manual";
  /** What does not work while the service is stopped and cannot start. */
  readonly breaks: "tls" | "network" | "rpc" | "domain" | "category" | "log-on" | "nothing";
}

export const supportingServices = {
  CryptSvc: { startMode: "Auto", breaks: "tls" },
  KeyIso: { startMode: "Manual", breaks: "tls" },
  RpcSs: { startMode: "Auto", breaks: "rpc" },
  RpcEptMapper: { startMode: "Auto", breaks: "rpc" },
  DcomLaunch: { startMode: "Auto", breaks: "rpc" },
  Tcpip: { startMode: "Boot", breaks: "network" },
  NDIS: { startMode: "Boot", breaks: "network" },
  Afd: { startMode: "System", breaks: "network" },
  nsiproxy: { startMode: "System", breaks: "network" },
  nsi: { startMode: "Auto", breaks: "network" },
  Dhcp: { startMode: "Auto", breaks: "network" },
  netvsc: { startMode: "Manual", breaks: "network" },
  LanmanWorkstation: { startMode: "Auto", breaks: "domain" },
  NlaSvc: { startMode: "Auto", breaks: "category" },
  // A session needs them; Windows starts them by itself. [SVC]
  ProfSvc: { startMode: "Auto", breaks: "log-on" },
  gpsvc: { startMode: "Auto", breaks: "log-on" },
  SENS: { startMode: "Auto", breaks: "log-on" },
  Dnscache: { startMode: "Auto", breaks: "nothing" },
  CertPropSvc: { startMode: "Manual", breaks: "nothing" },
} as const satisfies Record<string, SupportingService>;
export type SupportingServiceName = keyof typeof supportingServices;
export const supportingServiceNames = Object.keys(supportingServices) as SupportingServiceName[];
const SupportingServiceName = z.enum(supportingServiceNames as [SupportingServiceName, ...SupportingServiceName[]]);

/** The supporting services that a Change may configure. Their loss stops TLS, and nothing else starts them again. [CRT] */
export const cryptoServices = ["CryptSvc", "KeyIso"] as const satisfies readonly SupportingServiceName[];
export type CryptoService = (typeof cryptoServices)[number];

/** Each list holds what deviates, and is absent where nothing does. */
export const SupportingServicesSection = z.strictObject({
  /** Supporting services with the start type Disabled. */
  disabled: z
    .array(
      z.strictObject({
        name: SupportingServiceName,
        state: z.enum(serviceStates),
        account: text,
        type: z.enum(["own", "share"]),
      }),
    )
    .max(20)
    .default([]),
  /** Supporting services that this Windows does not have. */
  missingServices: z.array(SupportingServiceName).max(20).default([]),
  /** Why a service of Remote Desktop may not start. */
  obstacles: z
    .array(
      z.strictObject({
        service: z.enum(["TermService", "SessionEnv"]),
        /** Win32ExitCode of a service that does not run; absent: none, or never started (1077). */
        exitCode: z.number().int().optional(),
        /** ServiceSpecificExitCode, where the exit code is 1066. */
        specificCode: z.number().int().optional(),
        /** ServiceDll where it is not Windows' own library, or where that file is missing. */
        library: z
          .strictObject({
            /** With the environment variables replaced. */
            path: text,
            exists: z.boolean(),
            /** The company in the file's version; `null`: none. Anybody may write it: it is no signature. */
            company: text.nullable(),
          })
          .optional(),
        /** ImagePath where it does not start svchost.exe of Windows. */
        image: text.optional(),
        /** Services that it depends on and that are missing, or disabled and not running. */
        blockedBy: z
          .array(z.strictObject({ name: text, problem: z.enum(["missing", "disabled"]) }))
          .max(4)
          .optional(),
      }),
    )
    .max(2)
    .default([]),
});
export type SupportingServicesSection = z.infer<typeof SupportingServicesSection>;
/** As the guest writes it: what does not deviate is absent. */
export type SupportingServicesReply = z.input<typeof SupportingServicesSection>;

/** The library of each service in Windows itself, as the registry holds it (REG_EXPAND_SZ). [RDPW] */
export const serviceLibraries = {
  TermService: "%SystemRoot%\\System32\\termsrv.dll",
  SessionEnv: "%SystemRoot%\\system32\\sessenv.dll",
} as const;

/**
 * The exit code of a service whose account lacks a privilege that it needs. No
 * restart of the service cures it. [WERR][PRV]
 */
export const lacksPrivilege = 1297;
