import { resourceNotFound } from "../arm-error.ts";
import { jsonReply } from "../http.ts";
import type { Handler } from "../route.ts";
import { onMachine } from "./virtual-machines.ts";

/** Reads one resource of Microsoft.Network. These resources are fixed documents. */
export const getNetworkResource: Handler = ({ path, params }, azure) => {
  const found = azure.network.get(path.replace(/\/$/, "").toLowerCase());
  const typeAndName = path.split(/\/providers\//i).at(-1) ?? "";
  return found ? jsonReply(found) : resourceNotFound(typeAndName, params.resourceGroup ?? "");
};

/** Lists the resources of one type in one group; the type is the last word of the path. */
export const listNetworkResources: Handler = ({ path }, azure) => {
  const folder = `${path.replace(/\/$/, "").toLowerCase()}/`;
  const value = [...azure.network.entries()]
    .filter(([id]) => id.startsWith(folder) && !id.slice(folder.length).includes("/"))
    .map(([, resource]) => resource);
  return jsonReply({ value });
};

/** The same below an instance of a uniform scale set, which must exist. */
export const getInstanceNetwork = onMachine((request, _, azure) => getNetworkResource(request, azure));
export const listInstanceNetwork = onMachine((request, _, azure) => listNetworkResources(request, azure));
