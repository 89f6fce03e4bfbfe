import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { blockedMarker } from "./protocol.ts";

/*
 * A composed script in a quarter of its size, for where Azure refuses the whole one
 * (docs/decisions/0009-the-size-of-a-script.md): a header that an administrator can read, and the script as gzip and
 * base64. Nothing else is run, and nothing that was damaged on its way.
 */

const first = "# RDP Remediation guest script, compressed: ";
const packedSlot = /^\$Packed = '([A-Za-z0-9+/]+={0,2})'$/m;
const hashSlot = /^# SHA-256 of the script that it unpacks: ([0-9a-f]{64})$/m;
const maximumBytes = 4 * 1024 * 1024;

/** The script, compressed. `name` is which one it is. Equal scripts give equal texts. */
export function compressScript(name: string, script: string): string {
  const hash = sha256(script);
  return `${[
    `${first}${name}`,
    "# Azure refused the whole script for its size. $Packed is that script, gzip and base64: it is unpacked, held against its",
    "# hash and run. PowerShell logs the unpacked text too, where script blocks are logged.",
    `# SHA-256 of the script that it unpacks: ${hash}`,
    "# To read it, replace the last line by $Text. The repository of the tool has its source in lib/guest/scripts.",
    `if ("$($ExecutionContext.SessionState.LanguageMode)" -ne 'FullLanguage') { "${blockedMarker} $($ExecutionContext.SessionState.LanguageMode)"; return }`,
    "$ErrorActionPreference = 'Stop'",
    `$Packed = '${gzipSync(script, { level: 9 }).toString("base64")}'`,
    "$Memory = New-Object System.IO.MemoryStream(,[System.Convert]::FromBase64String($Packed))",
    "$Unzip = New-Object System.IO.Compression.GZipStream($Memory, [System.IO.Compression.CompressionMode]::Decompress)",
    "$Reader = New-Object System.IO.StreamReader($Unzip, [System.Text.Encoding]::UTF8)",
    "$Text = $Reader.ReadToEnd()",
    // Windows' own provider: the managed one is refused where FIPS is demanded.
    "$Sha = New-Object System.Security.Cryptography.SHA256CryptoServiceProvider",
    "$Hash = [System.BitConverter]::ToString($Sha.ComputeHash([System.Text.Encoding]::UTF8.GetBytes($Text))).Replace('-', '').ToLowerInvariant()",
    `if ($Hash -ne '${hash}') { throw 'The compressed script was damaged on its way, so nothing was run.' }`,
    ". ([System.Management.Automation.ScriptBlock]::Create($Text))",
  ].join("\n")}\n`;
}

/** The script in a compressed one; `null` when the text is none, or was damaged. */
export function decompressScript(text: string): string | null {
  if (!text.startsWith(first)) return null;
  const [, packed] = packedSlot.exec(text) ?? [];
  const [, hash] = hashSlot.exec(text) ?? [];
  if (packed === undefined) return null;
  try {
    const script = gunzipSync(Buffer.from(packed, "base64"), { maxOutputLength: maximumBytes }).toString();
    return sha256(script) === hash ? script : null;
  } catch {
    return null;
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
