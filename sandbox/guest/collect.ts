import { createHash } from "node:crypto";
import { worksWithRsa } from "../../lib/core/cipher-policy.ts";
import type { CertificateFacts, GuestEvidence } from "../../lib/core/guest-evidence.ts";
import { declaredValues, type RegistryValueId, registryValueIds } from "../../lib/core/registry-value.ts";
import { defaultRdpPort, rdpKeyPrefix, rdpServices } from "../../lib/core/windows.ts";
import type { WindowsSeam } from "../windows/seam.ts";

/** Everything that one look at Windows brings home. A section that cannot be read says so, and the others go on. */
export function collect(seam: WindowsSeam): GuestEvidence {
  return {
    collectedAt: seam["Get-UtcNow"](),
    system: read(() => seam["Get-WindowsSystem"]()),
    services: read(() => {
      const [SessionEnv, TermService, UmRdpService] = rdpServices.map((Name) => seam["Get-ServiceFacts"]({ Name }));
      return { SessionEnv: SessionEnv ?? null, TermService: TermService ?? null, UmRdpService: UmRdpService ?? null };
    }),
    listener: read(() => ({
      port: rdpPort(seam),
      owner: seam["Get-PortOwner"]({ Port: rdpPort(seam) }),
      winStations: seam["Get-WinStationList"]().slice(0, 16),
    })),
    registry: read(
      () =>
        Object.fromEntries(registryValueIds.map((id) => [id, declaredData(seam, id)])) as Exclude<
          GuestEvidence["registry"],
          { unreadable: string }
        >,
    ),
    certificate: read(() => readCertificates(seam)),
    keys: read(() => readKeys(seam)),
    schannel: read(() => ({
      protocols: seam["Get-ServerProtocols"]().slice(0, 16),
      usableWithRsa: seam["Get-TlsSuiteNames"]().filter(worksWithRsa).slice(0, 64),
    })),
    firewall: read(() => seam["Get-FirewallFacts"]({ Port: rdpPort(seam) })),
    events: read(() => seam["Get-EventCounts"]({ Hours: 24 }).slice(0, 32)),
    sessions: read(() => seam["Get-SessionCounts"]()),
    handshake: read(() => seam["Get-RdpHandshake"]({ Port: rdpPort(seam) })),
  };
}

function read<Section>(section: () => Section): Section | { unreadable: string } {
  try {
    return section();
  } catch (error) {
    return { unreadable: messageOf(error).slice(0, 400) };
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function declaredData(seam: WindowsSeam, id: RegistryValueId) {
  const { key, name } = declaredValues[id];
  return seam["Get-RegistryData"]({ Key: key, Name: name });
}

export function rdpPort(seam: WindowsSeam): number {
  const value = declaredData(seam, "rdp-tcp/PortNumber");
  return value?.type === "dword" ? value.data : defaultRdpPort;
}

export function rdpKeyName(seam: WindowsSeam): string {
  return `${rdpKeyPrefix}${seam["Get-WindowsSystem"]().machineGuid}`;
}

export function rdpKeyPath(seam: WindowsSeam): string {
  return `${seam["Get-MachineKeysPath"]()}\\${rdpKeyName(seam)}`;
}

function readCertificates(seam: WindowsSeam): Exclude<GuestEvidence["certificate"], { unreadable: string }> {
  const custom = declaredData(seam, "rdp-tcp/SSLCertificateSHA1Hash");
  const pointer = custom ?? declaredData(seam, "winstations/SelfSignedCertificate");
  const remoteDesktop = seam["Get-StoreCertificates"]({ Store: "Remote Desktop" });
  const store = custom ? seam["Get-StoreCertificates"]({ Store: "My" }) : remoteDesktop;
  const inUse = store.find((certificate) => certificate.thumbprint === pointer?.data) ?? null;
  return {
    origin: seam["Get-CertificateOrigin"](),
    inUse,
    others: remoteDesktop.filter((certificate) => certificate !== inUse).slice(0, 8),
  };
}

/** The files of MachineKeys but for the RDP key. */
export function otherKeys(seam: WindowsSeam, folder = seam["Get-MachineKeysPath"]()) {
  const rdpKey = rdpKeyName(seam);
  return seam["Get-FolderFiles"]({ Path: folder }).filter((file) => file.name !== rdpKey);
}

/** How many key files there are beside the RDP key, and a digest that changes when one of them does. */
export function summarize(files: ReturnType<typeof otherKeys>) {
  const lines = files.map((file) => `${file.name}:${file.bytes}`).sort();
  return {
    count: files.length,
    unreadable: files.filter((file) => !file.readable).length,
    digest: createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16),
  };
}

function readKeys(seam: WindowsSeam): Exclude<GuestEvidence["keys"], { unreadable: string }> {
  const path = seam["Get-MachineKeysPath"]();
  const name = rdpKeyName(seam);
  const folder = seam["Get-FileFacts"]({ Path: path });
  const rdpKey = seam["Get-FileFacts"]({ Path: `${path}\\${name}` });
  const files = folder ? otherKeys(seam, path) : [];
  return {
    folder: folder && { path, reparsePoint: folder.reparsePoint, owner: folder.owner, sddl: folder.sddl },
    rdpKey: rdpKey && {
      name,
      bytes: rdpKey.bytes,
      reparsePoint: rdpKey.reparsePoint,
      owner: rdpKey.owner,
      sddl: rdpKey.sddl,
    },
    others: summarize(files),
    leaning: seam["Get-StoreCertificates"]({ Store: "My" })
      .filter((certificate) => certificate.key.file !== null)
      .slice(0, 32)
      .map((certificate) => lean(seam, certificate)),
  };
}

function lean(seam: WindowsSeam, { thumbprint, subject, key }: CertificateFacts) {
  return {
    thumbprint,
    subject,
    file: key.file ?? "",
    usable: key.usable,
    usedBy: seam["Get-CertificateUsers"]({ Thumbprint: thumbprint }).slice(0, 16),
  };
}
