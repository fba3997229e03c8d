/** A platform that archives its runs, with what a test of the archive needs: its blobs, a sweep by hand, and a death at any of its writes. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ANY_PORTS, choosePorts } from '@github-repo-stats/local/platform/ports';
import { withoutSystem, type Archived } from '@github-repo-stats/shared/archive/columns';
import { folderOf, sha256, type Manifest } from '@github-repo-stats/shared/archive/manifest';
import type { ArchiveMark } from '@github-repo-stats/shared/archive/mark';
import { openBlobs, type Blobs } from '@github-repo-stats/shared/clients/blobs';
import { readArchived } from './archived.ts';
import { BlobWay, type Meddling } from './blob-way.ts';
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
  readonly #way: BlobWay;
  readonly #sweepPort: number;
  #death: Death | undefined;

  private constructor(pipeline: Pipeline, way: BlobWay, sweepPort: number) {
    this.pipeline = pipeline;
    this.#way = way;
    this.#sweepPort = sweepPort;
  }

  static async open(options: Partial<PipelineOptions> = {}): Promise<ArchiveSite> {
    let opened: ArchiveSite | undefined;
    const way = await BlobWay.open(({ method, url }) =>
      opened ? opened.#meddle(method ?? '', url ?? '') : undefined,
    );
    const { ports } = await choosePorts(ANY_PORTS);
    const pipeline = await Pipeline.start({
      world: { repositories: 150, owners: [{ login: 'acme' }] },
      archive: true,
      durationScale: 0.05,
      ...options,
      extra: {
        ...options.extra,
        archiver: {
          LOCAL_HTTP_PORT: String(ports.azurite),
          Archive_Url: way.url,
          ...options.extra?.['archiver'],
        },
      },
    });
    opened = new ArchiveSite(pipeline, way, ports.azurite);
    way.leadTo(new URL(pipeline.supervisor.addresses.archiveUrl ?? ''));
    return opened;
  }

  async close(keep = false): Promise<void> {
    await this.pipeline.stop(keep);
    this.#way.close();
  }

  #meddle(method: string, url: string): Meddling | undefined {
    const death = this.#death;
    if (method !== 'PUT' || !death?.path.test(url)) return undefined;
    this.#death = undefined;
    return { [death.when]: () => this.pipeline.supervisor.kill('archiver', 'SIGKILL') };
  }

  get blobs(): Blobs {
    const { archiveUrl: Archive_Url, archiveKey: Archive_Key } = this.pipeline.supervisor.addresses;
    return openBlobs({ Archive_Url, Archive_Key });
  }

  /** The next write of such a blob kills the archiver. */
  dies(death: Death): void {
    this.#death = death;
  }

  /** Rings a timer until this has come. */
  async rung<T>(timer: 'sweep' | 'forget', coming: Promise<T>): Promise<T> {
    const address = `http://127.0.0.1:${this.#sweepPort}/admin/functions/${timer}`;
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
  documents(runId: string): Promise<{ manifest: Manifest; documents: Archived[] }> {
    return readArchived(this.blobs, runId);
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
