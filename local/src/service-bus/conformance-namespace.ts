/** Which namespace the environment names for the conformance suites, and how they sign in to it. */

/** A namespace that has the queues of conformance-queues.ts: with keys, or by identity. */
export type Namespace = { readonly connectionString: string } | { readonly host: string };

/** What the suites are pointed with. */
export const NAMESPACE_VARIABLES = {
  /** Connection string, with a key. */
  connection: 'SERVICEBUS_CONFORMANCE_CONNECTION',
  /** Host name, as `name.servicebus.windows.net`; who runs the suites is signed in to Azure and may send and receive there. */
  host: 'SERVICEBUS_CONFORMANCE_NAMESPACE',
} as const;

/** Undefined when the environment names none. Throws for one that cannot be meant. */
export function namespaceOf(environment: NodeJS.ProcessEnv): Namespace | undefined {
  const { connection, host } = NAMESPACE_VARIABLES;
  const connectionString = environment[connection]?.trim();
  const name = environment[host]?.trim();
  if (connectionString && name) throw new Error(`${connection} and ${host} are both set: leave one out.`);
  if (connectionString) return { connectionString };
  if (!name) return undefined;
  if (!/^[\w-]+(\.[\w-]+)+$/.test(name))
    throw new Error(`${host} is not a host name, as name.servicebus.windows.net: '${name}'.`);
  return { host: name };
}
