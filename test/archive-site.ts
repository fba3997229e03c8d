/** A platform that archives its runs, with what a test of the archive needs: its blobs, a sweep by hand, and a death at any of its writes. */
import { execFile } from 'node:child_process';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ANY_PORTS, choosePorts } from '@github-repo-stats/local/platform/ports';
import { withoutSystem, type Archived } from '@github-repo-stats/shared/archive/columns';
import { Manifest, folderOf, manifestPath, sha256 } from '@github-repo-stats/shared/archive/manifest';
import type { ArchiveMark } from '@github-repo-stats/shared/archive/mark';
import { documentsIn, readRows } from '@github-repo-stats/shared/archive/read-part';
import { openBlobs, type Blobs } from '@github-repo-stats/shared/clients/blobs';
import { Pipeline, type PipelineOptions } from './pipeline.ts';

export const SOURCES = { fullOrgs: [{ orgName: 'acme' }] };
const RING_MS = 300;

/** Kills the archiver at a write of a blob. */
interface Death {
  path: RegExp;
  when: 'before' | 'after';
}

export class ArchiveSite {
  readonly pipeline: Pipeline;
  readonly #ways: Ways;

  private constructor(pipeline: Pipeline, ways: Ways) {
    this.pipeline = pipeline;
    this.#ways = ways;
  }

  static async open(options: Partial<PipelineOptions> = {}): Promise<ArchiveSite> {
    const ways = await openWays();
    const pipeline = await Pipeline.start({
      world: { repositories: 150, owners: [{ login: 'acme' }] },
      archive: true,
      durationScale: 0.05,
      ...options,
      extra: {
        ...options.extra,
        archiver: {
          LOCAL_HTTP_PORT: String(ways.sweepPort),
          Archive_Url: ways.url,
          ...options.extra?.['archiver'],
        },
      },
    });
    ways.leadTo(new URL(pipeline.supervisor.addresses.archiveUrl ?? ''));
    ways.kill = () => {
      pipeline.supervisor.kill('archiver', 'SIGKILL');
    };
    return new ArchiveSite(pipeline, ways);
  }

  async close(keep = false): Promise<void> {
    await this.pipeline.stop(keep);
    this.#ways.server.closeAllConnections();
    this.#ways.server.close();
  }

  get blobs(): Blobs {
    const { archiveUrl: Archive_Url, archiveKey: Archive_Key } = this.pipeline.supervisor.addresses;
    return openBlobs({ Archive_Url, Archive_Key });
  }

  /** The next write of such a blob kills the archiver. */
  dies(death: Death): void {
    this.#ways.death = death;
  }

  /** Rings a timer until this has come. */
  async rung<T>(timer: 'sweep' | 'forget', coming: Promise<T>): Promise<T> {
    const address = `http://127.0.0.1:${this.#ways.sweepPort}/admin/functions/${timer}`;
    const bell = setInterval(
      // An app that is away is rung the next time.
      () => void fetch(address, { method: 'POST', body: '{}' }).catch(() => undefined),
      RING_MS,
    );
    try {
      return await coming;
    } finally {
      clearInterval(bell);
    }
  }

  async archived(runId: string, revision = 1): Promise<ArchiveMark> {
    const is = (r: { message: string; [field: string]: unknown }): boolean =>
      r.message === 'run archived' && r['runId'] === runId && r['revision'] === revision;
    await this.pipeline.logged(is);
    return (await this.mark(runId, revision))!;
  }

  mark(runId: string, revision = 1): Promise<ArchiveMark | undefined> {
    return this.pipeline.document<ArchiveMark>('runInfo', `archive.${revision}`, runId);
  }

  /** SHA-256 of everything that lies under a run, by path. */
  async digests(runId: string): Promise<Record<string, string>> {
    const digests: Record<string, string> = {};
    for await (const { path } of this.blobs.list(folderOf(runId)))
      digests[path] = sha256((await this.blobs.read(path))!);
    return digests;
  }

  /** What the archive holds of a run, each part as its manifest says; by name. */
  async documents(runId: string): Promise<{ manifest: Manifest; documents: Archived[] }> {
    const manifest = Manifest.parse(
      JSON.parse(Buffer.from((await this.blobs.read(manifestPath(runId)))!).toString()),
    );
    const documents: Archived[] = [];
    for (const part of manifest.parts) {
      const bytes = (await this.blobs.read(folderOf(runId) + part.name))!;
      if (sha256(bytes) !== part.sha256) throw new Error(`${part.name} is not what its manifest says`);
      documents.push(...documentsIn(await readRows(bytes)));
    }
    return { manifest, documents: documents.sort((a, b) => (a.repo < b.repo ? -1 : 1)) };
  }

  /** What the database holds of it; by name. */
  async stored(runId: string): Promise<Archived[]> {
    return (await this.pipeline.stats(runId)).map((document) => withoutSystem({ ...document }));
  }

  /** Takes the archive of a run away, as if there had never been one. */
  async unarchive(runId: string, revision = 1): Promise<void> {
    for (const path of Object.keys(await this.digests(runId))) await this.blobs.remove(path);
    await this.pipeline.supervisor.containers.runInfo.item(`archive.${revision}`, runId).delete();
    this.pipeline.logs.length = 0;
  }
}

interface Ran {
  stdout: string;
  stderr: string;
  code: number;
}
export const restore = (...words: string[]): Promise<Ran> => command('restore', ...words);
export const query = (...words: string[]): Promise<Ran> => command('query', ...words);

/** As a workflow or a job does it: by settings of the environment, in a folder of its own. */
export const queryIn = (cwd: string, settings: Record<string, string>, ...words: string[]): Promise<Ran> =>
  ran(['query', ...words], { cwd, env: { PATH: process.env['PATH'], ...settings } });

const command = (...words: string[]): Promise<Ran> => ran(words, {});

async function ran(words: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv }): Promise<Ran> {
  const script = join(import.meta.dirname, '../local/bin/github-repo-stats.mjs');
  const run = promisify(execFile)(process.execPath, [script, ...words], options);
  return run.then(
    ({ stdout, stderr }) => ({ stdout, stderr, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  );
}

/** The way from the archiver to Azurite, and to its timers. */
interface Ways {
  server: Server;
  url: string;
  sweepPort: number;
  /** Until then requests wait: what lay in the queue is handled before the platform says that it is up. */
  leadTo: (azurite: URL) => void;
  death?: Death | undefined;
  kill?: () => void;
}

async function openWays(): Promise<Ways> {
  const { promise: azurite, resolve: leadTo } = Promise.withResolvers<URL>();
  const server = createServer((incoming, outgoing) => void passOn(incoming, outgoing));
  async function passOn(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { death } = ways;
    const hit = incoming.method === 'PUT' && death?.path.test(incoming.url ?? '') ? death : undefined;
    if (hit) ways.death = undefined;
    if (hit?.when === 'before') return ways.kill?.();
    const { hostname, port } = await azurite;
    const options = {
      hostname,
      port,
      path: incoming.url,
      method: incoming.method,
      headers: incoming.headers,
    };
    const onward = request(options, (answer: IncomingMessage) => {
      if (hit) ways.kill?.();
      else answer.pipe(outgoing.writeHead(answer.statusCode ?? 500, answer.headers));
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { ports } = await choosePorts(ANY_PORTS);
  const { port } = server.address() as AddressInfo;
  // As Azurite is addressed: requests are signed with the account's path.
  const ways: Ways = {
    server,
    leadTo,
    url: `http://127.0.0.1:${port}/devstoreaccount1/archive`,
    sweepPort: ports.azurite,
  };
  return ways;
}
