/**
 * What a bench found, on the screen and, with --save, in `results/<bench>.md` with the machine, commit and command that it came from.
 * With --check the process ends with 1 when a bound does not hold.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

/** What was found, and how much or little it may be. */
export interface Bound {
  what: string;
  found: number;
  /** One of the two. */
  atMost?: number;
  atLeast?: number;
  /** Digits after the point, 2 when left out. */
  digits?: number;
}

export interface ReportOptions {
  check: boolean;
  save: boolean;
}

const WRONG_ARGUMENTS = 2;
const GB = 2 ** 30;
const RESULTS = join(import.meta.dirname, 'results');
const NAME = /\.ts$/;

/** The arguments of a bench beside `--check` and `--save`: strings, each with its default in the schema. */
type Shape = Record<string, z.ZodType>;

/**
 * Reads the command line. Ends the process with 2 and the usage when it cannot be understood.
 * @param usage what follows `npm run bench:…`.
 */
export function readArguments<S extends Shape>(
  usage: string,
  shape: S,
): z.infer<z.ZodObject<S>> & ReportOptions {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const own = Object.keys(shape).map((name) => [name, { type: 'string' } as const]);
    const { values } = parseArgs({ options: { ...Object.fromEntries(own), check: flag, save: flag } });
    const { check, save, ...rest } = values as { check: boolean; save: boolean } & Record<string, string>;
    return { ...z.object(shape).parse(rest), check, save };
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    console.error(`${why}\nUsage: ${usage} [--check] [--save]`);
    process.exit(WRONG_ARGUMENTS);
  }
}

/** A whole number that is given as text. */
export const whole = (low: number, preset: number): z.ZodType<number> =>
  z.coerce.number().int().min(low).default(preset);

/** `1234.5` as `1,234.5`. */
export const number = (value: number, digits = 0): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const holds = ({ found, atMost = Infinity, atLeast = -Infinity }: Bound): boolean =>
  found <= atMost && found >= atLeast;

function boundRow(bound: Bound): string[] {
  const { what, found, atMost, atLeast, digits = 2 } = bound;
  const limit =
    atMost === undefined ? `at least ${number(atLeast ?? 0, digits)}` : `at most ${number(atMost, digits)}`;
  return [what, number(found, digits), limit, holds(bound) ? 'holds' : 'BROKEN'];
}

/** The revision that was measured; with a plus when files differ from it. */
function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', ':!bench/results') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch {
    return 'not known';
  }
}

/** Where a result comes from, so that it can be made again. */
function origin(name: string): string {
  const [cpu] = cpus();
  const args = process.argv.slice(2).filter((arg) => arg !== '--save');
  const command = [`npm run bench:${name}`, ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  const machine =
    `${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}, ${number(totalmem() / GB)} GB, ` +
    `${platform()} ${release()}, Node ${process.versions.node}`;
  return `Command: \`${command}\`. Commit: ${commit()}. Date: ${new Date().toISOString().slice(0, 10)}. Machine: ${machine}.`;
}

export class Report {
  readonly #question: string;
  readonly #lines: string[] = [];
  readonly #bounds: Bound[] = [];

  /** @param question what the bench answers, in one sentence. */
  constructor(question: string) {
    this.#question = question;
    console.log(`${question}\n`);
  }

  /** A paragraph. */
  say(text: string): void {
    this.#print([text, '']);
  }

  /** A table; numbers to the right. */
  table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
    const isNumber = (_: string, i: number): boolean =>
      rows.length > 0 && rows.every((cells) => /^[-+]?[\d.,]+( %)?$/.test(String(cells[i])));
    const rule = head.map((name, i) => (isNumber(name, i) ? '---:' : '---'));
    this.#print([row(head), row(rule), ...rows.map(row), '']);
  }

  bound(...bounds: Bound[]): void {
    this.#bounds.push(...bounds);
  }

  /** Says which bounds hold; to be called once, at the end. */
  end({ check, save }: ReportOptions): void {
    if (this.#bounds.length > 0) this.table(['bound', 'found', 'allowed', ''], this.#bounds.map(boundRow));
    if (check && !this.#bounds.every(holds)) process.exitCode = 1;
    if (save) this.#write(basename(process.argv[1] ?? 'bench.ts').replace(NAME, ''));
  }

  #print(lines: readonly string[]): void {
    console.log(lines.join('\n'));
    this.#lines.push(...lines);
  }

  #write(name: string): void {
    mkdirSync(RESULTS, { recursive: true });
    const text = [`# ${name}`, '', this.#question, '', origin(name), '', ...this.#lines].join('\n');
    writeFileSync(join(RESULTS, `${name}.md`), `${text.trimEnd()}\n`);
  }
}
