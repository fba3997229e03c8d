/** Hands mails to SendGrid. */
import type { MailText } from './mail-text.ts';

export interface MailSettings {
  key: string;
  from: string;
  to: readonly string[];
  endpoint: string;
}

/** Click and open tracking are off: they would rewrite links. */
const TRACKING_OFF = { clickTracking: { enable: false }, openTracking: { enable: false } };

/** Loads the library when the first mail is sent: with its own HTTP client and what belongs to that it is a sixth of the app's start. */
async function openService({ key, endpoint }: MailSettings) {
  const [{ default: client }, { default: service }] = await Promise.all([
    import('@sendgrid/client'),
    import('@sendgrid/mail'),
  ]);
  client.setApiKey(key);
  client.setDefaultRequest('baseUrl', endpoint);
  service.setClient(client);
  service.setTimeout(15_000);
  return service;
}

/** @returns a function that sends one mail and rejects, with SendGrid's words and no secret, when it is not taken. */
export function mailer(settings: MailSettings): (mail: MailText) => Promise<void> {
  const { from, to } = settings;
  let opened: ReturnType<typeof openService> | undefined;
  return async (mail) => {
    const service = await (opened ??= openService(settings));
    try {
      await service.send({ from, to: [...to], ...mail, trackingSettings: TRACKING_OFF });
    } catch (error) {
      const { code, message, response } = error as {
        code?: number | string;
        message?: string;
        response?: { body?: unknown };
      };
      const said = response?.body ? JSON.stringify(response.body).slice(0, 300) : '';
      // A new error: the library's own carries the request.
      throw new Error(`SendGrid did not take the mail: ${code ?? ''} ${message ?? ''} ${said}`.trim());
    }
  };
}
