/**
 * Binds queries as Azure would, without it: Microsoft's own language service with the columns of the tables that are used. Finds
 * unknown tables and columns, wrong types and wrong syntax.
 */
/// <reference types="@kusto/language-service-next" />
import { createRequire } from 'node:module';

/**
 * By table, its columns: learn.microsoft.com/azure/azure-monitor/reference/tables/<name in lower case>. Those that are deprecated or
 * told of clients' browsers are left out.
 */
const APP_COLUMNS =
  'AppRoleInstance: string, AppRoleName: string, AppVersion: string, ItemCount: int, Measurements: dynamic, OperationId: string, ' +
  'OperationName: string, ParentId: string, Properties: dynamic, SDKVersion: string, TimeGenerated: datetime, Type: string, ' +
  '_BilledSize: real, _IsBillable: string, _ResourceId: string, _SubscriptionId: string, TenantId: string, SourceSystem: string';
export const TABLES = {
  AppTraces: `${APP_COLUMNS}, Message: string, SeverityLevel: int`,
  AppRequests: `${APP_COLUMNS}, DurationMs: real, Id: string, Name: string, ResultCode: string, Source: string, Success: bool, Url: string`,
  AppDependencies: `${APP_COLUMNS}, Data: string, DependencyType: string, DurationMs: real, Id: string, Name: string, ResultCode: string, Success: bool, Target: string`,
  AppExceptions: `${APP_COLUMNS}, Assembly: string, Details: dynamic, ExceptionType: string, HandledAt: string, InnermostMessage: string, InnermostType: string, Message: string, Method: string, OuterMessage: string, OuterType: string, ProblemId: string, SeverityLevel: int`,
  AzureMetrics:
    'Average: real, Count: real, Maximum: real, MetricName: string, Minimum: real, Resource: string, ResourceGroup: string, ResourceId: string, ResourceProvider: string, TimeGenerated: datetime, TimeGrain: string, Total: real, UnitName: string, _ResourceId: string',
  Usage:
    'DataType: string, EndTime: datetime, IsBillable: bool, MeterId: string, Quantity: real, QuantityUnit: string, ResourceUri: string, Solution: string, StartTime: datetime, TimeGenerated: datetime, Type: string',
} as const;

const require = createRequire(import.meta.url);
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const { Language } = (globalThis as unknown as { Kusto: typeof Kusto }).Kusto;

const tables = Object.entries(TABLES).map(
  ([name, columns]) => new Language.Symbols.TableSymbol.$ctor7(name, `(${columns})`, null!),
);
const workspace = new Language.Symbols.DatabaseSymbol.ctor('workspace', tables as never);
const globals = Language.GlobalState.Default!.WithDatabase(workspace)!;

export interface Bound {
  /** What is wrong, with the place; empty when the query could run. */
  problems: string[];
  /** Columns of the result with their types, as `seconds: real`. */
  columns: Record<string, string>;
}

/** Binds one query. */
export function bind(text: string): Bound {
  const code = Language.KustoCode.ParseAndAnalyze(text, globals)!;
  const diagnostics = code.GetDiagnostics()!;
  const problems = Array.from({ length: diagnostics.Count }, (_, i) => {
    const { Code, Message, Start, Length } = diagnostics.getItem(i)!;
    return `${Code} ${Message} at '${text.slice(Start, Start + Length)}'`;
  });
  const result = (code.ResultType as Kusto.Language.Symbols.TableSymbol | null)?.Columns;
  const columns = Array.from({ length: result?.Count ?? 0 }, (_, i) => {
    const column = result!.getItem(i)!;
    return [column.Name ?? '', column.Type?.Name ?? 'unknown'] as const;
  });
  return { problems, columns: Object.fromEntries(columns) };
}
