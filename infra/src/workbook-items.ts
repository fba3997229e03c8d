/**
 * The parts of a workbook as the portal stores them: texts (1), queries (3), parameters (9) and metrics (10). There is no published
 * schema; the form is that of github.com/microsoft/Application-Insights-Workbooks.
 */

/** Resources that the workbook looks at, by id. */
export interface WorkbookResources {
  workspace: string;
  messages: string;
  store: string;
}

export interface Item {
  type: 1 | 3 | 9 | 10;
  name: string;
  content: Record<string, unknown>;
  customWidth?: string;
}

const LOGS = 'microsoft.operationalinsights/workspaces';
const HOUR_MS = 3_600_000;
/** The time range of the whole page; a query that names no other column for time is cut to it. */
const IN_RANGE = { timeContext: { durationMs: 0 }, timeContextFromParameter: 'TimeRange' };

/** A heading, and one sentence that says what is below it. */
export const text = (title: string, sentence: string): Item => ({
  type: 1,
  name: title,
  content: { json: `## ${title}\n\n${sentence}` },
});

/** The parameters that everything below obeys: a time range, and a run of which one has to be chosen. */
export const parameters = (workspace: string, runs: string): Item => ({
  type: 9,
  name: 'parameters',
  content: {
    version: 'KqlParameterItem/1.0',
    crossComponentResources: [workspace],
    parameters: [
      {
        id: '6f0d1f0e-5f1b-4a43-8c35-1f1d5d3c1a01',
        version: 'KqlParameterItem/1.0',
        name: 'TimeRange',
        label: 'Time range',
        type: 4,
        isRequired: true,
        value: { durationMs: 48 * HOUR_MS },
        typeSettings: {
          selectableValues: [1, 6, 24, 48, 7 * 24, 14 * 24, 30 * 24].map((hours) => ({
            durationMs: hours * HOUR_MS,
          })),
          allowCustom: true,
        },
      },
      {
        id: '6f0d1f0e-5f1b-4a43-8c35-1f1d5d3c1a02',
        version: 'KqlParameterItem/1.0',
        name: 'RunId',
        label: 'Run',
        type: 2,
        isRequired: true,
        query: runs,
        crossComponentResources: [workspace],
        ...IN_RANGE,
        queryType: 0,
        resourceType: LOGS,
      },
    ],
    style: 'pills',
    queryType: 0,
    resourceType: LOGS,
  },
});

export interface Asked {
  title: string;
  query: string;
  /** What stands there instead of an empty chart. */
  none: string;
  width?: 50 | 100;
}

/** A column of a chart that stands for the height, the time or the kind. */
export interface Axes {
  x: string;
  y: readonly string[];
  group?: string;
}

const queried = (workspace: string, { title, query, none, width = 100 }: Asked, shown: object): Item => ({
  type: 3,
  name: title,
  content: {
    version: 'KqlItem/1.0',
    query,
    size: 0,
    title,
    noDataMessage: none,
    ...IN_RANGE,
    queryType: 0,
    resourceType: LOGS,
    crossComponentResources: [workspace],
    ...shown,
  },
  customWidth: String(width),
});

/** A chart over time. */
export const chart =
  (workspace: string) =>
  (visualization: 'timechart' | 'barchart', axes: Axes, asked: Asked): Item =>
    queried(workspace, asked, {
      visualization,
      chartSettings: {
        xAxis: axes.x,
        yAxis: axes.y,
        ...(axes.group !== undefined && { group: axes.group }),
        showLegend: true,
      },
    });

/** A table; `labels` say what its columns are called, `link` is a column that holds an address. */
export const table =
  (workspace: string) =>
  (labels: Readonly<Record<string, string>>, asked: Asked, link?: { column: string; text: string }): Item =>
    queried(workspace, asked, {
      visualization: 'table',
      gridSettings: {
        formatters: link
          ? [
              {
                columnMatch: link.column,
                formatter: 7,
                formatOptions: { linkTarget: 'Url', linkLabel: link.text },
              },
            ]
          : [],
        rowLimit: 5000,
        filter: true,
        labelSettings: Object.entries(labels).map(([columnId, label]) => ({ columnId, label })),
      },
    });

/** Numbers by which the portal knows how values of a metric are put together. */
const AGGREGATIONS = { total: 1, maximum: 3, average: 4, count: 7 } as const;

export interface Metric {
  title: string;
  /** Resource type, as `microsoft.servicebus/namespaces`, and the group of metrics, which not every type has. */
  type: string;
  group?: string;
  metric: string;
  aggregation: keyof typeof AGGREGATIONS;
  /** A line for each value of this dimension. */
  splitBy: string;
  /** Only these values of a dimension. */
  only?: { dimension: string; values: readonly string[] };
}

/** A chart of a metric of the platform. */
export const metric = (id: string, resource: string, m: Metric, width = 50): Item => ({
  type: 10,
  name: m.title,
  content: {
    chartId: `workbook${id}`,
    version: 'MetricsItem/2.0',
    size: 0,
    chartType: 2,
    resourceType: m.type,
    metricScope: 0,
    resourceIds: [resource],
    ...IN_RANGE,
    metrics: [
      {
        namespace: m.type,
        metric: `${m.type}-${m.group ?? ''}-${m.metric}`,
        aggregation: AGGREGATIONS[m.aggregation],
        splitBy: m.splitBy,
      },
    ],
    title: m.title,
    ...(m.only && {
      filters: [{ id: '1', key: m.only.dimension, operator: 0, values: [...m.only.values] }],
    }),
    gridSettings: { rowLimit: 10_000 },
  },
  customWidth: String(width),
});
