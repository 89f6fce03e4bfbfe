import { describe, expect, test } from "vitest";
import { composeScript, readRequest, scriptNames } from "../../lib/guest/compose.ts";
import { compressScript, decompressScript } from "../../lib/guest/compressed-script.ts";
import { parseReply } from "../../lib/guest/reply.ts";
import { pwshGuest } from "../../sandbox/guest/pwsh-guest.ts";
import { pwsh } from "../fixtures/pwsh.ts";
import { emptyRequest, largestRequest } from "./requests.ts";
import { windowsWith } from "./scenarios-rig.ts";

const collect = composeScript("collect", emptyRequest);

describe.each(scriptNames)("%s, compressed", (name) => {
  const script = composeScript(name, largestRequest);
  const text = compressScript(name, script);

  test("is less than half as long, ASCII, and says what it is in a header of less than 4 KB", () => {
    expect(text.length).toBeLessThan(script.length / 2);
    expect(text).toMatch(/^[\x20-\x7e\n]+$/);
    expect(text.split("\n")[0]).toBe(`# RDP Remediation guest script, compressed: ${name}`);
    const header = text.replace(/'[A-Za-z0-9+/=]{200,}'/, "''");
    expect(header.length).toBeLessThan(4096);
    expect(text).toMatch(/^# SHA-256 of the script that it unpacks: [0-9a-f]{64}$/m);
  });

  test("gives script and request back", () => {
    expect(decompressScript(text)).toBe(script);
    expect(readRequest(text)).toEqual({ script: name, request: largestRequest });
  });

  test("looks at the language before anything that the constrained language forbids", () => {
    const code = text.split("\n").filter((line) => !line.startsWith("#"));
    expect(code[0]).toMatch(/LanguageMode\)" -ne 'FullLanguage'\) \{ "RDP-REMEDIATION-BLOCKED .*return \}$/);
  });
});

test("a text that was damaged, or is none of ours, is not unpacked", () => {
  const text = compressScript("collect", collect);
  const other = compressScript("collect", composeScript("apply", emptyRequest));
  const mixed = text.replace(/\$Packed = '.*'/, /\$Packed = '.*'/.exec(other)?.[0] ?? "");
  for (const damaged of [mixed, text.replace(/'[A-Za-z0-9+/]{20}/, "'AAAA"), text.slice(0, 900), collect, ""]) {
    expect(decompressScript(damaged)).toBeNull();
  }
});

describe.skipIf(pwsh === null)("under PowerShell", () => {
  const guest = pwshGuest(pwsh ?? "pwsh");

  test("it gives the reply that the whole script gives", async () => {
    const [plain, packed] = [windowsWith(), windowsWith()];
    const whole = parseReply((await guest.run(plain, collect)).stdout, emptyRequest);
    const ran = await guest.run(packed, compressScript("collect", collect));
    const compressed = parseReply(ran.stdout, emptyRequest);
    if (!whole.ok || !compressed.ok) throw new Error(`No reply: ${ran.stdout}${ran.stderr}`);
    const timeless = { collectedAt: null };
    expect({ ...compressed.value.evidence, ...timeless }).toEqual({ ...whole.value.evidence, ...timeless });
    expect(compressed.value.status).toBe("done");
  });
});
