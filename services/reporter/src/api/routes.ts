/** The routes of the read API: the one list from which requests are answered and OpenAPI is made. */
import type { ApiDeps } from './deps.ts';
import { failures } from './failures.ts';
import { openApi } from './openapi.ts';
import { orders } from './orders.ts';
import { overview } from './overview.ts';
import { repositories } from './repositories.ts';
import type { Route } from './route.ts';
import { runDetail } from './run-detail.ts';
import { runList } from './run-list.ts';

export function routesOf(deps: ApiDeps): Route[] {
  const routes = [overview, runList, runDetail, failures, repositories, orders].map((declared) =>
    declared(deps),
  );
  return [...routes, openApi(routes)];
}
