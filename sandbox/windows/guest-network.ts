import type { WindowsAdapter } from "./adapter.ts";
import type { Machine } from "./machine.ts";

/** Shows the network settings of the simulated Windows. They decide on no connection here: Azure's side does. */
export function guestNetworkFunctions(
  machine: Machine,
): Pick<WindowsAdapter, "Get-GuestNetwork" | "Get-InstalledProducts" | "Get-LocalSuiteNames"> {
  return {
    "Get-GuestNetwork": () => {
      const { adapters, foreignAdapters, persistentRoutes, deadProviders, proxies, ports } = machine.state.network;
      const odd = adapters.filter(
        ({ state, dhcp, addresses, ownDns, ignoresDefaultRoutes }) =>
          state !== "up" ||
          dhcp !== true ||
          ownDns.length > 0 ||
          ignoresDefaultRoutes === true ||
          addresses.every((one) => one.startsWith("169.254.")),
      );
      const further = adapters.filter((one) => !odd.includes(one)).flatMap(({ addresses }) => addresses.slice(1));
      const foreign = foreignAdapters.flatMap(({ addresses }) => addresses);
      const others = [...further, ...foreign, ...machine.state.network.otherAddresses];
      // An answer leaves by a route of the adapter that has the address: a route of another one is no way out for it.
      const routed = adapters.some(
        ({ state, gateways, ignoresDefaultRoutes }) => state === "up" && gateways.length > 0 && !ignoresDefaultRoutes,
      );
      const tunnels = foreignAdapters.filter(({ gateways }) => gateways.length > 0);
      return {
        inOrder: adapters.length - odd.length,
        ...(odd.length > 0 && { adapters: odd }),
        ...(others.length > 0 && { otherAddresses: others.slice(0, 8) }),
        ...(!routed && { defaultRoute: false }),
        ...(tunnels.length > 0 && {
          foreignAdapters: tunnels.map(({ name, kind, addresses }) => ({ name, kind, addresses })),
        }),
        ...(persistentRoutes.length > 0 && { persistentRoutes }),
        ...(deadProviders.length > 0 && { deadProviders }),
        ...(proxies.length > 0 && { proxies }),
        ...(ports.used * 5 >= ports.available * 4 && { ports }),
      };
    },
    "Get-InstalledProducts": () => {
      const { filters, security, credentials } = machine.state.products;
      return {
        ...(filters.length > 0 && { filters }),
        ...(security.length > 0 && { security }),
        ...(credentials.length > 0 && { credentials }),
      };
    },
    // Without a list of its own in the registry, a local configuration is what Windows offers.
    "Get-LocalSuiteNames": () => {
      const local = machine.state.registry[localSuites];
      return local ? [local.data].flat().map(String) : machine.state.schannel.suites;
    },
  };
}

const localSuites =
  "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Configuration\\Local\\SSL\\00010002\\Functions";
