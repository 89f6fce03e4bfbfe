import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { askGuest } from "./guest.ts";
import { type Machine, runProgram } from "./machine.ts";

const machine = inject("machine") as Machine;
const makeCertificate = readFileSync(new URL("certificate.ps1", import.meta.url), "utf8");

let thumbprint = "";

describe.skipIf(!machine)("certificates and their keys, under Wine", () => {
  beforeAll(async () => {
    if (!machine) return;
    const body = `${makeCertificate}\nOut (New-TestCertificate 'CN=vm-app-01' 'RdpTestKey' 'RdpTest')`;
    const [made] = (await askGuest(machine, body)) as { thumbprint: string }[];
    thumbprint = made?.thumbprint ?? "";
  });

  test("a certificate tells what it is, its provider's key signs, and a store that is not there is not made", async () => {
    const body = `
Out @(Get-StoreCertificates 'RdpTest')
Out @(Get-StoreCertificates 'Nowhere')
try { Open-Store 'Nowhere' 'ReadOnly' } catch { Out (Get-FailureCode $_) }
Out (@(Get-SubKeyNames 'SOFTWARE\\Microsoft\\SystemCertificates') -contains 'Nowhere')`;
    expect(await askGuest(machine, body)).toEqual([
      [
        {
          thumbprint,
          store: "RdpTest",
          subject: "CN=vm-app-01",
          selfSigned: true,
          notBefore: expect.stringMatching(/Z$/),
          notAfter: expect.stringMatching(/Z$/),
          keyAlgorithm: "RSA",
          keySize: 2048,
          keyUsages: [],
          key: {
            present: true,
            provider: "Microsoft Enhanced Cryptographic Provider v1.0",
            container: "RdpTestKey",
            file: null,
            usable: true,
            error: null,
            code: null,
          },
        },
      ],
      [],
      "0x80070002",
      false,
    ]);
  });

  test("a certificate that went is put back from its blob, byte by byte, and finds its key again", async () => {
    const key = `HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\RdpTest\\Certificates\\${thumbprint}`;
    const [blob] = await askGuest(machine, "Out (Get-CertificateBlob 'RdpTest' $In)", { input: thumbprint });
    await runProgram(machine, "reg", "delete", key, "/f");
    const body = `
Out @(Get-StoreCertificates 'RdpTest').Count
Out (Get-CertificateBlob 'RdpTest' $In.thumbprint)
Set-CertificateBlob 'RdpTest' $In.thumbprint $In.blob
Out (Get-StoreCertificates 'RdpTest').key.usable`;
    expect(await askGuest(machine, body, { input: { thumbprint, blob } })).toEqual([0, null, true]);
    const shown = await runProgram(machine, "reg", "query", key, "/v", "Blob");
    const hex = /REG_BINARY\s+([0-9A-F]+)/.exec(shown)?.[1] ?? "";
    expect(Buffer.from(hex, "hex").toString("base64")).toBe(blob);
  });

  test("who uses a certificate is found in whatever way the user spells its thumbprint", async () => {
    const spaced = thumbprint.toLowerCase().replace(/(..)(?!$)/g, "$1 ");
    const http = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters\\SslBindingInfo\\0.0.0.0:443";
    const winrm = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WSMAN\\Listener\\*+HTTPS";
    const sql = "HKLM\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\MSSQL16.X\\MSSQLServer\\SuperSocketNetLib";
    await runProgram(machine, "reg", "add", http, "/v", "SslCertHash", "/t", "REG_BINARY", "/d", thumbprint);
    await runProgram(machine, "reg", "add", winrm, "/v", "certThumbprint", "/d", spaced);
    await runProgram(machine, "reg", "add", sql, "/v", "Certificate", "/d", thumbprint.toLowerCase());
    const body = "Out @(Get-CertificateUsers $In)\nOut @(Get-CertificateUsers ('0' * 40))";
    expect(await askGuest(machine, body, { input: thumbprint })).toEqual([
      ["http.sys 0.0.0.0:443", "WinRM *+HTTPS", "SQL Server MSSQL16.X"],
      [],
    ]);
  });
});
