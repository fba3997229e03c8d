/** The alerts watch everything that they should, by names that exist, and lead to a recipe. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ARCHIVE_QUEUE, QUEUES } from '@github-repo-stats/shared/topology';
import { beforeAll, describe, expect, it } from 'vitest';
import { RANDOM } from './azure.fixture.ts';
import { KNOWN_METRICS } from './azure-metrics.fixture.ts';
import { configured, EVERYTHING, LEAST, noCode } from './config.fixture.ts';
import { bind } from './kql.fixture.ts';
import { FURTHEST_BACK_HOURS, logAlerts, patience } from './log-alerts.ts';
import { queriesIn } from './queries.fixture.ts';
import { record, type Registration } from './registrations.fixture.ts';
import { gapsOf } from './schedule-gaps.ts';
import { SERVICES } from './services.ts';
import { defineStack } from './stack.ts';

interface Criterion {
  query: string;
  threshold: number;
  timeAggregation: string;
  metricName: string;
  metricNamespace: string;
  metricMeasureColumn?: string;
  dimensions: { name: string; operator: string; values: string[] }[];
}
const LOG = 'azure-native:monitor:ScheduledQueryRule';
const METRIC = 'azure-native:monitor:MetricAlert';
const page = (name: string): string => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

const define = async (values: Record<string, string>): Promise<Registration[]> => {
  const { registrations } = await record(() => defineStack(configured(values), noCode()));
  return registrations;
};
let all: Registration[];
beforeAll(async () => {
  all = await define(EVERYTHING);
});
const alerts = (of = all): Registration[] => of.filter(({ type }) => type === LOG || type === METRIC);
const named = (name: string, of = all): Registration => {
  const found = alerts(of).find((alert) => alert.name === name);
  if (!found) throw new Error(`There is no alert ${name}.`);
  return found;
};
const criterion = ({ inputs }: Registration): Criterion => {
  const { allOf } = inputs['criteria'] as { allOf: [Criterion] };
  return allOf[0];
};

describe('the alerts', () => {
  it('are for all that would wake somebody rightly, the worst first', () => {
    const severities = alerts().map(({ name, inputs }) => `${JSON.stringify(inputs['severity'])} ${name}`);
    expect(severities.sort()).toEqual([
      '1 credential-refused',
      '1 dead-letters',
      '1 no-run',
      '1 run-stalled',
      '2 cosmos-throttled',
      '2 failed-functions',
      '2 logs-near-cap',
      '2 numbers-look-wrong',
      '2 repositories-without-credential',
      '2 run-overdue',
      '2 run-unarchived',
    ]);
  });

  it('tell the people of the action group, resolve by themselves, and are switched on', () => {
    const people = all.find(({ type }) => type.endsWith(':ActionGroup'))!;
    for (const { type, inputs } of alerts()) {
      expect(JSON.stringify(inputs['actions'])).toContain(`/actionGroups/${people.name}`);
      // The tables are not there before the first deployment has logged.
      const forLogs = type === LOG ? { skipQueryValidation: true } : {};
      expect(inputs).toMatchObject({ enabled: true, autoMitigate: true, ...forLogs });
    }
  });

  it('name what they are about, in a dimension that the description explains', () => {
    const unnamed = alerts().filter((alert) => criterion(alert).dimensions.length === 0);
    expect(unnamed.map(({ name }) => name)).toEqual(['logs-near-cap', 'no-run']);
    for (const alert of alerts().filter((a) => !unnamed.includes(a) && a.name !== 'cosmos-throttled'))
      expect(alert.inputs['description']).toContain(`named by ${criterion(alert).dimensions[0]!.name}`);
  });

  it('link their recipe, and each recipe is of an alert', async () => {
    const headings = [...page('operations.md').matchAll(/^### ([a-z][a-z-]+)$/gm)].map(([, name]) => name!);
    expect(headings.toSorted()).toEqual(
      alerts()
        .map(({ name }) => name)
        .sort(),
    );
    for (const { name, inputs } of alerts())
      expect(inputs['description']).toMatch(
        new RegExp(String.raw`What to do: https://example\.org/operations\.md#${name}$`),
      );
    const least = await define(LEAST);
    expect(named('no-run', least).inputs['description']).toContain('docs/operations.md#no-run');
  });

  it('say in their recipe how severe they are', () => {
    const recipes = page('operations.md').split(/^### /m);
    for (const { name, inputs } of alerts())
      expect(recipes.find((recipe) => recipe.startsWith(`${name}\n`))).toContain(
        `Severity ${String(inputs['severity'])}.`,
      );
  });

  it('cost what docs/deploy.md reckons', () => {
    const [logs, metrics] = [LOG, METRIC].map((type) => alerts().filter((alert) => alert.type === type));
    const series = metrics!.flatMap((alert) => criterion(alert).dimensions[0]!.values).length;
    expect(page('deploy.md')).toContain(
      `${logs!.length} on logs × 0.50 $ + ${SERVICES.length - 1} more apps × 0.05 $ + ${series} on metrics × 0.10 $`,
    );
    // 0.50 $ is the price of looking every 15 minutes.
    expect(new Set(logs!.map(({ inputs }) => inputs['evaluationFrequency']))).toEqual(new Set(['PT15M']));
  });
});

describe('alerts on metrics', () => {
  it('use metrics, aggregations and dimensions that there are', () => {
    for (const alert of alerts().filter(({ type }) => type === METRIC)) {
      const { metricNamespace, metricName, timeAggregation, dimensions } = criterion(alert);
      const known = KNOWN_METRICS[metricNamespace.toLowerCase()]?.[metricName];
      expect(known?.aggregations).toContain(timeAggregation.toLowerCase());
      for (const { name } of dimensions) expect(known?.dimensions).toContain(name);
      // A metric is that of the resource that is watched.
      const [scope] = alert.inputs['scopes'] as string[];
      expect(scope).toContain(`/providers/${metricNamespace}/`);
    }
  });

  it('watch the dead letters of every queue', () => {
    const { dimensions, threshold } = criterion(named('dead-letters'));
    expect(dimensions).toEqual([
      {
        name: 'EntityName',
        operator: 'Include',
        values: [...Object.values(QUEUES), ARCHIVE_QUEUE].map((queue) => queue.name),
      },
    ]);
    expect(threshold).toBe(0);
    const queues = all
      .filter(({ type }) => type.endsWith(':Queue'))
      .map(({ inputs }) => JSON.stringify(inputs['queueName']));
    expect(dimensions[0]!.values.map((name) => JSON.stringify(name)).sort()).toEqual(queues.sort());
  });

  it('watch 429s for so long that a burst wakes nobody', () => {
    const { inputs } = named('cosmos-throttled');
    expect(inputs['windowSize']).toBe('PT1H');
    expect(criterion(named('cosmos-throttled'))).toMatchObject({
      dimensions: [{ name: 'StatusCode', values: ['429'] }],
      timeAggregation: 'Count',
    });
  });
});

describe('alerts on logs', () => {
  const SCHEDULES = ['0 0 */6 * * *', '0 */5 * * * *', '0 30 7 * * *', '0 0 6 * * 1-5', '0 0 0 1 * *'];
  const of = SCHEDULES.flatMap((runSchedule) =>
    logAlerts({ runSchedule, logDailyCapGb: 1, archive: true }).map(
      (alert) => [`${alert.name} of ${runSchedule}`, alert] as const,
    ),
  );

  it.each(of)('%s: gives the columns that the rule refers to', (_name, { query, dimension, measure }) => {
    const { problems, columns } = bind(query);
    expect(problems).toEqual([]);
    expect(dimension ? columns[dimension.name] : 'string').toBe('string');
    expect(measure ? columns[measure.column] : 'real').toMatch(/^(real|long|int)$/);
    // By a time in the result, the rows would be sorted into windows, and a state has none.
    expect(Object.values(columns)).not.toContain('datetime');
  });

  it.each(of)('%s: uses nothing that log alerts refuse', (_name, { query }) => {
    // learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule and alerts-log-query
    expect(query).not.toMatch(
      /\b(union|search|take|limit|bag_unpack|pivot|narrow|AggregatedValue|adx|arg)\b\s*[( ]/,
    );
    expect([...query.matchAll(/ago\(([^)]*)\)/g)].filter(([, span]) => !/^\d+[dhms]$/.test(span!))).toEqual(
      [],
    );
  });

  it.each(of)('%s: looks back as far as it asks', (_name, { query, looksBack }) => {
    const furthest = { PT15M: 15, P1D: 24 * 60, P2D: FURTHEST_BACK_HOURS * 60 }[looksBack];
    for (const [, minutes] of query.matchAll(/ago\((\d+)m\)/g))
      expect(Number(minutes)).toBeLessThan(furthest);
  });

  it('that wait for silence look at metrics which the stack sends to the workspace', () => {
    expect(criterion(named('no-run')).query).toMatch(/^AzureMetrics\n/);
    const sent = all.find(({ name }) => name === 'watch-messages')!.inputs;
    expect(sent['metrics']).toEqual([{ category: 'AllMetrics', enabled: true }]);
    expect(sent['workspaceId']).toBe((named('no-run').inputs['scopes'] as string[])[0]);
  });

  it('count the failures of every app, by the names that the apps have in Azure', () => {
    const { query, dimensions, metricMeasureColumn } = criterion(named('failed-functions'));
    expect(dimensions).toEqual([{ name: 'app', operator: 'Include', values: [...SERVICES] }]);
    expect(metricMeasureColumn).toBe('failures');
    for (const table of ['AppRequests', 'AppExceptions', '"handler failed"']) expect(query).toContain(table);
    const pattern = new RegExp(/extract\("([^"]+)"/.exec(query)![1]!);
    const apps = all.filter(({ type }) => type.endsWith(':WebApp')).map(({ name }) => `${name}${RANDOM}`);
    expect(apps.map((app) => pattern.exec(app)?.[1] ?? app).sort()).toEqual(SERVICES.toSorted());
  });

  it('wait for more failures than one bad message makes', () => {
    const deliveries = Object.values(QUEUES).map((queue) => queue.maxDeliveryCount);
    expect(criterion(named('failed-functions')).threshold).toBeGreaterThanOrEqual(Math.max(...deliveries));
  });

  it('are at least those of the definition, bound to the workspace', () => {
    const workspace = all.find(({ type }) => type.endsWith(':Workspace'))!;
    for (const alert of alerts().filter(({ type }) => type === LOG)) {
      expect(alert.inputs['scopes']).toEqual([expect.stringContaining(`/workspaces/${workspace.name}`)]);
      expect(queriesIn(alert.name, alert.inputs)).toHaveLength(1);
    }
  });
});

