/*
 * What the status of a failed log-on (event 4625) says. Source: the description of event 4625 and of NTSTATUS values by
 * Microsoft. [4625][WERR][ERREF]
 */

export interface FailureMeaning {
  /** The end of a sentence that begins with the status. */
  readonly sentence: string;
  /** No user causes it: the VM, its policy or its domain does. */
  readonly ofTheVm: boolean;
  /** It fails between the VM and its domain. */
  readonly ofTheDomain: boolean;
}

const ofTheUser = (sentence: string): FailureMeaning => ({ sentence, ofTheVm: false, ofTheDomain: false });
const ofTheVm = (sentence: string): FailureMeaning => ({ sentence, ofTheVm: true, ofTheDomain: false });
const ofTheDomain = (sentence: string): FailureMeaning => ({ sentence, ofTheVm: true, ofTheDomain: true });

/** No domain controller was available for the log-on. */
export const noDomainController = "0xC000005E";

const outOfMemory =
  "Windows had not enough memory for it. See what uses it (Get-Process | Sort-Object PM); a restart of the VM frees it for a time.";

/** By status or sub-status. */
const meanings: Record<string, FailureMeaning> = {
  "0xC0000064": ofTheUser(
    "there is no account of this name here. Name a local account as .\\name, one of a domain as DOMAIN\\name.",
  ),
  "0xC000006A": ofTheUser("the password is wrong."),
  "0xC000006D": ofTheUser("the name or the password is wrong, or the kind of authentication is refused."),
  "0xC000006E": ofTheUser(
    "a restriction of the account refuses it, e.g. an empty password, or NTLM (a client that connects by an IP address) for a member of Protected Users.",
  ),
  "0xC000006F": ofTheUser("the account may not log on at this time."),
  "0xC0000070": ofTheUser("the account may not log on from this computer."),
  "0xC0000071": ofTheUser(
    "the password has expired. With network level authentication it cannot be changed while logging on: change it elsewhere, or reset it.",
  ),
  "0xC0000072": ofTheUser("the account is disabled."),
  "0xC0000193": ofTheUser("the account has expired."),
  "0xC0000224": ofTheUser(
    "the password must be changed at the first log-on, which network level authentication does not allow. Reset it, or change it elsewhere.",
  ),
  "0xC0000234": ofTheUser("the account is locked out."),
  "0xC000015B": ofTheUser("the account was not granted this type of log-on: see the log-on rights."),
  "0xC0000225": ofTheUser("Windows found something missing, which it also reports where nothing is wrong."),
  "0xC00002EE": ofTheUser("an error occurred while logging on, and this status does not say which."),
  "0xC0000371": ofTheUser("this computer has no password of the account to compare."),
  "0xC0000413": ofTheUser("an authentication firewall of the domain does not allow this account to authenticate here."),
  "0xC0000133": ofTheDomain(
    "the clocks of the VM and of the domain controller are too far apart. Correct the VM's time: `w32tm /resync`.",
  ),
  [noDomainController]: ofTheDomain(
    "no domain controller was available. Look at DNS and the way to the domain controllers.",
  ),
  "0xC000018C": ofTheDomain("the trust between the domains failed. Its administrators must repair it."),
  "0xC000018D": ofTheDomain(
    "the trust relationship between this computer and its domain failed. Run `Test-ComputerSecureChannel -Repair`.",
  ),
  "0xC0000192": ofTheDomain("the service Netlogon was not running."),
  "0xC000018A": ofTheDomain("this computer has no secret of the trust. Run `Test-ComputerSecureChannel -Repair`."),
  "0xC000018B": ofTheDomain("the domain has no account for this computer. Join it to the domain again."),
  "0xC0000418": ofTheVm(
    "NTLM is blocked, by a policy of the VM (RestrictReceivingNTLMTraffic) or of the domain. Local accounts need it, and so do clients that connect by an IP address.",
  ),
  "0xC0000388": ofTheDomain(
    "no domain controller could be asked, so that only a weaker way to authenticate was left. Look at DNS, the clock and the way to the domain controllers.",
  ),
  "0xC0000017": ofTheVm(outOfMemory),
  "0xC000009A": ofTheVm(outOfMemory),
  "0xC00000FE": ofTheVm(
    "Windows does not know the authentication package. Compare `Security Packages` and `Authentication Packages` of Lsa in the registry with another VM.",
  ),
  "0xC00000DC": ofTheVm("the security account manager was in the wrong state for it."),
};

export function failureMeaning(status: string): FailureMeaning | null {
  return Object.hasOwn(meanings, status) ? (meanings[status] ?? null) : null;
}
