/** Management locks: what holds data or secrets is deleted by nobody, whatever their roles, until the lock is taken away. */
import * as authorization from '@pulumi/azure-native/authorization/index.js';
import * as pulumi from '@pulumi/pulumi';
import type { Archive } from './archive.ts';
import type { Secrets } from './secrets.ts';
import type { Store } from './store.ts';

export interface LocksArgs {
  store: Store;
  secrets: Secrets;
  archive: Archive | undefined;
  protect: boolean;
  /** Everything under the locked scopes: the locks are made after it, and taken away before it. */
  under: readonly pulumi.Resource[];
}

export class Locks extends pulumi.ComponentResource {
  constructor(
    name: string,
    { store, secrets, archive, protect, under }: LocksArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('github-repo-stats:infra:Locks', name, {}, options);
    const lock = (what: string, scope: pulumi.Input<string>, notes: string): void => {
      new authorization.ManagementLockByScope(
        `lock-${what}`,
        { lockName: 'keep', level: authorization.LockLevel.CanNotDelete, scope, notes },
        { parent: this, protect, dependsOn: [...under] },
      );
    };
    // The database and with it its containers. Not the account: roles for data are its children, and an update may take one away.
    lock('database', store.database.id, 'Statistics of every run.');
    lock('secrets', secrets.vault.id, 'Credentials for GitHub and SendGrid.');
    if (archive) lock('archive', archive.account.id, 'Statistics of runs that the database has forgotten.');
    this.registerOutputs({});
  }
}
