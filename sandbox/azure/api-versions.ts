/*
 * The API versions that this ARM accepts: those of recent SDKs and Azure CLIs, a subset of what the real ARM accepts.
 */

export const resourcesVersions = [
  "2016-06-01",
  "2018-05-01",
  "2019-11-01",
  "2020-01-01",
  "2020-10-01",
  "2021-01-01",
  "2021-04-01",
  "2022-09-01",
  "2022-12-01",
  "2024-03-01",
  "2024-11-01",
  "2025-04-01",
];

export const computeVersions = [
  "2020-06-01",
  "2020-12-01",
  "2021-03-01",
  "2021-04-01",
  "2021-07-01",
  "2021-11-01",
  "2022-03-01",
  "2022-08-01",
  "2022-11-01",
  "2023-03-01",
  "2023-07-01",
  "2023-09-01",
  "2024-03-01",
  "2024-07-01",
  "2024-11-01",
  "2025-04-01",
  "2025-11-01",
  "2026-04-01",
];

/** Those that have `machines/runCommands`. */
export const hybridVersions = [
  "2023-10-03-preview",
  "2024-03-31-preview",
  "2024-05-20-preview",
  "2024-07-31-preview",
  "2024-09-10-preview",
  "2024-11-10-preview",
  "2025-01-13",
  "2025-02-19-preview",
];

export const networkVersions = [
  "2020-11-01",
  "2021-02-01",
  "2021-05-01",
  "2021-08-01",
  "2022-01-01",
  "2022-05-01",
  "2022-07-01",
  "2022-09-01",
  "2022-11-01",
  "2023-02-01",
  "2023-04-01",
  "2023-05-01",
  "2023-06-01",
  "2023-09-01",
  "2023-11-01",
  "2024-01-01",
  "2024-03-01",
  "2024-05-01",
  "2024-07-01",
  "2024-10-01",
  "2025-01-01",
  "2025-03-01",
  "2025-05-01",
  "2026-01-01",
];

/** Those in which Microsoft.Network answers for the NICs and public addresses of uniform scale sets. */
export const scaleSetNetworkVersions = ["2017-03-30", "2018-10-01"];

/** Those of locks and of role assignments. */
export const authorizationVersions = [
  "2015-07-01",
  "2016-09-01",
  "2018-01-01-preview",
  "2020-04-01-preview",
  "2020-05-01",
  "2020-10-01-preview",
  "2022-04-01",
];

export const securityVersions = ["2015-06-01-preview", "2020-01-01"];

export const resourceGraphVersions = ["2021-03-01", "2022-10-01", "2024-04-01"];