describe('what is late', () => {
  it('is seven hours without a run, and six with the same one, by default', () => {
    expect(patience('0 0 */6 * * *')).toEqual({ overdue: 360, noRun: 420 });
  });

  it.each(['0 0 */6 * * *', '0 0 8,20 * * *', '0 30 7 * * *', '0 0 */5 * * *'])(
    'of %s is longer than its longest pause',
    (schedule) => {
      expect(patience(schedule).noRun! * 60).toBeGreaterThan(gapsOf(schedule).longest);
    },
  );

  it.each(['0 0 6 * * 1-5', '0 0 0 * * 0', '0 0 0 1 * *'])(
    'of %s cannot be seen from the runs: the scheduler itself is watched',
    (runSchedule) => {
      expect(patience(runSchedule).noRun).toBeUndefined();
      const alert = logAlerts({ runSchedule, logDailyCapGb: 1, archive: true }).find(
        ({ name }) => name === 'no-run',
      )!;
      expect(alert.query).toContain('AppRequests');
      expect(alert.query).toContain('ago(60m)');
    },
  );

  it('is never within an hour, nor seen later than an alert can look back', () => {
    expect(patience('0 */5 * * * *').overdue).toBe(60);
    expect(patience('0 0 0 1 1 *').overdue).toBe(24 * 60);
  });

  it('decides the queries that are deployed', async () => {
    const daily = await define({ ...LEAST, runSchedule: '0 30 7 * * *' });
    expect(criterion(named('no-run', daily)).query).toContain('ago(1500m)');
    expect(criterion(named('run-overdue', daily)).query).toContain('ago(1440m)');
  });
});
