/*
 * Columns of the tables of a Log Analytics workspace that queries here read, with their types. Every one of them is in
 * Azure Monitor's reference, as MicrosoftDocs/azure-reference-other has it in the files
 * azure-monitor-ref/tables/includes/<table in lower case>-include.md: `Event` and `AppRequests` of 30 July 2024,
 * `AppMetrics` and `AppDependencies` of 18 February 2024. The tables have more columns than these. A column that is
 * missing here is added from the reference (learn.microsoft.com/azure/azure-monitor/reference/tables/<table>), never from
 * a query. No workspace was asked.
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
