import { type Check, type CheckResult, faulty, healthy, noted, unknown } from "../core/check.ts";
import { requiresNla } from "../core/security-settings.ts";
import { brief, judgeFrom, readable } from "./_section.ts";

/** Windows 10 version 1803: from this build on every Windows has the update. [CSV] */
const firstBuildWithUpdate = 17134;

/** The revision of TSpkg.dll with the update, by the build of Windows. [CSV] */
const firstRevision: Readonly<Record<number, number>> = {
  7601: 24117,
  9200: 22432,
  9600: 18999,
  14393: 2248,
  15063: 1088,
  16299: 431,
};

const cure = "Install the latest cumulative update of Windows (Azure Update Manager, or Run Command), and restart.";

/**
 * Windows clients that were updated since May 2018 refuse a server without the update of CredSSP for CVE-2018-0886, after
 * TLS and before the log-on: "The function requested is not supported ... CredSSP encryption oracle remediation". A VM that
 * is made from an old image has it not. [CSV][CSSP]
 */
export const credsspSuitsClients: Check = {
  id: "credssp-suits-clients",
  title: "CredSSP has the update that clients demand",
  run: judgeFrom(["system"], ({ system }, { guest }): CheckResult => {
    const { build, credSsp } = system;
    if (build >= firstBuildWithUpdate) return healthy(`Windows build ${build} has the CredSSP update of 2018.`);
    const first = firstRevision[build];
    const revision = Number(/^\d+\.\d+\.\d+\.(\d+)$/.exec(credSsp ?? "")?.[1] ?? Number.NaN);
    if (credSsp === undefined || first === undefined || Number.isNaN(revision)) {
      return unknown(
        `Whether Windows build ${build} has the CredSSP update of 2018 could not be told (TSpkg.dll ${brief(credSsp ?? "not read", 40)}).`,
      );
    }
    if (revision >= first) return healthy(`CredSSP has the update of 2018: TSpkg.dll ${credSsp}.`, { credSsp });
    const registry = readable(guest.registry);
    const lacks = `The VM lacks the CredSSP update of 2018 (TSpkg.dll ${credSsp}, fixed in revision ${first})`;
    if (registry && !requiresNla(registry)) {
      return noted(
        `${lacks}: Windows clients refuse it when they use network level authentication, and may leave it out (enablecredsspsupport:i:0). ${cure}`,
        { credSsp },
      );
    }
    return faulty(
      `${lacks}: updated Windows clients refuse it ("CredSSP encryption oracle remediation"). ${cure}`,
      [],
      { credSsp },
    );
  }),
};
