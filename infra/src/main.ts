/** The Pulumi program: reads the configuration, builds the packages, defines the stack; its exports are the stack's outputs. */
import * as pulumi from '@pulumi/pulumi';
import { ConfigError, readConfig } from './config.ts';
import { buildPackages } from './packages.ts';
import { defineStack } from './stack.ts';

/** How the engine tells a program which keys are encrypted. */
const encrypted = JSON.parse(process.env['PULUMI_CONFIG_SECRET_KEYS'] ?? '[]') as string[];

/** Without a stack trace, since it is the configuration that is to be changed. */
function configOrStop(): ReturnType<typeof readConfig> {
  try {
    return readConfig(pulumi.runtime.allConfig(), encrypted, pulumi.getProject());
  } catch (error) {
    throw error instanceof ConfigError ? new pulumi.RunError(error.message) : error;
  }
}

const config = configOrStop();
export const {
  resourceGroup,
  apps,
  api,
  startRun,
  cosmosEndpoint,
  eventTopic,
  eventQueue,
  archive,
  commandSettings,
  logs,
  workbook,
} = defineStack(config, await buildPackages(config.sourcesFile));
