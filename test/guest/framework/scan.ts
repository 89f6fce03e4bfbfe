import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { pwsh } from "../../fixtures/pwsh.ts";

const Scan = z.strictObject({
  /** Every type and member that was asked for and is there in every version, one text each. */
  found: z.array(z.string()),
  /** Where there are several overloads of as many arguments: the place and the parameters of the one that is taken. */
  overloads: z.record(z.string(), z.string()),
  findings: z.array(
    z.strictObject({
      /**
       * `missing`: a version has no such type or member. `misread`: a text is taken for a truth or a number. `ambiguous`:
       * no overload is taken, or not the same one in every version. `unresolved`: no text tells of which type it is.
       */
      kind: z.enum(["missing", "misread", "ambiguous", "unresolved"]),
      /** `Function: expression`; the version where one alone lacks what the others have. */
      at: z.string(),
      because: z.string(),
    }),
  ),
});
export type Scan = z.infer<typeof Scan>;

/**
 * Holds scripts against .NET Framework, with PowerShell's own parser and binder and with Roslyn, which is a part of
 * PowerShell 7. `dataNames` are members of data that comes from elsewhere, e.g. of a request.
 */
export async function scanScripts(
  texts: readonly string[],
  frameworks: Readonly<Record<string, string>>,
  dataNames: readonly string[] = [],
): Promise<Scan> {
  if (pwsh === null) throw new Error("There is no PowerShell.");
  const folder = await mkdtemp(join(tmpdir(), "rdp-framework-"));
  try {
    const input = join(folder, "input.json");
    await writeFile(input, JSON.stringify({ texts, frameworks, dataNames }));
    const script = fileURLToPath(new URL("members.ps1", import.meta.url));
    const { stdout } = await promisify(execFile)(
      pwsh,
      ["-NoLogo", "-NoProfile", "-NonInteractive", "-File", script, input],
      {
        env: { ...process.env, POWERSHELL_TELEMETRY_OPTOUT: "1", NO_COLOR: "1" },
        maxBuffer: 16 * 1024 * 1024,
      },
    );
    return Scan.parse(JSON.parse(stdout));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
