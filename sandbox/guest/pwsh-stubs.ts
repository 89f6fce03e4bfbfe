import { windowsRegion } from "../../lib/guest/compose.ts";
import { adapterFunctionNames, adapterFunctions } from "../windows/adapter-functions.ts";

/** Environment variables in which a script finds the simulator, and its request. */
export const simulatorPort = "RDP_SANDBOX_SIMULATOR_PORT";
export const simulatorToken = "RDP_SANDBOX_SIMULATOR_TOKEN";
export const requestText = "RDP_SANDBOX_REQUEST_TEXT";

/** A script as the sandbox runs it, and the text of the request that was in it. */
export interface StubbedScript {
  readonly script: string;
  readonly request: string;
}

/**
 * The script with every call that touches Windows replaced by a call of the simulator. Its request moves to a variable,
 * so that PowerShell compiles each script once and not once per request: most of the time that a script takes.
 * Throws when the script has no such region or no request.
 */
export function withStubs(script: string): StubbedScript {
  const request = requestSlot.exec(script)?.[1];
  if (request === undefined) throw new Error("The script has no request.");
  return { script: withoutWindows(script.replace(requestSlot, () => `$RequestText = $env:${requestText}`)), request };
}

const requestSlot = /^\$RequestText = '([A-Za-z0-9+/=]*)'$/m;

function withoutWindows(script: string): string {
  const begin = script.indexOf(`${windowsRegion.begin}\n`);
  const end = script.indexOf(`\n${windowsRegion.end}`);
  if (begin < 0 || end < begin) throw new Error("The script has no region of calls to Windows.");
  return `${script.slice(0, begin)}${client}\n${stubs()}${script.slice(end)}`;
}

// Answers travel as JSON, and nothing as an empty line. A list is handed on item by item and nothing as nothing, as
// functions of PowerShell do. A call is written by the method behind ConvertTo-Json: hundreds of times in a script, what
// PowerShell does around a command takes most of the time of a call.
const client = `
$SimulatorClient = New-Object -TypeName System.Net.Sockets.TcpClient -ArgumentList '127.0.0.1', ([int]$env:${simulatorPort})
$SimulatorReader = New-Object -TypeName System.IO.StreamReader -ArgumentList $SimulatorClient.GetStream()
$SimulatorWriter = New-Object -TypeName System.IO.StreamWriter -ArgumentList $SimulatorClient.GetStream()
$SimulatorWriter.AutoFlush = $true
$SimulatorToken = $env:${simulatorToken}
$SimulatorFormat = [Microsoft.PowerShell.Commands.JsonObject+ConvertToJsonContext]::new(8, $false, $true)
function Invoke-Simulator {
    param($Name, $Parameters)
    $call = @{ token = $SimulatorToken; name = $Name; parameters = $Parameters }
    $SimulatorWriter.Write([Microsoft.PowerShell.Commands.JsonObject]::ConvertToJson($call, [ref]$SimulatorFormat) + "\`n")
    $line = $SimulatorReader.ReadLine()
    if ($line -eq '') { return }
    $answer = ConvertFrom-Json -InputObject $line -AsHashtable -DateKind String
    if ($answer.ContainsKey('error')) { throw $answer['error'] }
    if ($null -ne $answer['value']) { $answer['value'] }
}`;

function stubs(): string {
  return adapterFunctionNames
    .map((name) => {
      const parameters = adapterFunctions[name].parameters.map((parameter) => `$${parameter}`).join(", ");
      return `function ${name} { [CmdletBinding()] param(${parameters}) Invoke-Simulator '${name}' $PSBoundParameters }`;
    })
    .join("\n");
}
