/** An Event Grid topic that keeps every event it is sent, durably, and shows them. */
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  startHttpSink,
  type HttpSink,
  type SinkFaults,
  type SinkReply,
  type SinkRequest,
} from '../sink/http-sink.ts';

/** The CloudEvents 1.0 attributes that Event Grid requires; extensions pass through. https://github.com/cloudevents/spec */
const CloudEvent = z.looseObject({
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().min(1),
  specversion: z.literal('1.0'),
  time: z.iso.datetime({ offset: true }).optional(),
});
export type CloudEvent = z.infer<typeof CloudEvent>;

export interface EventGrid extends HttpSink {
  /** What publishers use as the topic endpoint. */
  endpoint: string;
  /** Every event once, in the order of first arrival: publishers repeat, and (source, id) says that it is the same. */
  events(): CloudEvent[];
  /** How many were accepted, repeats included. */
  received(): number;
}

const API_VERSION = '2018-01-01';
/** https://learn.microsoft.com/azure/event-grid/quotas-limits */
const MAX_REQUEST_BYTES = 1024 * 1024;

const problem = (status: number, code: string, message: string): SinkReply => ({
  status,
  body: { error: { code, message } },
});
const identity = (event: CloudEvent): string => JSON.stringify([event.source, event.id]);

/**
 * Opens a file of JSON lines for appending, and reads the events in it. A last line cut by a crash was never
 * acknowledged: it is cut off, so that the next event begins on a line of its own.
 */
async function openEvents(path: string): Promise<{ file: FileHandle; kept: CloudEvent[] }> {
  const file = await open(path, 'a+');
  const bytes = await file.readFile();
  const whole = bytes.lastIndexOf('\n') + 1;
  if (whole < bytes.length) await file.truncate(whole);
  const lines = bytes.toString('utf8', 0, whole).split('\n').filter(Boolean);
  return { file, kept: lines.map((line) => JSON.parse(line) as CloudEvent) };
}

/** What is wrong with a publish request, or its events. Shapes: https://learn.microsoft.com/rest/api/eventgrid/dataplane */
function parsePublish({ headers, query, body }: SinkRequest): SinkReply | CloudEvent[] {
  if (!headers['aeg-sas-key'] && !headers['aeg-sas-token'] && !headers.authorization)
    return problem(401, 'Unauthorized', 'The request has neither aeg-sas-key nor aeg-sas-token.');
  if (query.get('api-version') !== API_VERSION)
    return problem(400, 'BadRequest', `api-version must be ${API_VERSION}.`);
  if (!/^application\/cloudevents(-batch)?\+json/.test(headers['content-type'] ?? ''))
    return problem(415, 'UnsupportedMediaType', 'This topic takes the CloudEvents 1.0 schema only.');
  if (body.length > MAX_REQUEST_BYTES)
    return problem(413, 'RequestEntityTooLarge', 'The request is larger than 1 MB.');
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    return problem(400, 'BadRequest', 'The body is not JSON.');
  }
  const parsed = z.array(CloudEvent).safeParse(Array.isArray(json) ? json : [json]);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  return problem(400, 'BadRequest', `The events do not match CloudEvents 1.0: ${where.join('; ')}`);
}

/**
 * Listens for EventGridPublisherClient (CloudEvent schema) at `endpoint`, and answers only when an event is on the disk
 * (`<directory>/events.ndjson`). `GET /events` shows `{received, events}`.
 * @throws the listen error when the port is taken.
 */
export async function startEventGrid(options: {
  directory: string;
  port: number;
  host?: string;
  faults?: SinkFaults | undefined;
  /** Is told of every event that was accepted, repeats included, as subscribers are. */
  onEvent?: (event: CloudEvent) => void;
}): Promise<EventGrid> {
  await mkdir(options.directory, { recursive: true });
  const { file, kept } = await openEvents(join(options.directory, 'events.ndjson'));
  const seen = new Map(kept.map((event) => [identity(event), event]));
  let received = kept.length;
  let writing: Promise<unknown> = Promise.resolve();
  const keep = (events: CloudEvent[]): Promise<unknown> => {
    // One append at a time, so that lines of parallel requests do not mix.
    writing = writing
      .catch(() => undefined)
      .then(async () => {
        await file.appendFile(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
        await file.datasync();
      });
    return writing;
  };

  const publish = async (request: SinkRequest): Promise<SinkReply> => {
    const events = parsePublish(request);
    if (!Array.isArray(events)) return events;
    await keep(events);
    received += events.length;
    for (const event of events) if (!seen.has(identity(event))) seen.set(identity(event), event);
    for (const event of events) options.onEvent?.(event);
    return { status: 200 };
  };

  const sink = await startHttpSink({
    port: options.port,
    ...(options.host !== undefined && { host: options.host }),
    faults: options.faults,
    failureBody: (status) => ({ error: { code: String(status), message: 'asked to fail' } }),
    routes: {
      'POST /api/events': { handle: publish, failing: true },
      'GET /events': { handle: () => ({ status: 200, body: { received, events: [...seen.values()] } }) },
    },
  });
  return {
    ...sink,
    endpoint: `${sink.url}/api/events`,
    events: () => [...seen.values()],
    received: () => received,
    close: async () => {
      await sink.close();
      await writing.catch(() => undefined);
      await file.close();
    },
  };
}
