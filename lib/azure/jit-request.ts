import { fail, ok } from "../core/problem.ts";
import { formatVmId } from "../core/vm-id.ts";
import { traitsOf } from "../core/vm-kinds.ts";
import type { AccessRequester } from "../runs/ports.ts";
import { callAzure } from "./call-azure.ts";
import type { Clients } from "./clients.ts";

const apiVersion = "2020-01-01";

const policyResource =
  /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[\p{L}\p{N}_().-]{1,90}\/providers\/Microsoft\.Security\/locations\/\w{1,40}\/jitNetworkAccessPolicies\/\w[\w.-]{0,79}$/iu;

/**
 * Just-in-time access of Defender for Cloud, for whose one call the SDK is not worth its size. Needs the right
 * `Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action`, which a role of its own gives
 * (infra/roles/jit-requester.json). The request has room for one source, so that each source is one.
 */
export function createAccessRequester(clients: Clients): AccessRequester {
  return {
    async request(vm, { policyId, port, sources, until }, why) {
      const { hasJustInTimeAccess, noun } = traitsOf(vm);
      if (!hasJustInTimeAccess) {
        return fail("invalid-input", `Azure has no just-in-time access for ${noun}, so none was requested.`);
      }
      if (!policyResource.test(policyId)) {
        return fail("invalid-input", `"${policyId.slice(0, 200)}" is no policy of just-in-time access.`);
      }
      const path = `${policyId.split("/").map(encodeURIComponent).join("/")}/initiate`;
      for (const source of sources) {
        const ports = [{ number: port, allowedSourceAddressPrefix: source, endTimeUtc: until }];
        const body = { virtualMachines: [{ id: formatVmId(vm), ports }], justification: why };
        const asked = await callAzure(`request just-in-time access to VM ${vm.name}`, () =>
          clients.post(path, { "api-version": apiVersion }, body),
        );
        if (!asked.ok) return asked;
      }
      return ok("accepted");
    },
  };
}
