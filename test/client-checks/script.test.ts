import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scriptFor } from "../../cli/commands/client-checks.ts";
import { clientChecks } from "../../lib/client-checks/client-checks.ts";
import { pwshHost } from "../../sandbox/guest/pwsh-host.ts";
import { hasPwsh, pwsh } from "../fixtures/pwsh.ts";
import { commandsOf51 } from "../guest/powershell/commands-of-5.1.ts";
import { commandsOf, functionsOf, nodesOfType, parseScript, typesOf } from "../guest/powershell/grammar.ts";
import {
  asciiAlone,
  knownCommands,
  noAlias,
  noInvokeExpression,
  noLaterSyntax,
  noSyntaxError,
  noTalk,
} from "../guest/powershell/rules.ts";

const target = { host: "vm-app-01.example", port: 3390 };
const script = parseScript(scriptFor(target));
const ours = new Set(functionsOf(script.root).map(({ name }) => name));

test.each(Object.entries({ noSyntaxError, noLaterSyntax, asciiAlone, noAlias, noTalk, noInvokeExpression }))(
  "%s",
  (_, rule) => {
    expect(rule(script)).toEqual([]);
  },
);

test("every command and parameter is in Windows PowerShell 5.1", () => {
  expect(knownCommands(ours, commandsOf51)(script)).toEqual([]);
});

describe("it writes nothing", () => {
  test("only commands that read or print", () => {
    const reads = /^(Get|Test|Resolve|Select|Where|ForEach|Sort|Join)-|^(Write-Output|New-Object|Set-StrictMode)$/;
    const others = commandsOf(script.root).flatMap(({ name }) =>
      name && !ours.has(name) && !reads.test(name) ? name : [],
    );
    expect(others).toEqual([]);
  });

  test("only objects and types that read", () => {
    const made = commandsOf(script.root).filter(({ name }) => name === "New-Object");
    expect(made.map(({ node }) => node.text)).toEqual([
      "New-Object System.Net.Sockets.TcpClient",
      expect.stringMatching(/^New-Object System\.Net\.Security\.SslStream\(/),
    ]);
    expect([...new Set(typesOf(script.root))].sort()).toEqual([
      "System.DateTime",
      "System.Environment",
      "System.Security.Authentication.SslProtocols",
      "int",
      "string",
    ]);
  });

  test("no redirection, and programs of Windows only with arguments that read", () => {
    expect(nodesOfType(script.root, "redirection").map(({ text }) => text)).toEqual([]);
    const called = commandsOf(script.root).filter(({ name }) => name === "Show-Program");
    expect(called.map(({ node }) => node.text)).toEqual([
      "Show-Program 'netsh.exe' @('winhttp', 'show', 'proxy')",
      "Show-Program 'cmdkey.exe' @(\"/list:TERMSRV/$HostName\")",
      "Show-Program 'w32tm.exe' @('/query', '/status')",
    ]);
    const invoked = commandsOf(script.root).filter(({ name }) => name === null);
    expect(invoked.map(({ node }) => node.text.trim())).toEqual(["& $Look", "& $path $Arguments"]);
  });
});

test("its looks are the client checks, in their order", () => {
  const looks = commandsOf(script.root)
    .filter(({ name }) => name === "Show-Look")
    .map(({ node }) => /^Show-Look '([\w-]+)' (?:'([^']+)'|"([^"]+)")/.exec(node.text)?.slice(1));
  expect(looks.map((look) => [look?.[0], look?.[1] ?? look?.[2]])).toEqual(
    clientChecks.map(({ id, title }) => [id, title]),
  );
});

test("the server is its default, in quotes", () => {
  expect(script.text).toContain("[string]$HostName = 'vm-app-01.example'");
  expect(script.text).toContain("[int]$Port = 3390");
  expect(scriptFor({ host: "a'; Remove-Item x; '", port: 1 })).toContain("$HostName = 'a''; Remove-Item x; '''");
  expect(scriptFor(null)).toContain("[string]$HostName = ''");
});

test.skipIf(!hasPwsh)(
  "where Windows is missing it ends well and says of each look that it cannot be read",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "rdp-client-"));
    try {
      const file = join(folder, "check-client.ps1");
      await writeFile(file, scriptFor(target));
      const { stdout, stderr, exitCode } = await pwshHost(pwsh ?? "pwsh").run(file);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      for (const { id } of clientChecks) expect(stdout).toContain(`[${id}]`);
      if (process.platform !== "win32") expect(stdout.match(/not readable here/g)?.length).toBeGreaterThan(10);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
