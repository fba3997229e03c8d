/** Signing in with Entra ID before an app: Azure's own authentication, which lets nobody through whom it does not know. */
import * as authorization from '@pulumi/azure-native/authorization/index.js';
import * as web from '@pulumi/azure-native/web/index.js';
import * as pulumi from '@pulumi/pulumi';

/**
 * App setting with the client id of the identity by which the app proves that it is the registered one: there is no secret.
 * @see https://learn.microsoft.com/azure/app-service/configure-authentication-provider-aad
 */
export const PROVING_IDENTITY = 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID';

export interface SignInArgs {
  resourceGroupName: pulumi.Input<string>;
  app: web.WebApp;
  /** Of the registration in Entra ID, in the tenant of whoever deploys. */
  clientId: string;
}

export function signIn(
  name: string,
  { resourceGroupName, app, clientId }: SignInArgs,
  options: { parent: pulumi.Resource },
): web.WebAppAuthSettingsV2 {
  const { tenantId } = authorization.getClientConfigOutput(options);
  return new web.WebAppAuthSettingsV2(
    `${name}-sign-in`,
    {
      resourceGroupName,
      name: app.name,
      platform: { enabled: true },
      // No path is left out: where one is, whoever asks could tell the app that they are somebody.
      globalValidation: {
        requireAuthentication: true,
        unauthenticatedClientAction: web.UnauthenticatedClientActionV2.RedirectToLoginPage,
        redirectToProvider: 'azureactivedirectory',
      },
      httpSettings: { requireHttps: true },
      identityProviders: {
        azureActiveDirectory: {
          enabled: true,
          registration: {
            clientId,
            clientSecretSettingName: PROVING_IDENTITY,
            openIdIssuer: pulumi.interpolate`https://login.microsoftonline.com/${tenantId}/v2.0`,
          },
          validation: { allowedAudiences: [clientId, `api://${clientId}`] },
        },
      },
      // The app calls nobody in the name of its people.
      login: { tokenStore: { enabled: false } },
    },
    options,
  );
}
