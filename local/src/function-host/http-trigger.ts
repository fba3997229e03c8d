// The httpTrigger: which route and methods a function answers.
import { keysOf } from './function-keys.ts';
import { parseRoute, type Route } from './http-route.ts';
import { messageOf } from './problems.ts';
import type { TriggerSetup } from './trigger.ts';

export interface HttpEndpoint {
  functionName: string;
  route: Route;
  /** In upper case; empty means any. */
  methods: Set<string>;
  /** Those that open it; undefined when it is open to everybody, as all are where no keys were given. */
  keys: ReadonlySet<string> | undefined;
}

export function prepareHttpTrigger(setup: TriggerSetup): HttpEndpoint {
  const { binding, fn, report } = setup;
  const name = fn.metadata.name;
  const template = typeof binding['route'] === 'string' ? binding['route'] : name;
  let route: Route = { segments: [] };
  try {
    route = parseRoute(`${setup.hostOptions.routePrefix}/${template.replace(/^\/+/, '')}`);
  } catch (error) {
    report(`the route '${template}' cannot be used: ${messageOf(error)}.`);
  }
  const methods = Array.isArray(binding['methods'])
    ? binding['methods'].map((method) => String(method).toUpperCase())
    : [];
  const keys = keysOf(name, binding['authLevel'], setup.settings, report);
  return { functionName: name, route, methods: new Set(methods), keys };
}
