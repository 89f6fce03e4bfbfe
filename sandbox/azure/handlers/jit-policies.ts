import { jsonReply } from "../http.ts";
import type { Handler } from "../route.ts";

/** The just-in-time policies of one group and region; this Azure has one policy for each protected VM. */
export const listJitPolicies: Handler = ({ params }, azure) => {
  const { subscription = "", resourceGroup = "", location = "" } = params;
  const machines = azure.machines.filter(
    (one) =>
      one.subscriptionId.toLowerCase() === subscription.toLowerCase() &&
      one.resourceGroup.toLowerCase() === resourceGroup.toLowerCase() &&
      one.location === location.toLowerCase(),
  );
  const value = machines.flatMap(({ spec, id, subscriptionId, resourceGroup: groupName }) => {
    const { jit } = spec.network;
    if (!jit) return [];
    const name = `${spec.name}-policy`;
    return {
      id: `/subscriptions/${subscriptionId}/resourceGroups/${groupName}/providers/Microsoft.Security/locations/${spec.location}/jitNetworkAccessPolicies/${name}`,
      name,
      type: "Microsoft.Security/locations/jitNetworkAccessPolicies",
      kind: "Basic",
      location: spec.location,
      properties: {
        provisioningState: "Succeeded",
        virtualMachines: [
          {
            id,
            ports: jit.ports.map((number) => ({
              number,
              protocol: "*",
              allowedSourceAddressPrefix: "*",
              maxRequestAccessDuration: `PT${jit.hours}H`,
            })),
          },
        ],
        requests: jit.requests.map(({ port, source, endsAt }) => ({
          startTimeUtc: endsAt,
          requestor: "sandbox",
          virtualMachines: [
            {
              id,
              ports: [
                {
                  number: port,
                  allowedSourceAddressPrefix: source,
                  endTimeUtc: endsAt,
                  status: "Initiated",
                  statusReason: "UserRequested",
                },
              ],
            },
          ],
        })),
      },
    };
  });
  return jsonReply({ value });
};
