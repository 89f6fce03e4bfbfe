import type { WindowsSimulator } from "../windows/simulator.ts";

/** Who answers for the inside of a VM: the real scripts under PowerShell 7, or the model of them in TypeScript. */
export interface Guest {
  readonly kind: "modelled" | "pwsh";
  /**
   * Runs one script as SYSTEM. A script that is not one of this product's, word for word, prints nothing, changes
   * nothing and ends well: nobody's PowerShell is ever run on the machine of the sandbox.
   */
  run(windows: WindowsSimulator, script: string): Promise<ScriptOutput>;
}

export interface ScriptOutput {
  stdout: string;
  stderr: string;
  exitCode: number;
}

export const noOutput: ScriptOutput = { stdout: "", stderr: "", exitCode: 0 };
