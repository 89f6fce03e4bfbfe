/*
 * The clouds of Azure, by the names that Azure's own tools give them. Sources: azure-cli, azure-cli-core/cloud.py
 * (addresses, storage suffixes); azure-sdk-for-net, ArmEnvironment.cs (the token's audience is ARM's address).
 */

export const cloudNames = ["AzureCloud", "AzureUSGovernment", "AzureChinaCloud"] as const;
export type CloudName = (typeof cloudNames)[number];

/** One cloud's addresses; the token scope of ARM is `<resourceManager>/.default`. */
export interface Cloud {
  readonly resourceManager: string;
  /** Microsoft Entra ID. */
  readonly authority: string;
  /** The Azure portal. */
  readonly portal: string;
  /** The end of the host names of storage accounts. */
  readonly storageSuffix: string;
}

export const clouds: Readonly<Record<CloudName, Cloud>> = {
  AzureCloud: {
    resourceManager: "https://management.azure.com",
    authority: "https://login.microsoftonline.com",
    portal: "https://portal.azure.com",
    storageSuffix: "core.windows.net",
  },
  AzureUSGovernment: {
    resourceManager: "https://management.usgovcloudapi.net",
    authority: "https://login.microsoftonline.us",
    portal: "https://portal.azure.us",
    storageSuffix: "core.usgovcloudapi.net",
  },
  AzureChinaCloud: {
    resourceManager: "https://management.chinacloudapi.cn",
    authority: "https://login.chinacloudapi.cn",
    portal: "https://portal.azure.cn",
    storageSuffix: "core.chinacloudapi.cn",
  },
};
