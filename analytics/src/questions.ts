/** The ready questions, and how one is asked with parameters that are given as text. */
import { z } from 'zod';
import { AnalyticsError } from './analytics-error.ts';
import type { Question } from './question.ts';
import { backlog } from './questions/backlog.ts';
import { closing } from './questions/closing.ts';
import { growth } from './questions/growth.ts';
import { movers } from './questions/movers.ts';
import { silent } from './questions/silent.ts';
import { survival } from './questions/survival.ts';

export const QUESTIONS = [
  growth,
  backlog,
  silent,
  closing,
  movers,
  survival,
] as unknown as readonly Question[];

/** @throws AnalyticsError with the list, when there is no such question. */
export function questionOf(name: string): Question {
  const found = QUESTIONS.find((question) => question.name === name);
  if (found) return found;
  throw new AnalyticsError(`${name}: is not a question (${QUESTIONS.map((q) => q.name).join(', ')})`);
}

/** @param given by name of the parameter. @throws AnalyticsError with everything that is wrong with them. */
export function sqlOf(question: Question, given: Readonly<Record<string, string>> = {}): string {
  const parsed = z.strictObject(question.parameters).safeParse(given);
  if (parsed.success) return question.sql(parsed.data);
  const problems = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `--${key}: is not a parameter of ${question.name}`)
      : [`--${issue.path.join('.')} ${given[String(issue.path[0])]}: ${issue.message}`],
  );
  throw new AnalyticsError(problems.join('\n'));
}
