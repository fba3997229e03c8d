/** The routes of the read API: the one list from which requests are answered and OpenAPI is made. */
import { analysisAnswer, analysisList } from './analysis.ts';
import type { ApiDeps } from './deps.ts';
import { events } from './events.ts';
import { failures } from './failures.ts';
import { health } from './health.ts';
import { metrics } from './metrics.ts';
import { openApi } from './openapi.ts';
import { organisation } from './organisation.ts';
import { organisations } from './organisations.ts';
import { orders } from './orders.ts';
import { overview } from './overview.ts';
import { repositories } from './repositories.ts';
import { repositoryHistory } from './repository-history.ts';
import type { Route } from './route.ts';
import { runDetail } from './run-detail.ts';
import { runList } from './run-list.ts';

export function routesOf(deps: ApiDeps): Route[] {
  const routes = [
    overview,
    runList,
    runDetail,
    failures,
    repositories,
    organisations,
    organisation,
    repositoryHistory,
    events,
    health,
    metrics,
    analysisList,
    analysisAnswer,
    orders,
  ].map((declared) => declared(deps));
  return [...routes, openApi(routes)];
}
