/** What an identity of yours may do that runs `npm run query -- --after-run` from outside, a workflow's or a job's: what that takes, and no more. */
import * as pulumi from '@pulumi/pulumi';
import type { Archive } from './archive.ts';
import { assignCosmosRole, assignRole, cosmosRole, type CosmosAccess, type Role } from './roles.ts';
import type { Platform } from './service-identity.ts';

export interface AnalysisAccessArgs {
  /** Object id of the identity, which this stack does not make: it is trusted by something else. */
  principalId: string;
  archive: Archive;
  platform: Pick<Platform, 'resourceGroupName' | 'store' | 'events'>;
}

export class AnalysisAccess extends pulumi.ComponentResource {
  readonly grants: readonly pulumi.Resource[];

  constructor(
    name: string,
    { principalId, archive, platform: { resourceGroupName, store, events } }: AnalysisAccessArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:AnalysisAccess', name, {}, options);
    const parent = { parent: this };
    const to = { principalId };
    const role = (what: string, given: Role, scope: pulumi.Input<string>): pulumi.Resource =>
      assignRole(`analysis-${what}`, { role: given, scope, to }, parent);
    const documents = (what: string, access: CosmosAccess, key: 'repoStats' | 'runInfo'): pulumi.Resource =>
      assignCosmosRole(
        `analysis-${what}`,
        {
          role: cosmosRole(store.account, access),
          account: store.account,
          resourceGroupName,
          on: pulumi.interpolate`dbs/${store.database.name}/colls/${store.containers[key].name}`,
          to,
        },
        parent,
      );
    this.grants = [
      // Statistics and its own SQL are in the container that the results go to.
      role('writes-archive', 'Storage Blob Data Contributor', archive.container.id),
      documents('reads-repoStats', 'read', 'repoStats'),
      // What the dashboard shows, and the mark that a run is analysed.
      documents('writes-runInfo', 'write', 'runInfo'),
      ...(events ? [role('publishes', 'EventGrid Data Sender', events.topic.id)] : []),
    ];
    this.registerOutputs({});
  }
}
