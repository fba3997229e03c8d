/**
 * What GitHub charges for a query before it runs it: requests = for each connection the product of its parents' page
 * sizes, points = requests / 100 rounded, at least 1.
 * https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
import {
  getNamedType,
  isCompositeType,
  Kind,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

export interface QueryCost {
  readonly points: number;
  readonly requests: number;
  /** The most nodes the query may return; GitHub refuses more than 500,000. */
  readonly nodes: number;
}

export type Variables = Readonly<Record<string, unknown>>;

/** A field is left out when the value is this: `@skip(if: true)`, `@include(if: false)`. */
export interface Condition {
  readonly value: ValueNode;
  readonly is: boolean;
}

/** What of a query counts: its connections and lists of ids, nested as the query nests them. */
export interface CostNode {
  readonly kind: 'connection' | 'ids';
  /** The page size, or the ids; undefined for a connection without `first` and `last`, which returns no nodes. */
  readonly size: ValueNode | undefined;
  readonly unless: readonly Condition[];
  readonly children: readonly CostNode[];
}

/** What an argument is worth for the bill: numbers, truth values, texts and lists; other values are undefined. */
export function valueOf(node: ValueNode, variables: Variables): unknown {
  if (node.kind === Kind.VARIABLE) return variables[node.name.value];
  if (node.kind === Kind.INT) return Number(node.value);
  if (node.kind === Kind.BOOLEAN) return node.value;
  if (node.kind === Kind.LIST) return node.values;
  return node.kind === Kind.STRING ? node.value : undefined;
}

export function conditions(directives: readonly DirectiveNode[] | undefined): Condition[] {
  return (directives ?? []).flatMap(({ name, arguments: args }) => {
    const value = args?.[0]?.value;
    if (value === undefined || (name.value !== 'skip' && name.value !== 'include')) return [];
    return [{ value, is: name.value === 'skip' }];
  });
}

export function isLeftOut(unless: readonly Condition[], variables: Variables): boolean {
  return unless.some(({ value, is }) => valueOf(value, variables) === is);
}

/** Reads the cost tree out of a valid operation; done once per query text. */
export function costTree(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CostNode[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);

  function walk(
    set: SelectionSetNode | undefined,
    parent: GraphQLNamedType,
    unless: CostNode['unless'],
  ): CostNode[] {
    return (set?.selections ?? []).flatMap((selection): CostNode[] => {
      const here = selection.directives?.length ? [...unless, ...conditions(selection.directives)] : unless;
      if (selection.kind !== Kind.FIELD) {
        const fragment =
          selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
        const type = fragment?.typeCondition && schema.getType(fragment.typeCondition.name.value);
        return walk(fragment?.selectionSet, type ?? parent, here);
      }
      const field = 'getFields' in parent ? parent.getFields()[selection.name.value] : undefined;
      const type = field && getNamedType(field.type);
      if (type === undefined || !isCompositeType(type)) return [];
      const argument = (...names: string[]) =>
        selection.arguments?.find(({ name }) => names.includes(name.value))?.value;
      const ids = parent.name === 'Query' && selection.name.value === 'nodes' ? argument('ids') : undefined;
      const isConnection = type.name.endsWith('Connection');
      if (ids === undefined && !isConnection) return walk(selection.selectionSet, type, here);
      const children = walk(selection.selectionSet, type, []);
      const size = ids ?? argument('first', 'last');
      return [{ kind: isConnection ? 'connection' : 'ids', size, unless: here, children }];
    });
  }

  const root = schema.getRootType(operation.operation);
  return root ? walk(operation.selectionSet, root, []) : [];
}

/**
 * The bill of a query with these variables. Connections without `first` or `last` (only `totalCount`) cost nothing, as
 * measured on GitHub; with `countOnlyConnections` they are charged like others, the pessimistic reading of the docs.
 */
export function queryCost(
  tree: readonly CostNode[],
  variables: Variables,
  countOnlyConnections = false,
): QueryCost {
  let requests = 0;
  let nodes = 0;

  function add(level: readonly CostNode[], parents: number): void {
    for (const { kind, size, unless, children } of level) {
      if (isLeftOut(unless, variables)) continue;
      const value = size && valueOf(size, variables);
      const listed = kind === 'ids' && typeof value === 'string' ? [value] : value;
      const count = Array.isArray(listed) ? listed.length : typeof listed === 'number' ? listed : undefined;
      if (kind === 'connection' && (count !== undefined || countOnlyConnections)) requests += parents;
      nodes += parents * (count ?? 0);
      add(children, parents * Math.max(1, count ?? 1));
    }
  }

  add(tree, 1);
  return { points: Math.max(1, Math.round(requests / 100)), requests, nodes };
}
