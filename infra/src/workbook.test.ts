/** The workbook has the form that the portal reads, and shows columns that its queries give. */
import { beforeAll, describe, expect, it } from 'vitest';
import { KNOWN_METRICS } from './azure-metrics.fixture.ts';
import { configured, EVERYTHING, noCode } from './config.fixture.ts';
import { bind } from './kql.fixture.ts';
import { substituted } from './queries.fixture.ts';
import { record, valueOf, type Registration } from './registrations.fixture.ts';
import { defineStack, type StackOutputs } from './stack.ts';
import type { Item } from './workbook-items.ts';

interface Content {
  version: string;
  json: string;
  query: string;
  noDataMessage: string;
  title: string;
  visualization: string;
  chartSettings?: { xAxis: string; yAxis: string[]; group?: string };
  gridSettings?: {
    labelSettings: { columnId: string; label: string }[];
    formatters: { columnMatch: string; formatOptions: { linkTarget: string } }[];
  };
  parameters: { name: string; type: number; query?: string; value?: unknown }[];
  resourceType: string;
  resourceIds: string[];
  crossComponentResources: string[];
  timeContextFromParameter: string;
  metrics: { namespace: string; metric: string; aggregation: number; splitBy: string }[];
  filters?: { key: string; values: string[] }[];
}

let all: Registration[];
let outputs: StackOutputs;
let items: (Item & { content: Content })[];
const of = (type: Item['type']) => items.filter((item) => item.type === type);
const workbook = (): Registration =>
  all.find(({ type }) => type.endsWith(':Workbook') && type.startsWith('azure'))!;
beforeAll(async () => {
  ({ registrations: all, result: outputs } = await record(() =>
    defineStack(configured(EVERYTHING), noCode()),
  ));
  ({ items } = JSON.parse(String(workbook().inputs['serializedData'])) as { items: typeof items });
});

const columnsOf = (query: string): Record<string, string> => bind(substituted(query)).columns;
const idOf = (type: string): string => {
  const scopes = all
    .filter((r) => r.name.startsWith('watch-'))
    .map(({ inputs }) => String(inputs['resourceUri']));
  const found = scopes.find((id) => id.toLowerCase().includes(type));
  if (found === undefined) throw new Error(`Nothing of type ${type} is watched.`);
  return found;
};

