/** The account document, which tells the SDK where to send everything else: back to the address it came by. */

/** `host` is the request's Host header, so that any name or port that led here keeps working. */
export function accountDocument(host: string): string {
  const location = { name: 'Local', databaseAccountEndpoint: `http://${host}/` };
  return JSON.stringify({
    id: 'local',
    _rid: 'local',
    _self: '',
    _dbs: '//dbs/',
    media: '//media/',
    addresses: '//addresses/',
    writableLocations: [location],
    readableLocations: [location],
    enableMultipleWriteLocations: false,
    userReplicationPolicy: { asyncReplication: false, minReplicaSetSize: 1, maxReplicasetSize: 1 },
    userConsistencyPolicy: { defaultConsistencyLevel: 'Session' },
    systemReplicationPolicy: { minReplicaSetSize: 1, maxReplicasetSize: 1 },
    readPolicy: { primaryReadCoefficient: 1, secondaryReadCoefficient: 1 },
    queryEngineConfiguration: '{}',
  });
}

/** Every container has one physical partition, which holds the whole range of partition key hashes. */
export function partitionKeyRanges(containerRid: string): string {
  const range = {
    id: '0',
    _rid: containerRid,
    minInclusive: '',
    maxExclusive: 'FF',
    ridPrefix: 0,
    throughputFraction: 1,
    status: 'online',
    parents: [],
  };
  return JSON.stringify({ _rid: containerRid, PartitionKeyRanges: [range], _count: 1 });
}

/** A query plan that leaves the client nothing to do: with one partition the server's pages are the result. */
export const passThroughQueryPlan = JSON.stringify({
  partitionedQueryExecutionInfoVersion: 2,
  queryInfo: {
    distinctType: 'None',
    top: null,
    offset: null,
    limit: null,
    orderBy: [],
    orderByExpressions: [],
    groupByExpressions: [],
    groupByAliases: [],
    aggregates: [],
    groupByAliasToAggregateType: {},
    rewrittenQuery: '',
    hasSelectValue: false,
    hasNonStreamingOrderBy: false,
  },
  queryRanges: [{ min: '', max: 'FF', isMinInclusive: true, isMaxInclusive: false }],
});
