import { describe, expect, test } from "vitest";
import { checks } from "../../lib/checks/registry.ts";
import { clientChecks } from "../../lib/client-checks/client-checks.ts";
import { type CauseId, causeOf, causes } from "../../lib/error-codes/causes.ts";
import { codeSources } from "../../lib/error-codes/code-sources.ts";
import { dialogTexts } from "../../lib/error-codes/dialog-texts.ts";
import { type CodeList, codeLists } from "../../lib/error-codes/known-codes.ts";
import { codePairs } from "../../lib/error-codes/pairs.ts";
import { type TopicId, topicOf, topics } from "../../lib/error-codes/topics.ts";
import { failureCodes } from "../../lib/rdp/x224.ts";

const lists = Object.entries(codeLists) as [CodeList, (typeof codeLists)[CodeList]][];
const allTopics = Object.keys(topics) as TopicId[];

describe.each(lists)("the list %s", (_, rows) => {
  test("has each code and each name once", () => {
    const codes = rows.map(({ code }) => code);
    const names = rows.flatMap((row) => row.names);
    expect(codes).toEqual([...new Set(codes)]);
    expect(names).toEqual([...new Set(names)]);
  });
});

/** From the pages themselves: decimal, as IMsTscAxEvents::OnDisconnected and the TechNet page write them. */
test.each([
  [2308, "disconnectReasonAtClientWinsockFDCLOSE"],
  [516, "disconnectReasonSocketConnectFailed"],
  [264, "disconnectReasonConnectionTimedOut"],
  [260, "disconnectReasonDNSLookupFailed"],
  [3078, "disconnectReasonDecryptionError"],
  [1798, "disconnectReasonServerCertificateUnpackErr"],
  [2055, "SSL_ERR_LOGON_FAILURE"],
  [2823, "SSL_ERR_ACCOUNT_DISABLED"],
  [3335, "SSL_ERR_ACCOUNT_LOCKED_OUT"],
  [6919, "SSL_ERR_CERT_EXPIRED"],
  [8455, "SSL_ERR_FRESH_CRED_REQUIRED_BY_SERVER"],
])("%d is %s", (code, name) => {
  expect(codeLists.client.find((row) => row.code === code)?.names).toEqual([name]);
});

test.each([
  [2825, /NLA/],
  [2311, /another certificate/],
  [4871, /type of log-on/],
  [50331649, /user name or the password/],
  [50331655, /expired/],
  [50331675, /resource policy/],
  [50331680, /proxy/],
  [50331722, /HTTPS ports/],
])("%d, which has no published name, means %s", (code, means) => {
  expect(codeLists.client.find((row) => row.code === code)?.means).toMatch(means);
});

test("the extended codes have the numbers of the enumeration and of the protocol", () => {
  const numbers = Object.fromEntries(
    codeLists.extended.flatMap(({ code, names }) => names.map((name) => [name, code])),
  );
  expect(numbers).toMatchObject({
    exDiscReasonServerDeniedConnection: 7,
    exDiscReasonServerDeniedConnectionFips: 8,
    exDiscReasonLogoffByUser: 12,
    exDiscReasonLicenseNoLicenseServer: 257,
    exDiscReasonRdpEncInvalidCredentials: 768,
    ERRINFO_SERVER_INSUFFICIENT_PRIVILEGES: 0x9,
    ERRINFO_LICENSE_NO_REMOTE_CONNECTIONS: 0x10a,
    ERRINFO_CB_DESTINATION_NOT_FOUND: 0x400,
    ERRINFO_GRAPHICSSUBSYSTEMFAILED: 0x112f,
    ERRINFO_DECRYPTFAILED2: 0x1195,
  });
});

test("the negotiation failures are those that the probe reads from the wire", () => {
  const numbers = Object.fromEntries(
    codeLists.negotiation.flatMap(({ code, names }) => names.map((name) => [name, code])),
  );
  expect(numbers).toEqual(failureCodes);
});

describe("causes", () => {
  test("every check that a cause names exists", () => {
    const known = checks.map(({ id }) => id);
    const named = Object.keys(causes).flatMap((id) => causeOf(id as CauseId).check ?? []);
    expect(named.filter((id) => !known.includes(id))).toEqual([]);
    expect(named.length).toBeGreaterThan(10);
  });

  test("every client check that a cause names exists", () => {
    const known = clientChecks.map(({ id }) => id);
    const named = Object.keys(causes).flatMap((id) => causeOf(id as CauseId).clientCheck ?? []);
    expect(named.filter((id) => !known.includes(id))).toEqual([]);
  });

  test("something decides every cause", () => {
    const undecided = Object.keys(causes).filter((id) => {
      const { check, clientCheck, look } = causeOf(id as CauseId);
      return !check && !clientCheck && !look;
    });
    expect(undecided).toEqual([]);
  });

  test("every cause belongs to a topic, once", () => {
    const used = new Set(allTopics.flatMap((id) => topicOf(id).causes));
    expect(Object.keys(causes).filter((id) => !used.has(id as CauseId))).toEqual([]);
    for (const id of allTopics) expect(topicOf(id).causes).toEqual([...new Set(topicOf(id).causes)]);
  });
});

test("every topic is reached by a code, a pair, a text or a family", () => {
  const reached = new Set<string>([
    ...lists.flatMap(([, rows]) => rows.map(({ topic }) => topic)),
    ...codePairs.map(({ topic }) => topic),
    ...dialogTexts.map(({ topic }) => topic),
    "family-network",
    "family-authentication",
    "family-gateway",
  ]);
  expect(allTopics.filter((id) => !reached.has(id))).toEqual([]);
});

test("every source is used, and is the address of a page", () => {
  const used = new Set([
    ...lists.flatMap(([, rows]) => rows.map(({ source }) => source)),
    ...codePairs.flatMap(({ sources }) => sources),
    ...dialogTexts.map(({ source }) => source),
  ]);
  expect(Object.keys(codeSources).filter((id) => !used.has(id as keyof typeof codeSources))).toEqual([]);
  for (const { url } of Object.values(codeSources)) expect(new URL(url).protocol).toBe("https:");
});

test("texts of dialogs are in small letters without signs, as scanned words are compared", () => {
  for (const { words } of dialogTexts) expect(words).toMatch(/^[a-z]+( [a-z]+)+$/);
});
