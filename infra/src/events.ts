/** Event Grid: the topic on which completed runs are told. */
import * as eventgrid from '@pulumi/azure-native/eventgrid/index.js';
import * as pulumi from '@pulumi/pulumi';

export class Events extends pulumi.ComponentResource {
  readonly topic: eventgrid.Topic;

  constructor(
    name: string,
    { resourceGroupName }: { resourceGroupName: pulumi.Input<string> },
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
        publicNetworkAccess: eventgrid.PublicNetworkAccess.Enabled,
      },
      { parent: this },
    );
    this.registerOutputs({ endpoint: this.topic.endpoint });
  }
}
