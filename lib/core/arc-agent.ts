/**
 * Whether this version of the Connected Machine agent is older than 1.33, the first with Run Command; a version that is
 * not told is not. Source: learn.microsoft.com, azure/azure-arc/servers/run-command, "Prerequisites".
 */
export function isArcAgentTooOld(version: string | undefined): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version ?? "") ?? [];
  return major !== undefined && (Number(major) < 1 || (Number(major) === 1 && Number(minor) < 33));
}
