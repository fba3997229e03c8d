/** Executes one query on the world and writes the answer as GitHub does: data before errors, error types at the top. */
import { executeSync, type DocumentNode, type GraphQLSchema } from 'graphql';
import { formatError, GithubError } from './github-error.ts';
import { queryRoot, resolveField } from './query-root.ts';
import type { QueryCost, Variables } from './query-cost.ts';
import type { RequestContext } from './request-context.ts';

/** https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit */
const MAX_NODES = 500_000;

/** The body of the answer. A query that could return too many nodes is refused before it runs. */
export function runQuery(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Variables,
  operationName: string | undefined,
  context: RequestContext,
): string {
  if (context.cost.nodes > MAX_NODES) return JSON.stringify({ errors: [tooManyNodes(context.cost)] });
  const { data, errors } = executeSync({
    schema,
    document,
    variableValues: variables,
    operationName,
    rootValue: queryRoot,
    contextValue: context,
    fieldResolver: resolveField,
  });
  return JSON.stringify({
    ...(data !== undefined && { data }),
    ...(errors && { errors: errors.map(formatError) }),
  });
}

function tooManyNodes({ nodes }: QueryCost): { type: string; message: string } {
  const { type, message } = new GithubError(
    'MAX_NODE_LIMIT_EXCEEDED',
    `This query requests up to ${nodes.toLocaleString('en-US')} possible nodes which exceeds the maximum limit of ${MAX_NODES.toLocaleString('en-US')}.`,
  );
  return { type, message };
}
