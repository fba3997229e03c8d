/** Small things that repositories point at and that never change: languages, licences, topics. */

function opaqueId(prefix: string, text: string): string {
  return `${prefix}_${Buffer.from(text).toString('base64url')}`;
}

export function languageNode(name: string): object {
  return { __typename: 'Language', id: opaqueId('LA', name), name };
}

/** `NOASSERTION` is what GitHub says of a licence file that it cannot tell. */
export function licenceNode(spdxId: string): object {
  const key = spdxId === 'NOASSERTION' ? 'other' : spdxId.toLowerCase();
  const name = spdxId === 'NOASSERTION' ? 'Other' : spdxId;
  return { __typename: 'License', id: opaqueId('L', key), key, name, spdxId };
}

export function topicNode(name: string): object {
  const topic = { __typename: 'Topic', id: opaqueId('T', name), name };
  const resourcePath = `/topics/${name}`;
  const url = `https://github.com${resourcePath}`;
  return { __typename: 'RepositoryTopic', id: opaqueId('RT', name), topic, resourcePath, url };
}
