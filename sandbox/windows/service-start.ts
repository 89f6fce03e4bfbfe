import type { Machine } from "./machine.ts";
import type { ServiceState, WindowsState } from "./state.ts";

/*
 * What Windows needs for the start of a service beside its account and start mode: its library, and the services on
 * which it depends. Own facts, so that a wrong belief of the product shows.
 */

type Started = "TermService" | "SessionEnv";

const systemFolder = "C:\\Windows\\System32";

/** The library of each service in Windows itself. Source: stascorp/rdpwrap, issues 202 and 2457. */
const libraries: Record<Started, string> = {
  TermService: `${systemFolder}\\termsrv.dll`,
  SessionEnv: `${systemFolder}\\sessenv.dll`,
};

const libraryKeys: Record<Started, string> = {
  TermService: "HKLM\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters\\ServiceDll",
  SessionEnv: "HKLM\\SYSTEM\\CurrentControlSet\\Services\\SessionEnv\\Parameters\\ServiceDll",
};

/** ERROR_MOD_NOT_FOUND, ERROR_SERVICE_DEPENDENCY_FAIL. */
export const moduleNotFound = 126;
export const dependencyFailed = 1068;

/** The library that the registry names for a service. An absent value is Windows' own here, as in a world that names none. */
export function libraryOf({ state }: Machine, name: Started) {
  const value = state.registry[libraryKeys[name]];
  const path = value ? expand(String(value.data)) : libraries[name];
  const isOwn = path.toLowerCase() === libraries[name].toLowerCase();
  const file = state.files[path];
  // A text that is not to be expanded names no file when it holds a variable.
  const isText = value?.type === "string" && String(value.data).includes("%");
  return {
    path,
    isOwn,
    exists: !isText && (isOwn || file !== undefined),
    company: isOwn ? "Microsoft Corporation" : (file?.company ?? null),
  };
}

/** Variables of the machine; Windows knows them in any case, and leaves an unknown one as it is. */
const variables: Record<string, string> = {
  systemroot: "C:\\Windows",
  windir: "C:\\Windows",
  systemdrive: "C:",
  programfiles: "C:\\Program Files",
};

function expand(text: string): string {
  return text.replace(/%(\w+)%/g, (whole, name: string) => variables[name.toLowerCase()] ?? whole);
}

interface Blocker {
  name: string;
  problem: "missing" | "disabled";
}

/** The services on which this one depends, and that are missing or disabled and do not run. */
export function keepsFromStarting({ state }: Machine, { dependsOn }: ServiceState): Blocker[] {
  return dependsOn.flatMap((name): Blocker[] => {
    const other = serviceNamed(state, name);
    if (other === null) return [{ name, problem: "missing" }];
    return other.startMode === "Disabled" && other.state !== "Running" ? [{ name, problem: "disabled" }] : [];
  });
}

/** A service that no world mentions is Windows' own and runs. */
function serviceNamed({ otherServices }: WindowsState, name: string): Pick<ServiceState, "startMode" | "state"> | null {
  const [, found] = Object.entries(otherServices).find(([key]) => key.toLowerCase() === name.toLowerCase()) ?? [];
  if (found !== undefined) return found;
  return windowsServices.includes(name.toLowerCase()) ? { startMode: "Auto", state: "Running" } : null;
}

/** On which TermService depends on one build or another. */
const windowsServices = ["rpcss", "termdd"];

/** A service that another's library keeps from starting does not hang any more with Windows' own. */
export function blameLibraryForHang(machine: Machine): void {
  const { TermService } = machine.state.services;
  const { exists } = libraryOf(machine, "TermService");
  if (TermService?.state === "Stopped" && !exists) TermService.hung = false;
}