describe('the workbook', () => {
  it('is named by a GUID that stays, has a title, and belongs to the workspace', () => {
    const { inputs } = workbook();
    expect(inputs['resourceName']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(inputs).toMatchObject({
      kind: 'shared',
      category: 'workbook',
      version: 'Notebook/1.0',
      tags: { 'hidden-title': inputs['displayName'] },
    });
    expect(inputs['sourceId']).toContain('/Microsoft.OperationalInsights/workspaces/');
    expect(JSON.parse(String(inputs['serializedData']))).toMatchObject({
      version: 'Notebook/1.0',
      fallbackResourceIds: [inputs['sourceId']],
    });
  });

  it('is printed as an address of the portal', async () => {
    expect(await valueOf(outputs.workbook)).toMatch(
      /^https:\/\/portal\.azure\.com\/#resource\/subscriptions\/.*\/workbooks\/[0-9a-f-]{36}\/workbook$/,
    );
  });

  it('consists of parts that the portal knows, each with a name of its own', () => {
    const versions = { 3: 'KqlItem/1.0', 9: 'KqlParameterItem/1.0', 10: 'MetricsItem/2.0' };
    const found = items.flatMap(({ type, content }) =>
      type === 1 ? [] : [[type, content.version] as const],
    );
    expect(found.filter(([type, version]) => version !== versions[type])).toEqual([]);
    expect(new Set(items.map(({ name }) => name)).size).toBe(items.length);
    expect(items[0]!.type).toBe(9);
  });

  it('begins each part with a heading and a sentence', () => {
    const texts = of(1).map(({ content }) => content.json);
    expect(texts.length).toBeGreaterThan(4);
    for (const text of texts) expect(text).toMatch(/^## .+\n\n[A-Z].+\.$/);
    // Nothing is shown before the first of them but the parameters.
    expect(items[1]!.type).toBe(1);
  });

  it('has a time range and a run to choose, and asks for no other parameter', () => {
    const [parameters] = of(9);
    expect(parameters!.content.parameters.map(({ name, type }) => [name, type])).toEqual([
      ['TimeRange', 4],
      ['RunId', 2],
    ]);
    for (const { content } of [...of(3), ...of(10)])
      expect(content.timeContextFromParameter).toBe('TimeRange');
    const runs = parameters!.content.parameters[1]!.query!;
    expect(Object.keys(columnsOf(runs))).toEqual(['value', 'label', 'selected']);
    expect(() => substituted(JSON.stringify(items).replaceAll('{"', '{ "'))).not.toThrow();
  });
});

describe('a chart', () => {
  const charts = () => of(3).filter(({ content }) => content.visualization !== 'table');

  it('draws columns that its query gives: a time, numbers, and a text that groups', () => {
    expect(charts().length).toBeGreaterThan(8);
    for (const { content, name } of charts()) {
      const columns = columnsOf(content.query);
      const { xAxis, yAxis, group } = content.chartSettings!;
      expect(columns[xAxis]).toBe('datetime');
      for (const column of yAxis) expect(columns[column]).toMatch(/^(real|long)$/);
      expect(group === undefined ? 'string' : columns[group]).toBe('string');
      // Every column is drawn: one that is not would be a line that nobody asked for.
      const drawn = [xAxis, ...yAxis, ...(group ? [group] : [])];
      expect([name, ...Object.keys(columns).sort()]).toEqual([name, ...drawn.sort()]);
    }
  });
});

describe('a table', () => {
  const tables = () => of(3).filter(({ content }) => content.visualization === 'table');

  it('has a heading for every column of its query, and for no other', () => {
    expect(tables().length).toBeGreaterThan(5);
    for (const { content, name } of tables()) {
      const columns = Object.keys(columnsOf(content.query));
      const labelled = content.gridSettings!.labelSettings.map(({ columnId }) => columnId);
      expect([name, ...labelled.sort()]).toEqual([name, ...columns.sort()]);
    }
  });

  it('of runs links each to its trace', () => {
    const [runs] = tables();
    expect(runs!.content.gridSettings!.formatters).toEqual([
      expect.objectContaining({
        columnMatch: 'trace',
        formatOptions: { linkTarget: 'Url', linkLabel: 'Open' },
      }),
    ]);
    const inLink = /strcat\("(union [^"\\]+)\\"", operation, "\\"([^"]*)"\)/.exec(runs!.content.query);
    expect(inLink).not.toBeNull();
    const { problems, columns } = bind(`${inLink![1]!}"0123"${inLink![2]!}`);
    expect(problems).toEqual([]);
    expect(columns).toMatchObject({ OperationId: 'string', TimeGenerated: 'datetime' });
  });
});

describe('what is empty', () => {
  it('says so in a sentence', () => {
    for (const { content } of of(3)) expect(content.noDataMessage).toMatch(/^[A-Z].*\.$/);
  });
});

describe('a metric', () => {
  const names = { 1: 'total', 3: 'maximum', 4: 'average', 7: 'count' } as Record<number, string>;

  it('is one that the platform has, put together and split as it can be, of a resource of the stack', () => {
    expect(of(10).length).toBeGreaterThan(3);
    for (const { content } of of(10)) {
      const { namespace, metric, aggregation, splitBy } = content.metrics[0]!;
      const [type, group, name] = metric.split('-') as [string, string, string];
      const known = KNOWN_METRICS[type]?.[name];
      expect(known).toBeDefined();
      expect([namespace, content.resourceType]).toEqual([type, type]);
      expect(group).toBe(known!.group);
      expect(known!.aggregations).toContain(names[aggregation]);
      expect(known!.dimensions).toContain(splitBy);
      for (const { key } of content.filters ?? []) expect(known!.dimensions).toContain(key);
      expect(content.resourceIds).toEqual([idOf(type)]);
    }
  });

  it('shows depth and dead letters by queue, which no query can', () => {
    const byQueue = of(10).filter(({ content }) => content.metrics[0]!.splitBy === 'EntityName');
    expect(byQueue.map(({ content }) => content.metrics[0]!.metric.split('--')[1] ?? '').sort()).toEqual([
      'ActiveMessages',
      'DeadletteredMessages',
      'ScheduledMessages',
    ]);
  });
});
