/** Reads the file of --faults, and tries its events in the world they are meant for, before anything starts. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { core } from 'zod';
import type { Orders } from '../github/order-schema.ts';
import type { WorldOptions } from '../github/world-plan.ts';
import { UserError } from '../platform/user-error.ts';

export interface OrdersFile {
  file: string;
  orders: Orders;
  /** Digest of the events; undefined when there are none. */
  events: string | undefined;
}

/** As in `faults[2].times`. */
const place = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

/** One line for each problem. Of the forms that a fault may have, the one that was meant is told by its key. */
function lines(issues: readonly core.$ZodIssue[], above: readonly PropertyKey[] = []): string[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    const meant =
      issue.code === 'invalid_union' &&
      issue.errors.find((branch) => branch.length > 0 && branch.every((each) => each.path.length > 0));
    if (meant) return lines(meant, path);
    return [`  - ${path.length > 0 ? `${place(path)}: ` : ''}${issue.message}`];
  });
}

/** What cannot happen, each by its place in the file. */
async function impossible(orders: Orders, plan: WorldOptions): Promise<string[]> {
  const [{ createWorld }, { WorldError }, { happen }, { Credentials }] = await Promise.all([
    import('../github/world.ts'),
    import('../github/world-error.ts'),
    import('../github/carry-out.ts'),
    import('../github/credentials.ts'),
  ]);
  const stage = { world: createWorld(plan), credentials: new Credentials(orders) };
  // Those that wait for a call come after the others.
  const inTurn = orders.events
    .map((event, index) => ({ event, index }))
    .toSorted((a, b) => Number(!!a.event.when) - Number(!!b.event.when));
  return inTurn.flatMap(({ event, index }) => {
    try {
      happen(stage, event);
      return [];
    } catch (error) {
      if (!(error instanceof WorldError)) throw error;
      return [`  - events[${index}]: ${error.message}`];
    }
  });
}

/**
 * @param plan the world in which the events are to happen; without one they are not tried.
 * @throws UserError with every problem and its place.
 */
export async function readOrdersFile(file: string, plan: WorldOptions | undefined): Promise<OrdersFile> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    const { message } = error as Error;
    const what = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new UserError([`--faults ${file}: ${what}: ${message}`]);
  }
  // Loaded when it is asked for: few starts have such a file.
  const { orders: schema } = await import('../github/order-schema.ts');
  const read = schema.safeParse(value);
  const problems = read.success ? (plan ? await impossible(read.data, plan) : []) : lines(read.error.issues);
  if (!read.success || problems.length > 0) throw new UserError([`${file} cannot be used:`, ...problems]);
  const { events } = read.data;
  return {
    file,
    orders: read.data,
    events:
      events.length === 0 ? undefined : createHash('sha256').update(JSON.stringify(events)).digest('hex'),
  };
}
