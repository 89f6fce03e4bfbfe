/**
 * Whether this version of the Connected Machine agent is older than 1.33, the first with Run Command; a version that is
 * not told is not. Source: learn.microsoft.com, azure/azure-arc/servers/run-command, "Prerequisites".
 */
export function isArcAgentTooOld(version: string | undefined): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version ?? "") ?? [];
  return major !== undefined && (Number(major) < 1 || (Number(major) === 1 && Number(minor) < 33));
}

/** What to do where the server itself forbids Run Command. Source: the same page, "Blocking run commands locally". */
export const blocklistAdvice =
  'The server forbids Run Command: extensions.blocklist of its agent has RunCommandHandlerWindows. Ask who set it ("azcmagent config list" on the server shows it); "azcmagent config set extensions.blocklist" replaces the list.';
