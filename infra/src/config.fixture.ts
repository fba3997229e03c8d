/** A configuration as a user would set it, and the code of the apps that does nothing. */
import * as pulumi from '@pulumi/pulumi';
import { readConfig, type InfraConfig } from './config.ts';
import type { Package } from './packages.ts';
import { PROJECT } from './registrations.fixture.ts';
import { SERVICES, type ServiceName } from './services.ts';

/** Values that must show up nowhere but in Key Vault. */
export const SECRET_VALUES = {
  githubToken: 'ghp_secretsecretsecretsecretsecretsecret',
  githubCredentials:
    '[{"name":"second","token":"ghp_othersecretothersecretothersecret","owners":["microsoft"]}]',
  sendGridApiKey: 'SG.secretsecret',
};

/** What most deployments switch on. */
export const EVERYTHING: Record<string, string> = {
  alertEmail: 'owner@example.org, deputy@example.org',
  ...SECRET_VALUES,
  sendGridFrom: 'stats@example.org',
  sendGridTo: 'a@example.org,b@example.org',
  sendGridMails: 'failed,stalled',
  alertRules: '[{"metric":"stars","percent":-2,"amount":-30},{"event":"gone"}]',
  dashboardUrl: 'https://stats.example.org',
  monthlyBudget: '50',
  operationsPage: 'https://example.org/operations.md',
};
/** With it, what is off by default and for production or for others. */
export const FULLEST: Record<string, string> = {
  ...EVERYTHING,
  eventQueue: 'true',
  analysisPrincipalId: '89abcdef-0123-4567-8123-456789abcdef',
  privateNetwork: 'true',
  authMode: 'entra',
  entraClientId: '01234567-89ab-4def-8123-456789abcdef',
  lock: 'true',
  protect: 'true',
};
/** The least that is needed. */
export const LEAST: Record<string, string> = {
  alertEmail: 'owner@example.org',
  githubToken: SECRET_VALUES.githubToken,
};

/** Keys as the engine hands them over. */
export const named = (values: Record<string, string>): Record<string, string> => ({
  'azure-native:location': 'westeurope',
  ...Object.fromEntries(Object.entries(values).map(([key, value]) => [`${PROJECT}:${key}`, value])),
});
export const ENCRYPTED = Object.keys(SECRET_VALUES).map((key) => `${PROJECT}:${key}`);

export const configured = (values: Record<string, string>): InfraConfig =>
  readConfig(named(values), ENCRYPTED, PROJECT);

export const noCode = (): Record<ServiceName, Package> =>
  Object.fromEntries(
    SERVICES.map((service, i) => [
      service,
      { hash: String(i).repeat(64), archive: new pulumi.asset.AssetArchive({}) },
    ]),
  ) as Record<ServiceName, Package>;
