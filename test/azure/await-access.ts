/** Ends when whoever is signed in may use the namespace and the account that the environment names. */
import { ServiceBusClient } from '@azure/service-bus';
import { CosmosClient } from '@azure/cosmos';
import { accountOf } from '@github-repo-stats/local/cosmos/conformance-account';
import { namespaceOf } from '@github-repo-stats/local/service-bus/conformance-namespace';
import { CONFORMANCE_QUEUES } from '@github-repo-stats/local/service-bus/conformance-queues';
import { azureIdentity } from '@github-repo-stats/shared/clients/identity';
import { SETTINGS } from '@github-repo-stats/shared/settings';
import { CONTAINERS } from '@github-repo-stats/shared/topology';
import { awaitAccess } from './access.ts';

const namespace = namespaceOf(process.env);
const account = accountOf(process.env);
if (!namespace || !('host' in namespace) || !account)
  throw new Error('The environment names no namespace and account: this is started by npm run test:azure.');

const credential = azureIdentity();
const messages = new ServiceBusClient(namespace.host, credential, { retryOptions: { maxRetries: 0 } });
const store = new CosmosClient({ endpoint: account.endpoint, aadCredentials: credential });
const [queue] = CONFORMANCE_QUEUES.map(({ Name }) => Name) as [string];
const { defaultName } = CONTAINERS.pace;
const container = store.database(SETTINGS.CosmosDB_DBName.parse(undefined)).container(defaultName);

await awaitAccess(
  {
    'sending messages': () => messages.createSender(queue).createMessageBatch(),
    'receiving messages': () => messages.createReceiver(queue).peekMessages(1),
    'reading documents': () => container.item('none', 'none').read(),
    'writing documents': () => container.items.upsert({ id: 'access' }),
  },
  { tries: 60, pauseMs: 15_000, say: console.log },
);
await messages.close();
store.dispose();
