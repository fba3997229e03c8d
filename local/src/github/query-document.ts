/** Parses and validates queries against GitHub's public schema, once per query text, and reads off what kind they are. */
import { findPackageJSON } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  buildSchema,
  GraphQLError,
  Kind,
  parse,
  validate,
  valueFromASTUntyped,
  visit,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { lookUpsOf, type LookUp } from './asked-repositories.ts';
import { costTree, type CostNode, type Variables } from './query-cost.ts';

/** A listing pages through an owner's repositories; stats are read from repositories by name or id. */
export type CallKind = 'listing' | 'stats' | 'other';

export interface Query {
  readonly document: DocumentNode;
  readonly kind: CallKind;
  readonly cost: readonly CostNode[];
  readonly lookUps: readonly LookUp[];
  /** Values that the operation gives to variables the request leaves out. */
  readonly defaults: Variables;
  /** `rateLimit(dryRun: …)` as written, and the document with nothing but `rateLimit` in it. */
  readonly rateLimit:
    { readonly field: FieldNode; readonly alone: DocumentNode; readonly only: boolean } | undefined;
}

export interface QueryDocuments {
  /** The query, or what is wrong with it. */
  read(text: string, operationName: string | undefined): Query | readonly GraphQLError[];
}

/** Query texts kept parsed, in characters: the tree of a text takes about ten times its length. */
const CACHED_CHARACTERS = 2_000_000;

/**
 * The whole public schema, 1.2 MB of it, so that a misspelt field fails as it does on GitHub. It takes about 0.2 s. As
 * shipped it defines some fields twice, hence `assumeValidSDL`.
 */
export function githubSchema(): GraphQLSchema {
  // The package exports its parser only; the schema lies beside it.
  const manifest = findPackageJSON('@octokit/graphql-schema', import.meta.url);
  if (manifest === undefined) throw new Error('@octokit/graphql-schema is not installed');
  const path = join(dirname(manifest), 'schema.graphql');
  return buildSchema(readFileSync(path, 'utf8'), {
    assumeValid: true,
    assumeValidSDL: true,
    noLocation: true,
  });
}

function kindOf(document: DocumentNode, operation: OperationDefinitionNode): CallKind {
  let lists = false;
  visit(document, {
    Field(field) {
      if (field.name.value === 'repositories') lists = true;
    },
  });
  if (lists) return 'listing';
  const statsFields = ['repository', 'node', 'nodes', 'organization', 'user', 'repositoryOwner'];
  const isStats = operation.selectionSet.selections.some(
    (selection) => selection.kind !== Kind.FIELD || statsFields.includes(selection.name.value),
  );
  return isStats ? 'stats' : 'other';
}

function defaultsOf(operation: OperationDefinitionNode): Variables {
  const given = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)] as const] : [],
  );
  return Object.fromEntries(given);
}

function rateLimitOf(document: DocumentNode, operation: OperationDefinitionNode): Query['rateLimit'] {
  const { selections } = operation.selectionSet;
  const field = selections.find(
    (selection) => selection.kind === Kind.FIELD && selection.name.value === 'rateLimit',
  );
  if (field?.kind !== Kind.FIELD) return undefined;
  const selectionSet = { ...operation.selectionSet, selections: [field] };
  const alone = document.definitions.map((each) =>
    each === operation ? { ...operation, selectionSet } : each,
  );
  return { field, alone: { ...document, definitions: alone }, only: selections.length === 1 };
}

export function queryDocuments(schema: GraphQLSchema): QueryDocuments {
  const cache = new Map<string, Query>();
  let characters = 0;

  function keep(key: string, query: Query): Query {
    cache.set(key, query);
    characters += key.length;
    for (const oldest of cache.keys()) {
      if (characters <= CACHED_CHARACTERS) break;
      cache.delete(oldest);
      characters -= oldest.length;
    }
    return query;
  }

  return {
    read(text, operationName) {
      const key = `${operationName ?? ''}\n${text}`;
      const known = cache.get(key);
      if (known !== undefined) {
        cache.delete(key);
        cache.set(key, known);
        return known;
      }
      let document: DocumentNode;
      try {
        document = parse(text);
      } catch (error) {
        if (error instanceof GraphQLError) return [error];
        throw error;
      }
      const errors = validate(schema, document);
      if (errors.length > 0) return errors;
      const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
      const operation = operationName
        ? operations.find(({ name }) => name?.value === operationName)
        : operations.length === 1
          ? operations[0]
          : undefined;
      if (operation === undefined)
        return [
          new GraphQLError(
            operationName ? `No operation named "${operationName}"` : 'An operation name is required',
          ),
        ];
      return keep(key, {
        document,
        kind: kindOf(document, operation),
        cost: costTree(schema, document, operation),
        lookUps: lookUpsOf(operation),
        defaults: defaultsOf(operation),
        rateLimit: rateLimitOf(document, operation),
      });
    },
  };
}
