/** The Pulumi program of npm run test:azure; its exports tell the suites where everything is. */
import * as pulumi from '@pulumi/pulumi';
import { defineConformance, type SignedInAs } from './conformance-stack.ts';

const signedInAs = new pulumi.Config().require<SignedInAs>('signedInAs');
export const { resourceGroup, namespace, endpoint, account } = defineConformance(signedInAs);
