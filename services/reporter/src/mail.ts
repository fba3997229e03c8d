/** Hands mails to SendGrid. */
import client from '@sendgrid/client';
import service from '@sendgrid/mail';
import type { MailText } from './mail-text.ts';

export interface MailSettings {
  key: string;
  from: string;
  to: readonly string[];
  endpoint: string;
}

/** Click and open tracking are off: they would rewrite links. */
const TRACKING_OFF = { clickTracking: { enable: false }, openTracking: { enable: false } };

/** @returns a function that sends one mail and rejects, with SendGrid's words and no secret, when it is not taken. */
export function mailer({ key, from, to, endpoint }: MailSettings): (mail: MailText) => Promise<void> {
  client.setApiKey(key);
  client.setDefaultRequest('baseUrl', endpoint);
  service.setClient(client);
  service.setTimeout(15_000);
  return async (mail) => {
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
