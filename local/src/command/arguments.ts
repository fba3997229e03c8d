/** Reads the command line; every problem at once. */
import { existsSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UserError } from '../platform/user-error.ts';
import { USUAL_PORTS } from '../platform/ports.ts';
import { PARAMETERS, readQueryOrder, type QueryOrder } from './query-order.ts';
import { readDeadLetterOrder, type DeadLetterOrder } from './dead-letter-order.ts';

export const COMMANDS = ['start', 'serve', 'truth', 'deadletters', 'restore', 'query'] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface Arguments {
  command: CommandName | 'help';
  sources: string;
  /** Size of the simulated world; undefined when not given. */
  repos: number | undefined;
  /** What happens in the simulated world, and how its answers fail. */
  faults: string | undefined;
  data: string;
  out: string | undefined;
  json: boolean;
  /** The file that telemetry goes into; undefined without telemetry. */
  telemetry: string | undefined;
  /** Whether runs are archived. */
  archive: boolean;
  /** Whether archived runs are analysed by themselves. */
  analyse: boolean;
  /** Tell what a run would be, and make none. */
  estimate: boolean;
  /** The archived run that is to be put back, and whether into what is deployed. */
  run: string | undefined;
  azure: boolean;
  /** What is to be done with dead letters, and where the scheduler listens. */
  deadLetters: DeadLetterOrder;
  api: string;
  /** What is asked of archive and database. */
  query: QueryOrder | undefined;
}

const DEFAULT_API = `http://127.0.0.1:${USUAL_PORTS.scheduler}`;
export const DEFAULT_REPOS = 1000;
const MAX_REPOS = 5_000_000;
export const OUT_FORMATS = ['.json', '.ndjson', '.csv'] as const;

const OPTIONS = {
  sources: { type: 'string' },
  repos: { type: 'string' },
  faults: { type: 'string' },
  data: { type: 'string' },
  out: { type: 'string' },
  telemetry: { type: 'string' },
  api: { type: 'string' },
  numbers: { type: 'string' },
  json: { type: 'boolean' },
  estimate: { type: 'boolean' },
  archive: { type: 'boolean' },
  analyse: { type: 'boolean' },
  azure: { type: 'boolean' },
  by: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  days: { type: 'string' },
  year: { type: 'string' },
  limit: { type: 'string' },
  format: { type: 'string' },
  file: { type: 'string' },
  list: { type: 'boolean' },
  'after-run': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
type OptionName = keyof typeof OPTIONS;
const isOption = (name: string): name is OptionName => Object.hasOwn(OPTIONS, name);

/** Which options a command takes besides --help. */
const TAKES: Record<CommandName, readonly OptionName[]> = {
  start: ['sources', 'repos', 'faults', 'data', 'out', 'json', 'telemetry', 'estimate', 'archive', 'analyse'],
  serve: ['sources', 'repos', 'faults', 'data', 'out', 'json', 'telemetry', 'archive', 'analyse'],
  truth: ['sources', 'repos', 'faults'],
  deadletters: ['api', 'numbers', 'json'],
  restore: ['data', 'azure', 'json'],
  query: [...PARAMETERS, 'format', 'file', 'list', 'after-run', 'out', 'data', 'azure'],
};

function outProblem(option: string, out: string): string | undefined {
  const extension = extname(out).toLowerCase();
  if (!(OUT_FORMATS as readonly string[]).includes(extension))
    return `${option} ${out}: its extension must be ${OUT_FORMATS.join(', ')}`;
  return folderProblem(option, out);
}

const runProblem = (run: string | undefined): string | undefined => {
  if (run === undefined) return 'restore: needs the id of a run';
  return /^\d{9,11}$/.test(run) ? undefined : `${run}: is not the id of a run, an epoch second`;
};

function folderProblem(option: string, file: string): string | undefined {
  const folder = dirname(resolve(file));
  return existsSync(folder) ? undefined : `${option} ${file}: there is no folder ${folder}`;
}

/** @param argv without node and script. @throws UserError with every problem. */
export function readArguments(argv: readonly string[]): Arguments {
  const problems: string[] = [];
  const given: Partial<Record<OptionName, string>> = {};
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const [command, ...rest] = positionals;
  const known = COMMANDS.find((name) => name === command);
  if (command !== undefined && !known) problems.push(`${command}: is not a command (${COMMANDS.join(', ')})`);
  const [run] = known === 'restore' ? rest.splice(0, 1) : [];
  if (known === 'restore') problems.push(...[runProblem(run) ?? []].flat());
  const takesWords = known === 'deadletters' || known === 'query';
  if (!takesWords) for (const word of rest) problems.push(`${word}: is not expected here`);
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    if (!isOption(name) || (known && name !== 'help' && !TAKES[known].includes(name))) {
      problems.push(`${rawName}: is not an option${known ? ` of ${known}` : ''}`);
    } else if (OPTIONS[name].type === 'boolean') {
      if (value !== undefined) problems.push(`${rawName}: takes no value`);
      given[name] = 'true';
    } else if (value === undefined || (!inlineValue && value.startsWith('--'))) {
      problems.push(`${rawName}: needs a value`);
    } else if (value.trim() === '') {
      problems.push(`${rawName}: its value is empty`);
    } else {
      given[name] = value;
    }
  }
  const {
    sources = 'sources.json',
    data = '.data',
    out,
    repos,
    faults,
    telemetry,
    api = DEFAULT_API,
  } = given;
  const order = readDeadLetterOrder(known === 'deadletters' ? rest : [], given.numbers);
  if ('problems' in order && known === 'deadletters') problems.push(...order.problems);
  const query = known === 'query' && !given.help ? readQueryOrder(rest, given) : undefined;
  if (query && 'problems' in query) problems.push(...query.problems);
  if (repos !== undefined && !(/^\d+$/.test(repos) && Number(repos) >= 1 && Number(repos) <= MAX_REPOS))
    problems.push(`--repos ${repos}: is not a whole number from 1 to ${MAX_REPOS}`);
  const outIsWrong = known === 'query' ? folderProblem : outProblem;
  if (out !== undefined) problems.push(...[outIsWrong('--out', out) ?? []].flat());
  if (telemetry !== undefined) problems.push(...[folderProblem('--telemetry', telemetry) ?? []].flat());
  if (given.estimate && telemetry !== undefined)
    problems.push(`--telemetry ${telemetry}: an estimate makes no run to tell of`);
  if (given.azure && given.data !== undefined) problems.push(`--data ${data}: is not read with --azure`);
  if (given.estimate && given.archive) problems.push('--archive: an estimate makes no run to archive');
  if (given.estimate && given.analyse) problems.push('--analyse: an estimate makes no run to analyse');
  else if (given.analyse && !given.archive)
    problems.push('--analyse: needs --archive, beside which the results lie');
  if (given.estimate && out !== undefined) problems.push(`--out ${out}: an estimate collects no statistics`);
  if (problems.length > 0)
    throw new UserError([
      'The command cannot be understood:',
      ...problems.map((p) => `  - ${p}`),
      'See --help.',
    ]);
  return {
    command: given.help || !known ? 'help' : known,
    sources,
    repos: repos === undefined ? undefined : Number(repos),
    faults,
    data,
    out,
    json: given.json !== undefined,
    telemetry,
    archive: given.archive !== undefined,
    analyse: given.analyse !== undefined,
    estimate: given.estimate !== undefined,
    run,
    azure: given.azure !== undefined,
    deadLetters: 'problems' in order ? { kind: 'list' } : order,
    api,
    query: query && !('problems' in query) ? query : undefined,
  };
}
