/** The definition of a container as a client sends it: checked, with what is not supported refused by name. */
import { badRequest, notSupported } from './cosmos-error.ts';
import { compilePolicy } from './index-policy.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { partitionKeyPath } from './partition-key.ts';
import { checkDefaultTtl } from './time-to-live.ts';

/** Features that are on as soon as their property is there and not empty. */
const unsupported = [
  'computedProperties',
  'vectorEmbeddingPolicy',
  'fullTextPolicy',
  'clientEncryptionPolicy',
  'analyticalStorageTtl',
  'materializedViewDefinition',
];

/** `{id, partitionKey, indexingPolicy?, defaultTtl?, ...}` with Azure's defaults filled in. Throws 400. */
export function checkContainerDefinition(given: unknown): JsonObject & { id: string } {
  if (!isJsonObject(given)) throw badRequest('The container must be a JSON object.');
  const id = checkResourceId(given['id']);
  for (const name of unsupported) {
    if (!isEmpty(given[name])) throw notSupported(`A container with ${name}`);
  }
  const uniqueKeys = isJsonObject(given['uniqueKeyPolicy'])
    ? given['uniqueKeyPolicy']['uniqueKeys']
    : undefined;
  if (!isEmpty(uniqueKeys)) throw notSupported('A container with a uniqueKeyPolicy');
  const conflicts = given['conflictResolutionPolicy'];
  if (isJsonObject(conflicts) && conflicts['mode'] === 'Custom')
    throw notSupported('conflictResolutionPolicy Custom');
  const partitionKey = given['partitionKey'];
  partitionKeyPath(partitionKey);
  const defaultTtl = checkDefaultTtl(given['defaultTtl']);
  return {
    id,
    indexingPolicy: compilePolicy(given['indexingPolicy']).policy as unknown as Json,
    partitionKey: { ...(partitionKey as JsonObject), kind: 'Hash' },
    ...(defaultTtl === undefined ? {} : { defaultTtl }),
    uniqueKeyPolicy: { uniqueKeys: [] },
    conflictResolutionPolicy: {
      mode: 'LastWriterWins',
      conflictResolutionPath: '/_ts',
      conflictResolutionProcedure: '',
    },
    geospatialConfig: { type: 'Geography' },
  };
}

/** The id of a database or a container. */
export function checkResourceId(id: unknown): string {
  if (typeof id === 'string' && id !== '' && id.length <= 255 && !/[/\\?#]/.test(id)) return id;
  throw badRequest("The id must be a string of 1 to 255 characters without '/', '\\', '?' or '#'.");
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
}
