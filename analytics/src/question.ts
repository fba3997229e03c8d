/** What a ready question is: a title, what it tells, its parameters with their defaults, and the SQL that they make of it. */
import { z } from 'zod';

export interface Question<S extends z.ZodRawShape = z.ZodRawShape> {
  name: string;
  title: string;
  /** For people: what a row is, and what counts. */
  tells: string;
  /** Each is read from text, and has a default. */
  parameters: S;
  sql(parameters: z.output<z.ZodObject<S>>): string;
}

export const question = <S extends z.ZodRawShape>(of: Question<S>): Question<S> => of;

const date = z.iso.date('is not a date like 2026-11-30');
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .refine((n) => n >= least && n <= most, `is not a whole number from ${least} to ${most}`);

/** The first and the last day, both included; all days that there are. */
export const SPAN = { from: date.optional(), to: date.optional() };
/** Rows, after sorting. */
export const limit = (usual: number) => ({ limit: whole(1, 1_000_000).default(usual) });
export const days = (usual: number) => ({ days: whole(1, 36_500).default(usual) });
/** Its year in UTC; without one the last 365 days. */
export const YEAR = { year: whole(2008, 9999).optional() };
export const by = <const W extends readonly [string, ...string[]]>(words: W) => ({
  by: z.enum(words, { error: `is none of ${words.join(', ')}` }).default(words[0] as never),
});
