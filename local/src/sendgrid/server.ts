/** A SendGrid that accepts mail by SendGrid's rules, delivers none, and keeps each as a file one can open. */
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import {
  startHttpSink,
  type HttpSink,
  type SinkFaults,
  type SinkReply,
  type SinkRequest,
} from '../sink/http-sink.ts';
import { mailProblems, type MailSend } from './mail-rules.ts';

/** A kept mail: what was posted to /v3/mail/send, and when. */
export interface KeptMail {
  receivedAt: string;
  messageId: string;
  mail: MailSend;
}

export interface SendGrid extends HttpSink {
  /** In order of arrival. */
  mails(): KeptMail[];
}

/** Written beside its place and renamed, so that a crash leaves no half file under the name. */
async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(`${path}.part`, 'w');
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
}

async function readMails(directory: string): Promise<KeptMail[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(directory, name), 'utf8')) as KeptMail),
  );
}

/**
 * Listens for @sendgrid/mail (`POST /v3/mail/send`, any non-empty Bearer key) and answers 202 only when the mail is on the disk:
 * `<directory>/<time>-<n>.json`, with the parts one can read beside it as `.html` and `.txt`. `GET /mails` shows them.
 * @throws the listen error when the port is taken.
 */
export async function startSendGrid(options: {
  directory: string;
  port: number;
  host?: string;
  faults?: SinkFaults | undefined;
}): Promise<SendGrid> {
  const { directory } = options;
  await mkdir(directory, { recursive: true });
  const kept = await readMails(directory);
  let count = kept.length;

  const send = async ({ headers, body }: SinkRequest): Promise<SinkReply> => {
    if (!/^Bearer \S+/.test(headers.authorization ?? ''))
      return refuse(401, [
        { message: 'The provided authorization grant is invalid, expired, or revoked', field: null },
      ]);
    let posted: unknown;
    try {
      posted = JSON.parse(body.toString('utf8'));
    } catch {
      return refuse(400, [{ message: 'Bad Request', field: null }]);
    }
    const problems = mailProblems(posted);
    if (problems.length > 0) return refuse(400, problems);
    const mail = posted as MailSend;
    const receivedAt = new Date().toISOString();
    const stem = `${receivedAt.replaceAll(':', '-')}-${String(++count).padStart(4, '0')}`;
    const entry: KeptMail = { receivedAt, messageId: stem, mail };
    for (const { type, value } of mail.content ?? [])
      await writeWhole(join(directory, `${stem}.${type === 'text/html' ? 'html' : 'txt'}`), value);
    // The .json is what counts, so it comes last.
    await writeWhole(join(directory, `${stem}.json`), `${JSON.stringify(entry, null, 2)}\n`);
    kept.push(entry);
    return { status: 202, headers: { 'x-message-id': stem } };
  };

  const sink = await startHttpSink({
    port: options.port,
    ...(options.host !== undefined && { host: options.host }),
    faults: options.faults,
    failureBody: (status) => ({
      errors: [{ message: `asked to fail with ${status}`, field: null, help: null }],
    }),
    routes: {
      'POST /v3/mail/send': { handle: send, failing: true },
      'GET /mails': { handle: () => ({ status: 200, body: kept }) },
    },
  });
  return { ...sink, mails: () => [...kept] };
}

const refuse = (status: number, errors: { message: string; field: string | null }[]): SinkReply => ({
  status,
  body: { errors: errors.map((error) => ({ ...error, help: null })) },
});
