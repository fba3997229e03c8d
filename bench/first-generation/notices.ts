/** How the first generation told people and systems of a run: a mail, and one event. */

export interface Notices {
  mail(subject: string, text: string): Promise<void>;
  event(runId: string, data: object): Promise<void>;
}

export function noticesTo(
  { sendGridUrl, eventGridEndpoint }: { sendGridUrl: string; eventGridEndpoint: string },
  signal: AbortSignal,
): Notices {
  async function post(url: string, headers: Record<string, string>, body: object): Promise<void> {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    await response.text();
  }
  return {
    mail: (subject, text) =>
      post(
        new URL('/v3/mail/send', sendGridUrl).href,
        { authorization: 'Bearer SG.local', 'content-type': 'application/json' },
        {
          personalizations: [{ to: [{ email: 'you@example.org' }] }],
          from: { email: 'first-generation@example.org' },
          subject,
          content: [{ type: 'text/plain', value: text }],
        },
      ),
    event: (runId, data) =>
      post(
        `${eventGridEndpoint}?api-version=2018-01-01`,
        { 'aeg-sas-key': 'local', 'content-type': 'application/cloudevents+json' },
        { id: runId, source: '/first-generation', type: 'RunCompleted', specversion: '1.0', data },
      ),
  };
}
