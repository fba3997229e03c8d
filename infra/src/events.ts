/** Event Grid: the topic on which completed runs are told. */
import * as eventgrid from '@pulumi/azure-native/eventgrid/index.js';
import * as pulumi from '@pulumi/pulumi';
import type { InfraConfig } from './config.ts';
import { publicAccess } from './private-network.ts';

export class Events extends pulumi.ComponentResource {
  readonly topic: eventgrid.Topic;

  constructor(
    name: string,
    {
      resourceGroupName,
      config,
    }: {
      resourceGroupName: pulumi.Input<string>;
      config: Pick<InfraConfig, 'eventQueue' | 'archive' | 'privateNetwork'>;
    },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:Events', name, {}, options);
    this.topic = new eventgrid.Topic(
      'runs',
      {
        resourceGroupName,
        inputSchema: eventgrid.InputSchema.CloudEventSchemaV1_0,
        disableLocalAuth: true,
        minimumTlsVersionAllowed: eventgrid.TlsVersion.TlsVersion_1_2,
        publicNetworkAccess: publicAccess(config),
        // To deliver with; publishing is the reporter's.
        ...((config.eventQueue || config.archive) && {
          identity: { type: eventgrid.IdentityType.SystemAssigned },
        }),
      },
      { parent: this },
    );
    this.registerOutputs({ endpoint: this.topic.endpoint });
  }
}
