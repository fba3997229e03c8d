/** What writing may use is set once: infrastructure and the embedded platform give the writer the same, and run it by the same numbers. */
import { beforeAll, describe, expect, it } from 'vitest';
import { configured, LEAST, noCode } from '../infra/src/config.fixture.ts';
import { record } from '../infra/src/registrations.fixture.ts';
import { defineStack } from '../infra/src/stack.ts';
import { readHostOptions } from '../local/src/function-host/host-json.ts';
import { appSettings } from '../local/src/platform/app-settings.ts';
import { readUserSettings } from '../local/src/platform/user-settings.ts';
import { readConfig } from '../services/writer/src/config.ts';
import { writeBudget } from '../shared/src/write-budget.ts';

type Values = Record<string, string>;

/** Of the writer, as it is deployed with this configuration. */
async function inAzure(values: Values): Promise<Values> {
  const { registrations } = await record(() => defineStack(configured({ ...LEAST, ...values }), noCode()));
  const app = registrations.find((r) => r.type === 'azure-native:web:WebApp' && /writer/.test(r.name))!;
  const { appSettings: given } = app.inputs['siteConfig'] as {
    appSettings: { name: string; value: string }[];
  };
  return Object.fromEntries(given.map(({ name, value }) => [name, value]));
}

function here(values: Values): Values {
  const nowhere = 'http://127.0.0.1:1/';
  return appSettings('writer', readUserSettings(values, import.meta.dirname), {
    serviceBusConnection: 'Endpoint=sb://127.0.0.1;SharedAccessKeyName=a;SharedAccessKey=b;',
    cosmosEndpoint: nowhere,
    cosmosKey: 'bG9jYWw=',
    cosmosConnection: `AccountEndpoint=${nowhere};AccountKey=bG9jYWw=;`,
    eventGridEndpoint: nowhere,
    sendGridEndpoint: nowhere,
  });
}

/** How the host runs an app with these settings, whatever its host.json says. */
const hostOf = (settings: Values) => {
  const { maxConcurrentSessions, prefetchCount } = readHostOptions(
    { version: '2.0' },
    settings,
    (problem) => {
      throw new Error(problem);
    },
  ).serviceBus;
  return { maxConcurrentSessions, prefetchCount };
};

const cases: [of: string, azure: Values, local: Values, expected: object, sessions: number][] = [
  ['serverless', {}, {}, { ruPerSecond: undefined, lanes: 4, parallel: 100 }, 4],
  [
    '400 RU/s',
    { cosmosMode: 'dedicated' },
    { CosmosDB_ServerlessMode: 'false' },
    { ruPerSecond: 400, lanes: 1, parallel: 7 },
    1,
  ],
  [
    '1,200 of 2,000 RU/s',
    { cosmosMode: 'dedicated', cosmosThroughput: '2000', writeThroughput: '1200' },
    { CosmosDB_ServerlessMode: 'false', CosmosDB_ProvisionedThroughput: '1200' },
    { ruPerSecond: 1200, lanes: 1, parallel: 20 },
    1,
  ],
];

describe.each(cases)('a budget of %s', (_, azure, local, expected, sessions) => {
  let both: Values[];
  beforeAll(async () => {
    both = [await inAzure(azure), here(local)];
  });

  it('decides lanes and parallel writes in Azure and here alike', () => {
    for (const settings of both) expect(writeBudget(readConfig(settings))).toMatchObject(expected);
  });

  it('decides the sessions of an instance, and what it fetches ahead', () => {
    for (const settings of both)
      expect(hostOf(settings)).toEqual({ maxConcurrentSessions: sessions, prefetchCount: 0 });
  });
});
