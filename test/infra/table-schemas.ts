/*
 * The tables of a Log Analytics workspace that queries here read, with the columns and types of Azure Monitor's
 * reference (learn.microsoft.com/azure/azure-monitor/reference/tables/<name in lower case>). `Event` and
 * `AppDependencies` were read in the pages of 27 July 2026, `AppMetrics` and `AppRequests` in those of February 2025. A
 * column that is missing here is added from there, never from a query.
 */

type ColumnType = "string" | "int" | "long" | "real" | "bool" | "datetime" | "dynamic";
type Columns = Readonly<Record<string, ColumnType>>;

const everyTable: Columns = {
  TimeGenerated: "datetime",
  Type: "string",
  SourceSystem: "string",
  _ResourceId: "string",
  _SubscriptionId: "string",
  _BilledSize: "real",
  _IsBillable: "string",
};

const everyAppTable: Columns = {
  ...everyTable,
  AppRoleInstance: "string",
  AppRoleName: "string",
  AppVersion: "string",
  ItemCount: "int",
  Name: "string",
  OperationId: "string",
  OperationName: "string",
  ParentId: "string",
  Properties: "dynamic",
  SDKVersion: "string",
};

export const tableSchemas: Readonly<Record<string, Columns>> = {
  Event: {
    ...everyTable,
    Computer: "string",
    EventCategory: "int",
    EventData: "string",
    EventID: "int",
    EventLevel: "int",
    EventLevelName: "string",
    EventLog: "string",
    Message: "string",
    ParameterXml: "string",
    RenderedDescription: "string",
    Source: "string",
    UserName: "string",
  },
  AppMetrics: { ...everyAppTable, Sum: "real", Min: "real", Max: "real" },
  AppRequests: {
    ...everyAppTable,
    DurationMs: "real",
    Id: "string",
    Measurements: "dynamic",
    ResultCode: "string",
    Success: "bool",
    Url: "string",
  },
  AppDependencies: {
    ...everyAppTable,
    Data: "string",
    DependencyType: "string",
    DurationMs: "real",
    Id: "string",
    Measurements: "dynamic",
    ResultCode: "string",
    Success: "bool",
    Target: "string",
  },
};
