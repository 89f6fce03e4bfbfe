import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { fail, ok, type Result } from "../core/problem.ts";
import { defaultRdpPort } from "../core/windows.ts";
import { ProxyServer, Target } from "./report.ts";

/** Reads `HOST`, `HOST:PORT`, an IPv4 or IPv6 address, or `[IPv6]:PORT`. */
export function parseTarget(text: string, defaultPort = defaultRdpPort): Result<Target> {
  const { host, port } = isIP(text) === 6 ? { host: text } : split(text);
  const name = host === undefined ? null : hostOf(host);
  const target = Target.safeParse({ host: name, port: Number(port ?? defaultPort) });
  if (target.success) return ok(target.data);
  return fail(
    "invalid-input",
    `"${text}" is not HOST or HOST:PORT, with a port from 1 to 65535. An IPv6 address with a port is written [2001:db8::4]:3389.`,
  );
}

function split(text: string): { host?: string | undefined; port?: string | undefined } {
  const six = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  if (six) return isIP(six[1] ?? "") === 6 ? { host: six[1], port: six[2] } : {};
  const [, host, port] = /^([^:]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  return { host, port };
}

/** A host as the protocols need it: an address, or a name in ASCII; `null` when it is neither. */
function hostOf(host: string): string | null {
  if (isIP(host)) return host;
  const name = domainToASCII(host);
  // Some resolvers turn other numbers into addresses: 10.1 becomes 10.0.0.1.
  return /^[\w.-]{1,253}$/.test(name) && !isIP(name) ? name : null;
}

const kinds: Readonly<Record<string, ProxyServer["kind"]>> = {
  "http:": "http",
  "socks5:": "socks5",
  "socks5h:": "socks5",
};
const defaultPorts = { http: 80, socks5: 1080 };

/** Reads `http://HOST:PORT` or `socks5://HOST:PORT`. */
export function parseProxy(text: string): Result<ProxyServer> {
  const { protocol = "", hostname = "", port = "", username, password } = URL.canParse(text) ? new URL(text) : {};
  if (username || password) {
    return fail("invalid-input", "The probe sends no credentials, not even to a proxy: use one that asks for none.");
  }
  const kind = kinds[protocol];
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const proxy = ProxyServer.safeParse({ kind, host, port: port ? Number(port) : kind && defaultPorts[kind] });
  if (proxy.success) return ok(proxy.data);
  return fail("invalid-input", `"${text}" is not a proxy: write http://HOST:PORT or socks5://HOST:PORT.`);
}
