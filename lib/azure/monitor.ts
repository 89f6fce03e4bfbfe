import type { TokenCredential } from "@azure/identity";

export type Credential = TokenCredential;

export interface MonitorOptions {
  /** Of Application Insights: where to send, not a secret where the resource takes tokens of Microsoft Entra ID alone. */
  readonly connectionString: string;
  /** Signs in to the ingestion; without it the connection string alone lets in. */
  readonly credential: Credential | null;
  /** Share of the traces that is sent, 0 to 1. A run is sent whole or not at all. */
  readonly sampling: number;
}

/**
 * Sends what OpenTelemetry is told to Application Insights, through Azure Monitor's distribution. Only our own spans: what
 * it could add by patching modules does not reach into a bundle, and would write down addresses that hold signatures.
 */
export async function startMonitor({ connectionString, credential, sampling }: MonitorOptions): Promise<void> {
  // Half a second and several megabytes: only who sends telemetry pays for it.
  const { useAzureMonitor } = await import("@azure/monitor-opentelemetry");
  const off = { enabled: false };
  useAzureMonitor({
    azureMonitorExporterOptions: {
      connectionString,
      ...(credential ? { credential } : {}),
      disableOfflineStorage: true,
    },
    samplingRatio: sampling,
    // Otherwise at most five traces a second, whatever the ratio.
    tracesPerSecond: 0,
    enableStandardMetrics: false,
    enablePerformanceCounters: false,
    instrumentationOptions: {
      azureSdk: off,
      http: off,
      mongoDb: off,
      mySql: off,
      postgreSql: off,
      redis: off,
      redis4: off,
      bunyan: off,
      winston: off,
      console: off,
    },
  });
}

/** Sends what is still held, and stops. */
export async function stopMonitor(): Promise<void> {
  const { shutdownAzureMonitor } = await import("@azure/monitor-opentelemetry");
  await shutdownAzureMonitor();
}
