/** A network of their own for the apps, with private endpoints to everything that holds data. */
import * as network from '@pulumi/azure-native/network/index.js';
import * as privatedns from '@pulumi/azure-native/privatedns/index.js';
import * as pulumi from '@pulumi/pulumi';
import { SERVICES, type ServiceName } from './services.ts';

/** By service of Azure: what of it is reached, and the zone in which its public name is found to be private. */
export const PRIVATE_LINKS = {
  serviceBus: { group: 'namespace', zone: 'privatelink.servicebus.windows.net' },
  cosmos: { group: 'Sql', zone: 'privatelink.documents.azure.com' },
  keyVault: { group: 'vault', zone: 'privatelink.vaultcore.azure.net' },
  eventGrid: { group: 'topic', zone: 'privatelink.eventgrid.azure.net' },
  blobs: { group: 'blob', zone: 'privatelink.blob.core.windows.net' },
} as const;
type LinkKind = keyof typeof PRIVATE_LINKS;

/** What the network's own resources and all others agree on. */
export const publicAccess = (config: { privateNetwork: boolean }): 'Enabled' | 'Disabled' =>
  config.privateNetwork ? 'Disabled' : 'Enabled';

/**
 * 512 addresses, for this stack alone. A Flex Consumption app takes up to 40 addresses of its subnet however many instances it has, and Azure
 * keeps five: so 64 for each app. A subnet each, so that a rule can speak of one app. The eleven endpoints take twelve (Cosmos DB two): 32 for them.
 */
const SPACE = '10.87.0.0/23';
const ENDPOINTS = { name: 'endpoints', addressPrefix: '10.87.1.64/27' };
/** Those that there were before the archiver: nobody's subnet may move. */
const FIRST_FIVE = SERVICES.filter((service) => service !== 'archiver');
const AFTER_ENDPOINTS = 6;
const subnetOfApp = (service: ServiceName) => {
  const index = service === 'archiver' ? AFTER_ENDPOINTS : FIRST_FIVE.indexOf(service);
  const first = index * 64;
  return { name: `app-${service}`, addressPrefix: `10.87.${Math.floor(first / 256)}.${first % 256}/26` };
};

export class PrivateNetwork extends pulumi.ComponentResource {
  /** What must exist before an app can reach anything. */
  readonly links: pulumi.Resource[] = [];
  readonly #resourceGroupName: pulumi.Input<string>;
  readonly #network: network.VirtualNetwork;
  readonly #zones = new Map<LinkKind, privatedns.PrivateZone>();

  constructor(
    name: string,
    { resourceGroupName }: { resourceGroupName: pulumi.Input<string> },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:PrivateNetwork', name, {}, options);
    this.#resourceGroupName = resourceGroupName;
    this.#network = new network.VirtualNetwork(
      'network',
      {
        resourceGroupName,
        addressSpace: { addressPrefixes: [SPACE] },
        // Inside the network, since Azure refuses to make several subnets of one network at a time.
        subnets: [
          ...SERVICES.map((service) => ({
            ...subnetOfApp(service),
            // GitHub and SendGrid are on the internet. Said, since the default changed.
            defaultOutboundAccess: true,
            delegations: [{ name: 'flex-consumption', serviceName: 'Microsoft.App/environments' }],
          })),
          { ...ENDPOINTS, defaultOutboundAccess: false },
        ],
      },
      { parent: this },
    );
    this.registerOutputs({ network: this.#network.name });
  }

  /** Id of the subnet through which all that an app sends goes. */
  subnetOf(service: ServiceName): pulumi.Output<string> {
    return this.#subnet(subnetOfApp(service).name);
  }

  /** Makes a resource reachable from the network, under its usual name. */
  connect(name: string, kind: LinkKind, resourceId: pulumi.Input<string>): void {
    const { group } = PRIVATE_LINKS[kind];
    const zone = this.#zones.get(kind) ?? this.#makeZone(kind);
    const own = { resourceGroupName: this.#resourceGroupName };
    const parent = { parent: this };
    const endpoint = new network.PrivateEndpoint(
      `endpoint-${name}`,
      {
        ...own,
        subnet: { id: this.#subnet(ENDPOINTS.name) },
        privateLinkServiceConnections: [{ name, groupIds: [group], privateLinkServiceId: resourceId }],
      },
      parent,
    );
    const names = new network.PrivateDnsZoneGroup(
      `names-${name}`,
      {
        ...own,
        privateEndpointName: endpoint.name,
        privateDnsZoneGroupName: 'default',
        privateDnsZoneConfigs: [{ name: kind.toLowerCase(), privateDnsZoneId: zone.id }],
      },
      parent,
    );
    this.links.push(endpoint, names);
  }

  #subnet(name: string): pulumi.Output<string> {
    return pulumi.interpolate`${this.#network.id}/subnets/${name}`;
  }

  #makeZone(kind: LinkKind): privatedns.PrivateZone {
    const own = { resourceGroupName: this.#resourceGroupName, location: 'global' };
    const parent = { parent: this };
    const zone = new privatedns.PrivateZone(
      `zone-${kind}`,
      { ...own, privateZoneName: PRIVATE_LINKS[kind].zone },
      parent,
    );
    const link = new privatedns.VirtualNetworkLink(
      `zone-${kind}-in-network`,
      {
        ...own,
        privateZoneName: zone.name,
        virtualNetworkLinkName: 'network',
        registrationEnabled: false,
        virtualNetwork: { id: this.#network.id },
      },
      parent,
    );
    this.links.push(link);
    this.#zones.set(kind, zone);
    return zone;
  }
}
