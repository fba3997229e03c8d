import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const needed = { CosmosDB_Endpoint: 'https://account.documents.azure.com/' };
const problemsOf = (env: Record<string, string>): string => {
  try {
    readConfig({ ...needed, ...env });
  } catch (error) {
    return String(error);
  }
  return '';
};

describe('the settings of the reporter', () => {
  it('ask for nothing of mail and event while these are switched off', () => {
    const config = readConfig({ ...needed, SendEmailNotifications: 'false', PublishToEventGrid: ' ' });
    expect(config).toMatchObject({ SendEmailNotifications: false, PublishToEventGrid: false });
  });

  it('ask for key, sender and receivers of mails that are switched on, all at once', () => {
    const problems = problemsOf({ SendEmailNotifications: 'true', SendGrid_API_Key: '' });
    for (const name of ['SendGrid_API_Key', 'SendGrid_VerifiedFromSenderEmail', 'SendGrid_ToEmail'])
      expect(problems).toContain(name);
  });

  it('ask for the endpoint of events that are switched on; the key may be an identity', () => {
    expect(problemsOf({ PublishToEventGrid: 'true' })).toContain('EventGridEndpoint');
    expect(
      problemsOf({ PublishToEventGrid: 'true', EventGridEndpoint: 'https://t.eventgrid.azure.net' }),
    ).toBe('');
  });

  it('name what mail and event lack in one error', () => {
    const problems = problemsOf({ SendEmailNotifications: 'true', PublishToEventGrid: 'true' });
    expect(problems).toMatch(/SendGrid_API_Key[^]*EventGridEndpoint/);
  });

  it('take several receivers, separated by commas', () => {
    const config = readConfig({ ...needed, SendGrid_ToEmail: 'a@example.com, b@example.com' });
    expect(config.SendGrid_ToEmail).toEqual(['a@example.com', 'b@example.com']);
  });
});
