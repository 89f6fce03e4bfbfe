import { createHash } from "node:crypto";
import { worksWithRsa } from "../../lib/core/cipher-policy.ts";
import type { GuestEvidence } from "../../lib/core/guest-evidence.ts";
import { declaredValues, type RegistryValueId, registryValueIds } from "../../lib/core/registry-value.ts";
import { agentServices, defaultRdpPort, knownContainers, rdpKeyPrefix, rdpServices } from "../../lib/core/windows.ts";
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
    agent: read(() => readAgent(seam)),
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

/** Made from the MachineGuid, which becomes part of a path: nothing but a GUID will do. */
export function rdpKeyName(seam: WindowsSeam): string {
  const guid = seam["Get-WindowsSystem"]().machineGuid;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(guid)) {
    throw new Error("The MachineGuid of this Windows is not a GUID.");
  }
  return `${rdpKeyPrefix}${guid}`;
}

export function rdpKeyPath(seam: WindowsSeam): string {
  return `${seam["Get-MachineKeysPath"]()}\\${rdpKeyName(seam)}`;
}

function readCertificates(seam: WindowsSeam): Exclude<GuestEvidence["certificate"], { unreadable: string }> {
  const custom = declaredData(seam, "rdp-tcp/SSLCertificateSHA1Hash");
  const pointer = custom ?? declaredData(seam, "winstations/SelfSignedCertificate");
  const remoteDesktop = seam["Get-StoreCertificates"]({ Store: "Remote Desktop" });
  const store = custom ? seam["Get-StoreCertificates"]({ Store: "My" }) : remoteDesktop;
  // A thumbprint that somebody stored as text is none to Windows.
  const wanted = pointer?.type === "binary" ? pointer.data : null;
  const inUse = store.find((certificate) => certificate.thumbprint === wanted) ?? null;
  const path = chosenKeyPath(seam);
  const facts = path && seam["Get-FileFacts"]({ Path: path });
  return {
    origin: seam["Get-CertificateOrigin"](),
    inUse,
    others: remoteDesktop.filter((certificate) => certificate !== inUse).slice(0, 8),
    keyFile: path && facts ? { path, owner: facts.owner, sddl: facts.sddl, reparsePoint: facts.reparsePoint } : null,
  };
}

/** The key file of the certificate that somebody bound the listener to; `null` when none is bound. */
export function chosenKeyPath(seam: WindowsSeam): string | null {
  const custom = declaredData(seam, "rdp-tcp/SSLCertificateSHA1Hash");
  if (custom?.type !== "binary") return null;
  return seam["Get-CertificateKeyPath"]({ Store: "My", Thumbprint: custom.data });
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

type KeysSection = Exclude<GuestEvidence["keys"], { unreadable: string }>;

function readKeys(seam: WindowsSeam): KeysSection {
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
    containers: Object.entries(knownContainers)
      .filter(([, { file }]) => files.some(({ name }) => name.startsWith(file)))
      .map(([container]) => container)
      .sort(),
    dependents: dependentCertificates(seam).slice(0, 32),
  };
}

/** The certificates of the machine but those of Remote Desktop itself. */
export function otherCertificates(seam: WindowsSeam) {
  return (["My", "WebHosting"] as const).flatMap((Store) => seam["Get-StoreCertificates"]({ Store }));
}

/** The certificates that would miss a key of the folder. */
function dependentCertificates(seam: WindowsSeam): KeysSection["dependents"] {
  return otherCertificates(seam).flatMap(({ thumbprint, subject, key }) => {
    const { container, provider, file, usable } = key;
    if (file === null) return [];
    const usedBy = seam["Get-CertificateUsers"]({ Thumbprint: thumbprint }).slice(0, 16);
    return [{ thumbprint, subject, container, provider, file, usable, usedBy }];
  });
}

function readAgent(seam: WindowsSeam): Exclude<GuestEvidence["agent"], { unreadable: string }> {
  const [WindowsAzureGuestAgent, RdAgent] = agentServices.map((Name) => seam["Get-ServiceFacts"]({ Name }));
  const own = seam["Get-StoreCertificates"]({ Store: "My" }).filter(({ thumbprint }) =>
    seam["Get-CertificateUsers"]({ Thumbprint: thumbprint }).includes("Azure agent"),
  );
  return {
    services: { WindowsAzureGuestAgent: WindowsAzureGuestAgent?.state ?? null, RdAgent: RdAgent?.state ?? null },
    certificates: own.slice(0, 8).map(({ thumbprint, key }) => ({ thumbprint, usable: key.usable })),
  };
}
