/*
 * The clouds that a world may be, with the names of ARM for which their tenants issue tokens. Source: the
 * `active_directory_resource_id` and `resource_manager` of azure-cli, azure-cli-core/cloud.py. The sandbox's own data,
 * so that a wrong address of the product shows.
 */

export const cloudNames = ["AzureCloud", "AzureUSGovernment", "AzureChinaCloud"] as const;
export type CloudName = (typeof cloudNames)[number];

export const armResourcesOf: Readonly<Record<CloudName, readonly string[]>> = {
  AzureCloud: ["https://management.azure.com", "https://management.core.windows.net"],
  AzureUSGovernment: ["https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net"],
  AzureChinaCloud: ["https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn"],
};
